"""Everything that is said about one model."""

import pandas as pd

from leukosmear.evaluation.bootstrap import bootstrap
from leukosmear.evaluation.calibration import calibrate
from leukosmear.evaluation.clinical import read_clinically
from leukosmear.evaluation.evaluator import evaluate
from leukosmear.evaluation.resampling import find_groups
from leukosmear.evaluation.results import ALL_CLASSES, ModelEvaluation, Undefined
from leukosmear.evaluation.scored_side import take_side
from leukosmear.parameters import EvaluationParameters


def evaluate_model(
    predictions: pd.DataFrame, manifest: pd.DataFrame | None, parameters: EvaluationParameters
) -> ModelEvaluation:
    """Score a model on validation and test. What has to be chosen, validation chooses; test is only scored.

    Args:
        predictions: One row per image; columns `image_id`, `side` (with "validation" and "test"), `label` and one
            `p_<class>` per class.
        manifest: The split, which says which images were taken together; None where nothing is known.
        parameters: How to score.

    Returns:
        Scores of both splits; and of test intervals over groups, calibration and the clinical reading.

    Raises:
        ValueError: Where a table breaks its contract.
    """
    validation, test = take_side(predictions, "validation"), take_side(predictions, "test")
    groups = find_groups(test.image_ids, manifest)
    negative, clinical, undefined = parameters.negative_class, None, []
    if negative in test.classes:
        clinical = read_clinically(validation, test, groups, negative, parameters)
    else:
        found = "no class is said to mean no disease" if negative is None else f"the data set has no class {negative}"
        reason = f"{found} (parameter `evaluation.negative_class`); its classes are {', '.join(test.classes)}"
        undefined.append(Undefined({"class": ALL_CLASSES, "figure": "clinical reading", "reason": reason}))
    return ModelEvaluation(
        validation=evaluate(predictions, "validation", parameters.confidence),
        test=evaluate(predictions, "test", parameters.confidence),
        bootstrap=bootstrap(test, groups, parameters),
        calibration=calibrate(validation, test, parameters.calibration_bins),
        clinical=clinical,
        undefined=undefined,
    )
