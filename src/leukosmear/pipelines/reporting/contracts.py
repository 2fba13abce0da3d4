"""What the reports of several protocols pass on to each other."""

from typing import Any, TypedDict


class ModelAccuracy(TypedDict):
    """What the reports of other protocols say of a model: columns of the table of models."""

    model: str
    role: str
    chosen: bool
    test_accuracy: float
    ci_low: float
    ci_high: float
    interval_over: str


class Fingerprint(TypedDict):
    """What results were made from, but for their split."""

    images: str
    code: str
    versions: dict[str, str]
    parameters: dict[str, Any]


class ProtocolSummary(TypedDict):
    """What the reports of other protocols say of one."""

    protocol: str
    fold: int
    seed: int
    n_train: int
    n_test: int
    train_acquisitions: int
    test_acquisitions: int
    effective_test_acquisitions: float  # as many of equal size would tell as much
    same_field_share: float | None
    same_acquisition_share: float | None
    confidence: float
    fingerprint: Fingerprint
    models: list[ModelAccuracy]


class ModelByProtocol(TypedDict):
    """A model's accuracies by the protocols that it was run under."""

    model: str
    accuracies: dict[str, ModelAccuracy]


class ProtocolComparison(TypedDict):
    """All protocols that were run on the same images."""

    current: str
    protocols: list[ProtocolSummary]
    left_out: dict[str, str]  # why, by protocol
    missing: str | None
    models: list[ModelByProtocol]
    conclusions: list[str]
