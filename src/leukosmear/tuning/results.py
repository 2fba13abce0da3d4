"""What comes out of a study: its trials, and the best parameters as YAML."""

from typing import TYPE_CHECKING, Any, TypedDict

import pandas as pd
import yaml

from leukosmear.pages.formatting import percent
from leukosmear.parameters.tuning import TuningParameters
from leukosmear.tuning.space import decode, nest
from leukosmear.tuning.study import AS_CONFIGURED

if TYPE_CHECKING:
    import optuna


class Trial(TypedDict):
    """One training; its score is None where it was pruned, and `scores` are those of its epochs."""

    number: int
    as_configured: bool
    state: str
    score: float | None
    best_epoch: int | None
    n_parameters: int | None
    seconds: float
    scores: list[float]
    values: dict[str, Any]


class Study(TypedDict):
    """All trainings of a study that ended, the paths that the configuration has a value for, and shares."""

    study: str
    model: str
    score: str
    trials: list[Trial]
    configured: list[str]
    importance: dict[str, float]


def describe_study(
    study: "optuna.Study", tuning: TuningParameters, configured: dict[str, Any], importance: dict[str, float]
) -> Study:
    """Take out of a study what figures and tables show.

    Args:
        study: The study.
        tuning: Its space and score.
        configured: The parameters that one trial took from the configuration.
        importance: Of each parameter.
    """
    ended = [trial for trial in study.get_trials(deepcopy=False) if trial.state.name in ("COMPLETE", "PRUNED")]
    return Study(
        study=study.study_name,
        model=tuning.model,
        score=tuning.score,
        trials=[_describe(trial, tuning) for trial in ended],
        configured=list(configured),
        importance=importance,
    )


def _describe(trial: "optuna.trial.FrozenTrial", tuning: TuningParameters) -> Trial:
    pruned = trial.state.name == "PRUNED"
    return Trial(
        number=trial.number,
        as_configured=AS_CONFIGURED in trial.user_attrs,
        state="pruned" if pruned else "complete",
        score=None if pruned else trial.value,
        best_epoch=trial.user_attrs.get("best_epoch"),
        n_parameters=trial.user_attrs.get("n_parameters"),
        seconds=trial.duration.total_seconds() if trial.duration else 0.0,
        scores=[value for _, value in sorted(trial.intermediate_values.items())],
        values={one.path: decode(one, trial.params[one.path]) for one in tuning.space if one.path in trial.params},
    )


def tabulate_trials(tuning_study: Study) -> pd.DataFrame:
    """Put the trials into a table, the best first and the pruned ones last.

    Args:
        tuning_study: What `search_parameters` found.

    Returns:
        One row per trial; columns `trial`, `state`, `score` (0 to 1, empty where pruned), `best_epoch`, `epochs`,
        `n_parameters`, `seconds`, and one per searched parameter, by its path.
    """
    rows = [
        {
            "trial": trial["number"],
            **{name: trial[name] for name in ("state", "score", "best_epoch")},
            "epochs": len(trial["scores"]),
            **{name: trial[name] for name in ("n_parameters", "seconds")},
            **trial["values"],
        }
        for trial in tuning_study["trials"]
    ]
    table = pd.DataFrame(rows).astype({"best_epoch": "Int64", "n_parameters": "Int64"})
    return table.sort_values("score", ascending=False, na_position="last", kind="stable", ignore_index=True)


def best_of(tuning_study: Study) -> Trial | None:
    """Return the trial with the highest score, the first of several; None where all were pruned."""
    completed = [trial for trial in tuning_study["trials"] if trial["score"] is not None]
    return max(completed, key=lambda trial: trial["score"] or 0, default=None)


def write_best(tuning_study: Study) -> str:
    """Write the best parameters as a block of YAML that can be pasted into the configuration.

    Args:
        tuning_study: What `search_parameters` found.

    Returns:
        Text with comments on where it comes from.
    """
    best = best_of(tuning_study)
    trials, study = tuning_study["trials"], tuning_study["study"]
    if best is None:
        return f"# None of the {len(trials)} trials of study {study} came to its end: there are no best parameters.\n"
    n_pruned = sum(trial["state"] == "pruned" for trial in trials)
    reached = score_as_configured(tuning_study)
    before = "" if reached is None else f" As configured before: {percent(reached)}."
    blocks = nest(best["values"])
    augmentation = {"augmentation": blocks.pop("augmentation")} if "augmentation" in blocks else {}
    block = ({tuning_study["model"]: blocks} if blocks else {}) | augmentation
    return (
        f"# Trial {best['number']} of study {study}, the best of {len(trials)} ({n_pruned} pruned):\n"
        f"# {name_score(tuning_study)} {percent(best['score'])}.{before}\n"
        "# The highest of many is flattered by chance, and says nothing about the test images. Paste the block into\n"
        "# conf/local/parameters.yml, or over the same entries in conf/base or another environment, and train anew.\n"
    ).replace("\u00a0", " ") + yaml.dump(block, Dumper=_ShortLists, sort_keys=False)


def name_score(tuning_study: Study) -> str:
    """Name the score as people do: "validation F1"."""
    return tuning_study["score"].replace("_", " ").replace("f1", "F1")


def score_as_configured(tuning_study: Study) -> float | None:
    """Return the score of the configured parameters, if the search space holds all of them."""
    first = next((trial for trial in tuning_study["trials"] if trial["as_configured"]), None)
    return first["score"] if first and set(first["values"]) == set(tuning_study["configured"]) else None


class _ShortLists(yaml.SafeDumper):
    """Writes lists in one line, and blocks in several."""


_ShortLists.add_representer(list, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, True))
