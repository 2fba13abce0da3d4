"""Models of made-up predictions, scored: one image of Early, and nine of Pre, on each side."""

import pandas as pd

from conftest import configuration
from leukosmear.evaluation import ModelMetrics
from leukosmear.parameters import EvaluationParameters
from leukosmear.pipelines.reporting.nodes import score_model
from leukosmear.splitting.belonging import hash_split

CONF = configuration("local")["parameters"]
EVALUATION = EvaluationParameters(**(CONF["evaluation"] | {"resamples": 200, "negative_class": "Early"}))


SPLIT = {"protocol": "random", "fold": 0, "seed": 0}


def predict(right: int, wrong: int) -> pd.DataFrame:
    """A model that takes `wrong` of its images of Pre for Early; one image of Early, right, on each side."""
    rows = [("Early", 0.9)] + [("Pre", 0.2)] * right + [("Pre", 0.7)] * wrong
    return pd.DataFrame(
        [
            {
                "image_id": f"{side}-{i}",
                **SPLIT,
                "side": side,
                "label": label,
                "p_Early": p_early,
                "p_Pre": 1 - p_early,
            }
            for side in ("validation", "test")
            for i, (label, p_early) in enumerate(rows)
        ]
    )


def deal(n: int = 10, images_per_acquisition: int = 1) -> pd.DataFrame:
    rows = [(f"{side}-{i}", side, "Early" if i == 0 else "Pre") for side in ("validation", "test") for i in range(n)]
    table = pd.DataFrame(rows, columns=["image_id", "side", "label"])
    session = table.groupby("side").cumcount() // images_per_acquisition
    return table.assign(**SPLIT, field_id=table["image_id"], acquisition_id=table["side"] + session.astype(str))


def score(model: str, right: int, wrong: int, *, seconds: float = 1.0, n_parameters: int | None = 10) -> ModelMetrics:
    split = deal(1 + right + wrong)
    training = {
        "model": model,
        "family": "network",
        "architecture": "two layers",
        "n_parameters": n_parameters,
        "epochs_run": 2,
        "best_epoch": 1,
        "train_seconds": seconds,
        "images_per_second": 5.0,
        "accelerator": "CPU",
        "n_train": 4,
        "split_sha256": hash_split(split),
    }
    usage = {"milliseconds": 2.0, "weights": {"n_bytes": 1234}}
    return score_model(predict(right, wrong), split, training, usage, EVALUATION)
