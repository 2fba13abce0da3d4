"""The study: where trials are kept, who proposes the next one, and which of them are given up early."""

import logging
from types import ModuleType
from typing import TYPE_CHECKING, Any

from leukosmear.parameters.tuning import TuningParameters

if TYPE_CHECKING:
    import optuna

logger = logging.getLogger(__name__)

# Seconds that a process waits for another that writes to the same file.
LOCK_SECONDS = 60

# What a trial of the configured parameters is marked by.
AS_CONFIGURED = "as_configured"

# fANOVA is a forest of trees over the trials; fewer say nothing.
MIN_TRIALS_FOR_IMPORTANCE = 8


def require_optuna() -> ModuleType:
    """Import Optuna, quiet but for warnings: what it has to say is logged here.

    Raises:
        ModuleNotFoundError: If it is not installed.
    """
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"Expected the package that tuning needs. Found no module `{error.name}`. Install it, in "
            'the project\'s folder: pip install -e ".[tuning]"'
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def open_study(storage: str, name: str, tuning: TuningParameters, configured: dict[str, Any]) -> "optuna.Study":
    """Open a study, or begin it with a trial of the configured parameters.

    Args:
        storage: Address of a database, as SQLAlchemy has it.
        name: Name of the study; trials are added to one that exists.
        tuning: Says how trials are pruned.
        configured: What is known of the parameters of the first trial; the study chooses the others.
    """
    optuna = require_optuna()
    study = optuna.create_study(
        storage=optuna.storages.RDBStorage(storage, engine_kwargs={"connect_args": {"timeout": LOCK_SECONDS}}),
        study_name=name,
        direction="maximize",
        load_if_exists=True,
        pruner=_pruner(tuning),
    )
    _enqueue(study, configured)
    found = count_trials(study)
    logger.info(
        "Study %s: %s", name, f"goes on after {found} {'trial' if found == 1 else 'trials'}" if found else "begins"
    )
    return study


def _enqueue(study: "optuna.Study", configured: dict[str, Any]) -> None:
    """Let the next trial be of the configured parameters, unless one is waiting, or came to its end.

    One that was cut off does not count: the best of a study would not be compared with what is configured.
    """
    states = (require_optuna().trial.TrialState.WAITING, *_ended())
    if not any(AS_CONFIGURED in trial.user_attrs for trial in study.get_trials(deepcopy=False, states=states)):
        study.enqueue_trial(configured, user_attrs={AS_CONFIGURED: True})


def _pruner(tuning: TuningParameters) -> "optuna.pruners.BasePruner":
    pruners = require_optuna().pruners
    if tuning.pruner == "median":
        # A step is an epoch from 0, and the last one of the warm-up is looked at.
        return pruners.MedianPruner(tuning.startup_trials, n_warmup_steps=tuning.min_epochs - 1)
    return (
        pruners.HyperbandPruner(min_resource=tuning.min_epochs) if tuning.pruner == "hyperband" else pruners.NopPruner()
    )


def sampler(tuning: TuningParameters, number: int) -> "optuna.samplers.BaseSampler":
    """Make what proposes the parameters of one trial.

    Each trial has a seed of its own: a study that is resumed, or shared by processes, does not draw the same
    parameters again. Not multivariate, since those are drawn before the number of the trial is known.
    """
    return require_optuna().samplers.TPESampler(
        n_startup_trials=tuning.startup_trials, multivariate=False, seed=(tuning.seed * 1_000_003 + number) % 2**32
    )


def count_trials(study: "optuna.Study") -> int:
    """Count the trials that came to their end or were pruned."""
    return len(study.get_trials(deepcopy=False, states=_ended()))


def _ended() -> tuple[Any, ...]:
    states = require_optuna().trial.TrialState
    return (states.COMPLETE, states.PRUNED)


def optimize(
    study: "optuna.Study", objective: "optuna.study.study.ObjectiveFuncType", tuning: TuningParameters
) -> None:
    """Add trials to a study until it has enough, or time is over.

    Raises:
        ValueError: If there is no trial that ended.
    """
    optuna = require_optuna()
    if tuning.trials is not None and count_trials(study) >= tuning.trials:
        logger.info("The study has its %s trials already; raise `tuning.trials` for more", tuning.trials)
        return
    callbacks = [_log_trial]
    if tuning.trials is not None:
        callbacks.append(optuna.study.MaxTrialsCallback(tuning.trials, states=_ended()))
    study.optimize(objective, timeout=tuning.minutes and 60 * tuning.minutes, callbacks=callbacks)
    if not count_trials(study):
        raise ValueError(
            f"Expected one trial or more to end. Found none after {tuning.minutes} minutes. Raise `tuning.minutes`."
        )


def _log_trial(study: "optuna.Study", trial: "optuna.trial.FrozenTrial") -> None:
    outcome = "pruned" if trial.value is None else f"{trial.value:.4f}"
    completed = study.get_trials(deepcopy=False, states=_ended()[:1])
    best = f"; best so far {study.best_value:.4f} of trial {study.best_trial.number}" if completed else ""
    logger.info("Trial %s: %s%s", trial.number, outcome, best)


def measure_importance(study: "optuna.Study", seed: int) -> dict[str, float]:
    """Measure how much of the differences between scores each parameter explains.

    By fANOVA: Hutter, Hoos and Leyton-Brown, "An efficient approach for assessing hyperparameter importance", ICML
    2014.

    Returns:
        Shares that sum to 1 by path, the highest first; empty where too few trials came to their end, or all score the
        same.
    """
    optuna = require_optuna()
    completed = study.get_trials(deepcopy=False, states=_ended()[:1])
    if len(completed) < MIN_TRIALS_FOR_IMPORTANCE or len({trial.value for trial in completed}) == 1:
        return {}
    return optuna.importance.get_param_importances(
        study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=seed)
    )
