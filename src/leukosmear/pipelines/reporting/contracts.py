"""The JSON that passes between models and the report."""

from typing import TypedDict

from leukosmear.evaluation import ModelEvaluation


class Training(TypedDict):
    """How a model came about, as its training node tells it."""

    model: str
    family: str
    architecture: str
    n_parameters: int | None
    epochs_run: int | None
    best_epoch: int | None
    train_seconds: float
    images_per_second: float | None
    latency_ms: float
    accelerator: str
    n_train: int


class ModelMetrics(ModelEvaluation):
    """Everything that is known about one model."""

    model: str
    training: Training
    file_bytes: int
