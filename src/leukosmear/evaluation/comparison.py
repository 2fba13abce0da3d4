"""Models against each other, on the same images."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from leukosmear.evaluation.agreement import measure_agreement
from leukosmear.evaluation.resampling import Groups, describe_resampling, find_groups, find_interval, resample
from leukosmear.evaluation.results import ALL_CLASSES, ModelComparison, PairComparison, Undefined
from leukosmear.evaluation.scored_side import ScoredSide, take_side
from leukosmear.parameters import EvaluationParameters


def compare_models(
    predictions: Mapping[str, pd.DataFrame], side: str, manifest: pd.DataFrame | None, parameters: EvaluationParameters
) -> ModelComparison:
    """Compare all pairs of models by the images that one gets right and the other wrong.

    Args:
        predictions: A table of predictions of each model; all of the same images, in any order.
        side: Name of the side, such as "test".
        manifest: The split, which says which images were taken together; None where nothing is known.
        parameters: How intervals are drawn.

    Returns:
        Exact McNemar tests, corrected by Holm over all pairs; differences of accuracy with intervals over groups;
        and how far the models agree.

    Raises:
        ValueError: Where a table breaks its contract, or the tables differ in images, labels or classes.
    """
    scored = _read_same_images(predictions, side)
    first = next(iter(scored.values()))
    groups = find_groups(first.image_ids, manifest)
    is_right = {name: one.predicted == first.truth for name, one in scored.items()}
    pairs, undefined = _compare_pairs(is_right, groups, parameters)
    agreement, undefined_kappas = measure_agreement(scored)
    return ModelComparison(
        side=side,
        n=len(first.truth),
        models=list(scored),
        resampling=describe_resampling(first, groups, parameters),
        pairs=pairs,
        agreement=agreement,
        undefined=undefined + undefined_kappas,
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """Test exactly whether two models are right equally often, by the images that only one of them gets right.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947), 153-157; exact by the binomial distribution.

    Args:
        only_a: Images that only the first model gets right.
        only_b: Images that only the second one does.

    Returns:
        Two-sided p-value; 1 where the models never differ. It takes the images for independent.
    """
    return float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0


def correct_by_holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values so that among all tests a false finding is as improbable as in a single one.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
    (1979), 65-70.

    Args:
        p_values: Of m tests, in any order.

    Returns:
        The corrected p-values, up to 1, in the same order.
    """
    from statsmodels.stats.multitest import multipletests  # takes a tenth of a second to import

    return multipletests(p_values, method="holm")[1].tolist() if len(p_values) else []


def _read_same_images(predictions: Mapping[str, pd.DataFrame], side: str) -> dict[str, ScoredSide]:
    """Read one side of each model, and see to it that all are of the same images, in the same order."""
    if not predictions:
        raise ValueError("Expected the predictions of one model or more, found none. Pass those to compare.")
    scored = {name: take_side(table.sort_values("image_id"), side) for name, table in predictions.items()}
    first_name, first = next(iter(scored.items()))
    for name, one in scored.items():
        for what, ours, theirs in (
            ("images", first.image_ids, one.image_ids),
            ("classes", first.classes, one.classes),
            ("labels", tuple(first.truth), tuple(one.truth)),
        ):
            if ours != theirs:
                raise ValueError(
                    f"Expected predictions of all models on the same {what}, found that those of '{name}' differ from "
                    f"those of '{first_name}' on the side '{side}' ({len(one.truth)} and {len(first.truth)} images). "
                    "Train and apply both on the same side."
                )
    return scored


def _compare_pairs(
    is_right: Mapping[str, np.ndarray], groups: Groups, parameters: EvaluationParameters
) -> tuple[list[PairComparison], list[Undefined]]:
    """Test all pairs of models, and draw the groups anew for the differences of their accuracies."""
    models, right = list(is_right), np.stack(list(is_right.values()), axis=1).astype(np.int64)
    pairs = list(combinations(range(len(models)), 2))
    only = (right.T @ (1 - right)).tolist()
    n_right, n_images = groups.sums(right), groups.sums(np.ones(len(right)))
    resampled = resample(
        groups, parameters, lambda counts: {"accuracy": counts @ n_right / (counts @ n_images)[:, None]}
    )["accuracy"]
    p_values = [mcnemar(only[a][b], only[b][a]) for a, b in pairs]
    compared: list[PairComparison] = []
    undefined: list[Undefined] = []
    for (a, b), p_value, p_value_holm in zip(pairs, p_values, correct_by_holm(p_values), strict=True):
        difference = (only[a][b] - only[b][a]) / len(right)
        interval, reason = find_interval(difference, resampled[:, a] - resampled[:, b], groups, parameters.confidence)
        if reason:
            figure = f"interval of the difference between {models[a]} and {models[b]}"
            undefined.append(Undefined({"class": ALL_CLASSES, "figure": figure, "reason": reason}))
        compared.append(
            PairComparison(
                model_a=models[a],
                model_b=models[b],
                only_a_right=only[a][b],
                only_b_right=only[b][a],
                p_value=p_value,
                p_value_holm=p_value_holm,
                difference=difference,
                difference_interval=interval,
            )
        )
    return compared, undefined
