"""Tables of predictions for tests: written by hand, or drawn at random."""

import numpy as np
import pandas as pd

from leukosmear.evaluation import ScoredSide, take_side
from leukosmear.parameters import EvaluationParameters

SPLIT = {"protocol": "random", "fold": 0, "seed": 0}
PARAMETERS = EvaluationParameters(seed=3, resamples=200, negative_class="a")


def table(rows: list[tuple[str, str, tuple[float, ...]]], classes: str = "abc") -> pd.DataFrame:
    """A table of predictions from (split, label, probabilities)."""
    return pd.DataFrame(
        [
            {**SPLIT, "image_id": f"image-{i}", "side": split, "label": label}
            | {f"p_{name}": p for name, p in zip(classes, probabilities, strict=True)}
            for i, (split, label, probabilities) in enumerate(rows)
        ]
    )


def split_of(rows: list[tuple[str, tuple[float, ...]]], classes: str = "abc") -> ScoredSide:
    """A test split from (label, probabilities)."""
    return take_side(table([("test", *row) for row in rows], classes), "test")


def random_predictions(n: int, classes: list[str], seed: int) -> pd.DataFrame:
    """Predictions of n test and n validation images that are better than chance but far from right."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(len(classes), size=2 * n)
    probabilities = rng.dirichlet(np.ones(len(classes)), size=2 * n)
    probabilities[np.arange(2 * n), labels] += 0.3
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    frame = pd.DataFrame(probabilities, columns=[f"p_{name}" for name in classes])
    frame["image_id"] = [f"image-{i}" for i in range(2 * n)]
    frame["side"] = ["test"] * n + ["validation"] * n
    frame["label"] = [classes[i] for i in labels]
    return frame.assign(**SPLIT)


def manifest(predictions: pd.DataFrame, images_per_group: int) -> pd.DataFrame:
    """A split whose acquisitions are so many images in a row."""
    groups = np.arange(len(predictions)) // images_per_group
    return pd.DataFrame(
        {
            "image_id": predictions["image_id"],
            "field_id": predictions["image_id"],
            "acquisition_id": [f"acquisition-{group}" for group in groups],
        }
    )
