"""Nodes that search for better parameters of a network."""

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from leukosmear.model_images import Partitions, class_names
from leukosmear.parameters import AugmentationParameters, NetworkParameters, Parameters, TrainingParameters
from leukosmear.parameters.tuning import TuningParameters
from leukosmear.splitting.dealing import number_folds
from leukosmear.tuning.results import Study, describe_study
from leukosmear.tuning.space import Blocks, check, configured, put, suggest
from leukosmear.tuning.study import measure_importance, open_study, optimize, require_optuna, sampler

if TYPE_CHECKING:
    import optuna

logger = logging.getLogger(__name__)


def hold_out_acquisitions(split: pd.DataFrame, tuning: TuningParameters) -> pd.DataFrame:
    """Choose what trials learn from and what they are scored on; the test images are left out.

    The split's own validation serves where it shares no acquisition with train. Where it does, whole acquisitions of
    both are dealt anew: parameters that are good at recognising acquisitions would win otherwise.

    Args:
        split: One row per image; columns `image_id`, `label`, `acquisition_id` and `side`.
        tuning: Number of parts, and the seed.

    Returns:
        The images of train and validation, with `side` dealt anew if need be. Where a class has too few
        acquisitions, the split stays as it is, and a warning says so.
    """
    images = split[split["side"] != "test"]
    if images[["acquisition_id", "side"]].drop_duplicates()["acquisition_id"].is_unique:
        logger.info("Trials are scored on the validation images: none is of an acquisition in train")
        return images
    labels, groups = images["label"], images["acquisition_id"]
    n_folds = min(tuning.folds, int(groups.groupby(labels).nunique().min()))
    # One fold is no division, and gives no train images.
    folds = number_folds(labels, groups, n_folds, tuning.seed) if n_folds > 1 else pd.Series(0, index=images.index)
    for fold in range(n_folds):
        held_out = folds.eq(fold)
        if labels[~held_out].nunique() == labels[held_out].nunique() == labels.nunique():
            counts = f"{held_out.sum():,} images of {groups[held_out].nunique():,} acquisitions"
            logger.info("Trials are scored on %s that they do not learn from", counts)
            return images.assign(side=held_out.map({False: "train", True: "validation"}))
    logger.warning(
        "A class has too few acquisitions to hold some out, so trials are scored on validation images that share "
        "acquisitions with train: what scores best may be best at recognising acquisitions"
    )
    return images


def search_parameters(
    model_images: Partitions,
    tuning_manifest: pd.DataFrame,
    tuning: TuningParameters,
    augmentation: AugmentationParameters,
    studies: str,
    **blocks: Any,  # noqa: ANN401 - parameters of two kinds
) -> Study:
    """Train a network again and again, with parameters that a study proposes.

    Args:
        model_images: Partitions of model images.
        tuning_manifest: Columns `image_id`, `label` and `side`: train and validation.
        tuning: What is searched, and for how long.
        augmentation: Random changes of the training images, as configured.
        studies: Address of the database that keeps all studies, which other runs may use at the same time.
        **blocks: The blocks of every network, by its name followed by `_network` and `_training`. Kedro validates no
            parameters that may be of two kinds, so that these are validated here.

    Returns:
        The study with all of its trials, of whichever run.

    Raises:
        ValueError: If there is no such network, or it does not take what is searched.
        ModuleNotFoundError: If Optuna is not installed.
    """
    pruned = require_optuna().TrialPruned
    base = _choose(tuning.model, augmentation, blocks)
    shape = next(iter(model_images.values()))()["pixels"].shape[1:]
    check(base, tuning, shape, len(class_names(tuning_manifest)))
    first = configured(base, tuning)
    study = open_study(studies, _name_study(tuning, base, model_images, tuning_manifest), tuning, first)

    def objective(trial: "optuna.Trial") -> float:
        study.sampler = sampler(tuning, trial.number)
        values = {searched.path: suggest(searched, trial) for searched in tuning.space}
        logger.info("Trial %s: %s", trial.number, ", ".join(f"{path} {value}" for path, value in values.items()))
        parameters = put(base, values)
        try:
            return _train(parameters, model_images, tuning_manifest, tuning, trial)
        except FloatingPointError as error:
            # Parameters under which training breaks down are as bad as any.
            logger.warning("Trial %s is given up: %s", trial.number, error)
            raise pruned from error

    optimize(study, objective, tuning)
    return describe_study(study, tuning, first, measure_importance(study, tuning.seed))


def _choose(model: str, augmentation: AugmentationParameters, blocks: Mapping[str, Any]) -> Blocks:
    """Pick the blocks of one network."""
    if f"{model}_network" not in blocks:
        names = sorted(name.removesuffix("_network") for name in blocks if name.endswith("_network"))
        raise ValueError(
            f"Expected `tuning.model` to be a network of models.py: {', '.join(names)}. Found '{model}'. "
            "Estimators choose their parameters by their own `grid`, each time they are fitted."
        )
    network, training = blocks[f"{model}_network"], blocks[f"{model}_training"]
    return Blocks(NetworkParameters.model_validate(network), TrainingParameters.model_validate(training), augmentation)


def _name_study(tuning: TuningParameters, base: Blocks, model_images: Partitions, manifest: pd.DataFrame) -> str:
    """Name a study so that trials of another space, other parameters or other images do not get into it."""
    from leukosmear.training.checkpoints import identify

    parameters: dict[str, Parameters] = base._asdict()
    searched = tuning.model_dump(include={"space", "score"}, mode="json")
    identity = identify(parameters, model_images, manifest) | {"searched": json.dumps(searched)}
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return f"{tuning.model}-{digest[:12]}"


def _train(
    parameters: Blocks,
    model_images: Partitions,
    manifest: pd.DataFrame,
    tuning: TuningParameters,
    trial: "optuna.Trial",
) -> float:
    """Train once, and return the score of the epoch whose weights would be kept."""
    from leukosmear.training.train import train
    from leukosmear.tuning.pruning import TrialReporter

    reporter = TrialReporter(trial, tuning.score)
    trained = train(f"trial {trial.number}", model_images, manifest, *parameters, watchers=[reporter])
    trial.set_user_attr("n_parameters", trained.record["n_parameters"])
    if reporter.is_pruned:
        raise require_optuna().TrialPruned
    best = trained.record["best_epoch"]
    trial.set_user_attr("best_epoch", best)
    return float(trained.history[tuning.score].iloc[best - 1])
