"""Whether models make the same calls, and the same mistakes."""

from collections.abc import Mapping

import numpy as np

from leukosmear.evaluation.matrices import score_matrices
from leukosmear.evaluation.results import ALL_CLASSES, Agreement, Undefined
from leukosmear.evaluation.scored_side import ScoredSide


def measure_agreement(scored: Mapping[str, ScoredSide]) -> tuple[Agreement, list[Undefined]]:
    """Compare the predicted classes of all pairs of models.

    Args:
        scored: What each model says of the same images, in the same order; one model or more.

    Returns:
        Cohen's kappa between predicted classes, with 1 for the same calls and 0 for no more than chance, and the
        share of images that both get wrong, each for all pairs; and why any kappa is None.
    """
    models, first = list(scored), next(iter(scored.values()))
    calls = np.stack([one.predicted for one in scored.values()])  # (models, n)
    one_hot = (calls[..., None] == np.arange(len(first.classes))).astype(np.float64)
    contingency = np.einsum("anc,bnd->abcd", one_hot, one_hot, optimize=True)
    kappa = score_matrices(contingency).overall["cohen_kappa"]
    wrong = (calls != first.truth).astype(np.float64)
    undefined = [
        Undefined(
            {
                "class": ALL_CLASSES,
                "figure": f"kappa between {models[a]} and {models[b]}",
                "reason": "both predicted one and the same class only",
            }
        )
        for a, b in np.argwhere(np.isnan(np.tril(kappa)))
    ]
    agreement = Agreement(
        models=models,
        kappa=[[None if np.isnan(value) else float(value) for value in row] for row in kappa],
        both_wrong=(wrong @ wrong.T / len(first.truth)).tolist(),
    )
    return agreement, undefined
