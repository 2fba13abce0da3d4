"""What the evaluator says, as plain Python values that are ready for JSON.

A figure that is undefined is None, never NaN, and the nearest list `undefined` says why. Intervals are
[low, high]. Shares are between 0 and 1.
"""

from typing import TypedDict

# What stands for a class in `Undefined` where a figure is of no single one.
ALL_CLASSES = "all classes"

# The functional form, because "class" is a keyword of Python.
Undefined = TypedDict("Undefined", {"class": str, "figure": str, "reason": str})


class ClassScores(TypedDict):
    """One class against the rest, on one side; the intervals are Wilson's.

    Recall is also called sensitivity, and precision positive predictive value.
    """

    support: int
    predicted: int
    right: int
    precision: float | None
    precision_interval: list[float] | None
    recall: float | None
    recall_interval: list[float] | None
    specificity: float | None
    specificity_interval: list[float] | None
    npv: float | None
    npv_interval: list[float] | None
    f1: float | None
    auc: float | None
    average_precision: float | None


class Averages(TypedDict):
    """Averages over the classes of which the side has images."""

    precision: float
    recall: float
    f1: float


class Evaluation(TypedDict):
    """One model on one side."""

    side: str
    n: int
    classes: list[str]
    confidence: float
    n_right: int
    accuracy: float
    accuracy_interval: list[float]
    balanced_accuracy: float
    macro: Averages
    weighted: Averages
    macro_auc: float | None
    macro_average_precision: float | None
    cohen_kappa: float | None
    mcc: float | None
    cross_entropy: float
    confusion_matrix: list[list[int]]
    per_class: dict[str, ClassScores]
    undefined: list[Undefined]


class Resampling(TypedDict):
    """How the intervals of a bootstrap came about.

    `unit` is the column whose values were drawn: acquisition_id, field_id, or image_id where there are no groups.
    `effective_groups` is the number of groups of equal size that tell as much as these.
    """

    unit: str
    n_groups: int
    effective_groups: float
    groups_per_class: dict[str, int]
    resamples: int
    seed: int
    confidence: float
    warnings: list[str]


class Bootstrap(TypedDict):
    """Intervals of one model's figures on one side, by the percentiles of a bootstrap over groups.

    `overall` has the keys accuracy, balanced_accuracy, macro_precision, macro_f1, weighted_precision,
    weighted_f1, cohen_kappa, mcc, macro_auc, macro_average_precision, cross_entropy and brier_score; `per_class`,
    by class, has precision, recall, specificity, npv, f1, auc and average_precision.
    """

    side: str
    resampling: Resampling
    overall: dict[str, list[float] | None]
    per_class: dict[str, dict[str, list[float] | None]]
    undefined: list[Undefined]


class ReliabilityBin(TypedDict):
    """The images whose highest probability lies above `low` and up to `high`; None where there is none."""

    low: float
    high: float
    n: int
    confidence: float | None
    accuracy: float | None


class CalibrationScores(TypedDict):
    """How far the probabilities of one side can be believed."""

    log_loss: float
    brier_score: float
    expected_calibration_error: float
    reliability: list[ReliabilityBin]


class BeforeAndAfter(TypedDict):
    """One side before and after temperature scaling."""

    before: CalibrationScores
    after: CalibrationScores


class Calibration(TypedDict):
    """Temperature scaling, fitted on validation. `at_bound` says that the best one lies beyond the search."""

    temperature: float
    at_bound: bool
    bins: int
    validation: BeforeAndAfter
    test: BeforeAndAfter


class BinaryScores(TypedDict):
    """Any other class (positive) against the negative class; the intervals are Wilson's."""

    true_positives: int
    false_negatives: int
    true_negatives: int
    false_positives: int
    sensitivity: float | None
    sensitivity_interval: list[float] | None
    specificity: float | None
    specificity_interval: list[float] | None
    ppv: float | None
    ppv_interval: list[float] | None
    npv: float | None
    npv_interval: list[float] | None


class Severity(TypedDict):
    """The confusion matrix of the test side, weighted by what each mistake costs (the most probable class counts).

    `costs` has the keys missed, false_alarm and confused; rows of the matrices are true classes.
    """

    costs: dict[str, float]
    cost_matrix: list[list[float]]
    weighted_confusion_matrix: list[list[float]]
    mean_cost: float
    mean_cost_interval: list[float] | None


class ClinicalReading(TypedDict):
    """Negative class against any other; an image is called positive where P(any other) >= threshold.

    `validation` and `test` are at the threshold, which validation chose; `test_by_class` calls an image positive
    where its most probable class is. `bootstrap` has intervals over groups of the test figures at the threshold:
    sensitivity, specificity, ppv, npv and auc.
    """

    negative_class: str
    positive_classes: list[str]
    threshold_rule: str
    target_sensitivity: float
    threshold: float | None
    auc: dict[str, float | None]
    validation: BinaryScores | None
    test: BinaryScores | None
    test_by_class: BinaryScores
    bootstrap: dict[str, list[float] | None]
    severity: Severity
    undefined: list[Undefined]


class ModelEvaluation(TypedDict):
    """Everything that is said about one model. `clinical` is None where the data set lacks the negative class."""

    validation: Evaluation
    test: Evaluation
    bootstrap: Bootstrap
    calibration: Calibration
    clinical: ClinicalReading | None
    undefined: list[Undefined]


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
    split_sha256: str  # of the split that the model learnt from


class ModelMetrics(ModelEvaluation):
    """Everything that is known about one model."""

    model: str
    training: Training
    file_bytes: int


class PairComparison(TypedDict):
    """Two models on the same images. `difference` is the accuracy of a less that of b."""

    model_a: str
    model_b: str
    only_a_right: int
    only_b_right: int
    p_value: float
    p_value_holm: float
    difference: float
    difference_interval: list[float] | None


class Agreement(TypedDict):
    """Matrices over models, in the order of `models`: kappa of their predicted classes, share that both get wrong."""

    models: list[str]
    kappa: list[list[float | None]]
    both_wrong: list[list[float]]


class ModelComparison(TypedDict):
    """All pairs of models on the same images of one side."""

    side: str
    n: int
    models: list[str]
    resampling: Resampling
    pairs: list[PairComparison]
    agreement: Agreement
    undefined: list[Undefined]
