"""The search with networks, and what it is scored on."""

import logging

import pandas as pd
import pytest

from leukosmear.datasets.database import DatabaseDataset
from leukosmear.parameters import NetworkParameters
from leukosmear.pipelines.tuning.nodes import hold_out_acquisitions, search_parameters
from leukosmear.training import fitting
from leukosmear.training.train import train
from leukosmear.tuning.results import tabulate_trials
from tuning.tuned_studies import BLOCKS, SPACE, tuning

# Of a network that is trained whole, a trial takes seconds.
FROZEN = NetworkParameters(builder="tuning.frozen_network.build", options={"filters": [4]})


def manifest(splits: str, acquisitions: str) -> pd.DataFrame:
    """Images of classes A and B in turn; t, v and e are train, validation and test (the exam)."""
    names = {"t": "train", "v": "validation", "e": "test"}
    return pd.DataFrame(
        {
            "image_id": [f"image {index}" for index in range(len(splits))],
            "label": ["AB"[index % 2] for index in range(len(splits))],
            "acquisition_id": list(acquisitions),
            "side": [names[side] for side in splits],
        }
    )


def test_acquisitions_on_both_sides_are_dealt_anew():
    split = manifest("ttttttvvvvvvee", "ababcdcdefefab")
    dealt = hold_out_acquisitions(split, tuning())
    assert set(dealt["image_id"]) == set(split.loc[split["side"] != "test", "image_id"])
    assert set(dealt["side"]) == {"train", "validation"}
    sides = dealt.groupby("side")["acquisition_id"].agg(set)
    assert sides["train"] & sides["validation"] == set()
    assert (dealt.groupby("label")["side"].nunique() == 2).all()
    assert (dealt.drop(columns="side") == split.iloc[:12].drop(columns="side")).all(axis=None)


def test_validation_of_other_acquisitions_serves_as_it_is():
    split = manifest("ttttvvee", "ababcdef")
    pd.testing.assert_frame_equal(hold_out_acquisitions(split, tuning()), split.iloc[:6])


def test_one_acquisition_of_a_class_cannot_be_held_out(caplog):
    split = manifest("ttttvvvvee", "abaeabafab")  # all of A is of acquisition a
    pd.testing.assert_frame_equal(hold_out_acquisitions(split, tuning()), split.iloc[:8])
    assert "A class has too few acquisitions" in caplog.text


@pytest.fixture
def search(two_colours, tmp_path):
    images, split = two_colours
    studies = DatabaseDataset(filepath=str(tmp_path / "studies.db")).load()
    _, training, augmentation = BLOCKS

    def run(**changes):
        blocks = {"tiny_network": FROZEN.model_dump(), "tiny_training": training}  # as Kedro passes them, or typed
        return search_parameters(
            images, split[split["side"] != "test"], tuning(**changes), augmentation, studies, **blocks
        )

    return run


def test_runs_share_a_study_until_the_space_changes(search, caplog):
    caplog.set_level(logging.INFO)
    first = search(trials=1)
    assert [trial["number"] for trial in first["trials"]] == [0]
    assert first["trials"][0]["values"] == {
        "training.learning_rate": 0.01, "training.batch_size": 8, "network.options.filters": [4],
    }  # fmt: skip
    second = search(trials=2)
    assert second["study"] == first["study"]
    assert [trial["number"] for trial in second["trials"]] == [0, 1]
    assert second["trials"][:1] == first["trials"]
    assert "goes on after 1 trial" in caplog.text
    assert tabulate_trials(second)["score"].between(0, 1).all()

    narrower = search(trials=1, space=[SPACE[1], {"path": "training.learning_rate", "low": 1e37, "high": 1e38}])
    assert narrower["study"] != first["study"]
    # Weights that overflow are no reason to stop the search.
    assert [trial["state"] for trial in narrower["trials"]] == ["pruned"]
    assert "Trial 0 is given up: Expected a finite loss" in caplog.text


def test_a_frozen_network_is_tuned_as_it_is_trained(two_colours, tmp_path, monkeypatch):
    """Only its last layer, on features of the images as they are: the scores are those of the training itself."""
    images, split = two_colours
    training = BLOCKS.training.model_copy(update={"epochs": 3, "learning_rate": 0.1, "patience": 3})
    history = train("frozen", images, split, FROZEN, training, BLOCKS.augmentation).history

    def refuse(*arguments, **options):
        raise AssertionError("images are augmented")

    monkeypatch.setattr(fitting, "Augmentation", refuse)
    space = [{"path": "training.learning_rate", "low": 0.01, "high": 0.2}]
    studies = DatabaseDataset(filepath=str(tmp_path / "studies.db")).load()
    blocks = {"tiny_network": FROZEN, "tiny_training": training}
    study = search_parameters(images, split, tuning(space=space, trials=1), BLOCKS.augmentation, studies, **blocks)
    (trial,) = study["trials"]
    assert trial["scores"] == history["validation_f1"].tolist()
    assert trial["n_parameters"] == (3 + 1) * 4 + (4 + 1) * 2


def test_a_trial_that_is_given_up_stops_its_training(two_colours, tmp_path, monkeypatch):
    images, split = two_colours
    studies = DatabaseDataset(filepath=str(tmp_path / "studies.db")).load()
    monkeypatch.setattr("optuna.pruners.MedianPruner.prune", lambda self, study, trial: trial.last_step == 1)
    blocks = {"tiny_network": FROZEN, "tiny_training": BLOCKS.training.model_copy(update={"epochs": 4})}
    (trial,) = search_parameters(images, split, tuning(trials=1), BLOCKS.augmentation, studies, **blocks)["trials"]
    assert (trial["state"], len(trial["scores"]), trial["score"]) == ("pruned", 2, None)
    assert trial["n_parameters"] > 0


def test_only_networks_are_searched(search):
    with pytest.raises(ValueError, match=r"Expected `tuning\.model` to be a network .*: tiny\. Found 'knn'"):
        search(model="knn")
