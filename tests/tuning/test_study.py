"""Studies: shared, gone on with, pruned, ended; without any network."""

import logging
import subprocess
import sys
import time

import optuna
import pytest

from leukosmear.datasets.database import DatabaseDataset
from leukosmear.tuning.study import (
    AS_CONFIGURED,
    count_trials,
    measure_importance,
    open_study,
    optimize,
    sampler,
)
from tuning.tuned_studies import tuning

# Another process, as another run of the pipeline would be.
CODE = """
import sys
sys.path[:0] = [{tests!r}]
from tuning.tuned_studies import tuning
from leukosmear.tuning.study import open_study, optimize
study = open_study({storage!r}, "shared", tuning(), {{}})
optimize(study, lambda trial: trial.suggest_float("x", 0, 1), tuning(trials=4))
"""


@pytest.fixture
def storage(tmp_path) -> str:
    return DatabaseDataset(filepath=str(tmp_path / "folder" / "studies.db")).load()


def test_two_processes_add_to_one_study_at_the_same_time(storage, project):
    study = open_study(storage, "shared", tuning(), {})

    def objective(trial):
        deadline = time.monotonic() + 120
        while len(study.get_trials()) < 2 and time.monotonic() < deadline:  # until the other has begun
            time.sleep(0.1)
        return trial.suggest_float("x", 0, 1)

    code = CODE.format(tests=str(project / "tests"), storage=storage)
    with subprocess.Popen([sys.executable, "-c", code], cwd=project, stderr=subprocess.PIPE, text=True) as other:
        optimize(study, objective, tuning(trials=4))
        errors = other.communicate()[1]
    assert other.returncode == 0, errors
    numbers = sorted(trial.number for trial in study.get_trials())
    assert numbers == list(range(len(numbers)))
    assert count_trials(study) in (4, 5)  # the other may have begun one while the last was not over


def test_study_goes_on_until_it_has_enough_trials(storage, caplog):
    caplog.set_level(logging.INFO)

    def run(trials):
        study = open_study(storage, "one", tuning(trials=trials), {"x": 0.25})
        study_trials = []

        def objective(trial):
            study.sampler = sampler(tuning(), trial.number)
            study_trials.append(trial.suggest_float("x", 0, 1))
            return study_trials[-1]

        optimize(study, objective, tuning(trials=trials))
        return study_trials

    first, second, third = run(2), run(4), run(4)
    assert first[0] == 0.25  # what is configured comes first, once
    assert (len(first), len(second), len(third)) == (2, 2, 0)
    assert len({*first, *second}) == 4
    assert "Study one: goes on after 2 trials" in caplog.text
    assert "has its 4 trials already" in caplog.text


def test_configured_parameters_are_tried_again_where_their_trial_was_cut_off(storage):
    tried = []

    def objective(trial):
        tried.append(trial.suggest_float("x", 0, 1))
        if len(tried) == 1:
            raise KeyboardInterrupt
        return tried[-1]

    with pytest.raises(KeyboardInterrupt):
        optimize(open_study(storage, "cut", tuning(trials=2), {"x": 0.25}), objective, tuning(trials=2))
    for _ in range(2):
        study = open_study(storage, "cut", tuning(trials=2), {"x": 0.25})
        optimize(study, objective, tuning(trials=2))
    assert tried[:2] == [0.25, 0.25]
    assert len(tried) == 3
    assert [AS_CONFIGURED in trial.user_attrs for trial in study.get_trials()] == [True, True, False]


def test_studies_of_other_names_do_not_mix(storage):
    for name in ("one", "two"):
        optimize(open_study(storage, name, tuning(trials=1), {}), lambda trial: 0.5, tuning(trials=1))
    assert count_trials(open_study(storage, "one", tuning(), {})) == 1


def test_minutes_end_the_search(storage):
    study = open_study(storage, "short", tuning(), {})
    with pytest.raises(ValueError, match=r"Expected one trial or more to end.* Raise `tuning\.minutes`"):
        optimize(study, lambda trial: 0.5, tuning(trials=None, minutes=1e-9))

    def objective(trial):
        time.sleep(1)
        return 0.5

    optimize(study, objective, tuning(trials=None, minutes=0.9 / 60))
    assert count_trials(study) == 1


@pytest.mark.parametrize(
    ("pruner", "expected"), [("median", [2, 2, 1]), ("none", [2, 2, 2])], ids=["below the median", "never"]
)
def test_trials_are_given_up(storage, pruner, expected):
    """Two random trials reach 0.5 in both epochs; the third, which lies below, gets the one epoch that all do."""
    parameters = tuning(trials=3, pruner=pruner, startup_trials=2, min_epochs=1)
    study = open_study(storage, "pruned", parameters, {})
    epochs = []

    def objective(trial):
        score = 0.5 if trial.number < 2 else 0.1
        epochs.append(0)
        for epoch in range(2):
            epochs[-1] += 1
            trial.report(score, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return score

    optimize(study, objective, parameters)
    assert epochs == expected


def test_importance_is_that_of_the_parameter_that_decides(storage):
    study = open_study(storage, "important", tuning(), {})

    def objective(trial):
        trial.suggest_float("idle", 0, 1)
        return trial.suggest_float("decides", 0, 1)

    optimize(study, objective, tuning(trials=7, startup_trials=20))
    assert measure_importance(study, seed=0) == {}  # of too few trials
    optimize(study, objective, tuning(trials=12, startup_trials=20))
    importance = measure_importance(study, seed=0)
    assert next(iter(importance)) == "decides"
    assert importance["decides"] > 0.7
    assert sum(importance.values()) == pytest.approx(1)


def test_without_optuna_the_error_says_what_to_install(monkeypatch, storage):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install -e "\.\[tuning\]"'):
        open_study(storage, "none", tuning(), {})
