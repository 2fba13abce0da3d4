"""Tables, figures and the block of YAML, of studies made by hand."""

import pandas as pd
import pytest
import yaml

from leukosmear.pipelines.tuning.figures import draw_history, draw_importance
from leukosmear.tuning.results import tabulate_trials, write_best
from tuning.tuned_studies import study, trial

STUDY = study(
    trial(0, 0.8, 0.7, 0.8, training__batch_size=16, augmentation={"zoom": 0.1}, augmentation__rotation=15),
    trial(1, None, 0.4, 0.3, training__batch_size=8, augmentation={"zoom": 0.2}, augmentation__rotation=90),
    trial(3, 0.9, 0.9, 0.6, training__batch_size=32, augmentation={"zoom": 0.0}, augmentation__rotation=0),
    configured=("training.batch_size", "augmentation", "augmentation.rotation"),
    training__batch_size=0.75,
    augmentation=0.25,
)


def test_best_parameters_can_be_pasted():
    text = write_best(STUDY)
    assert yaml.safe_load(text) == {
        "tiny": {"training": {"batch_size": 32}},
        "augmentation": {"zoom": 0.0, "rotation": 0},
    }
    assert text.startswith(
        "# Trial 3 of study tiny-0123456789ab, the best of 3 (1 pruned):\n"
        "# validation F1 90.0 %. As configured before: 80.0 %.\n"
    )


def test_lists_stay_in_one_line():
    one = study(trial(0, 0.5, 0.5, network__options__filters=[8, 16]))
    assert "filters: [8, 16]\n" in write_best(one)
    assert "As configured" not in write_best(one)  # the first trial had parameters that were not


def test_no_best_parameters_where_all_were_pruned():
    assert write_best(study(trial(0, None))).startswith("# None of the 1 trials")


def test_table_has_the_best_first_and_the_pruned_last():
    table = tabulate_trials(STUDY)
    assert list(table["trial"]) == [3, 0, 1]
    assert list(table["epochs"]) == [2, 2, 2]
    assert table["best_epoch"].tolist() == [1, 1, pd.NA]
    assert list(table["training.batch_size"]) == [32, 16, 8]


def test_history_shows_trials_the_best_so_far_and_what_was_pruned():
    axes = draw_history(STUDY).axes[0]
    lines = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()}
    assert lines["trial"] == ([0, 3], pytest.approx([80, 90]))
    assert lines["best so far"] == ([0, 3, 4], pytest.approx([80, 90, 90]))
    assert lines["pruned, its best epoch"] == ([1], [40])
    assert lines["as configured"][1] == [80, 80]


def test_importance_has_the_highest_on_top():
    axes = draw_importance(STUDY).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["augmentation", "training.batch_size"]
    assert [bar.get_width() for bar in axes.patches] == [25, 75]


@pytest.mark.parametrize("draw", [draw_history, draw_importance])
def test_study_without_a_complete_trial_is_drawn(draw, tmp_path):
    draw(study(trial(0, None))).savefig(tmp_path / "figure.png")
