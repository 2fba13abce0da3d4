"""From a table of predictions to numbers: the one evaluator that scores every model."""

from leukosmear.evaluation.bands import Band, curve_bands
from leukosmear.evaluation.comparison import compare_models
from leukosmear.evaluation.curves import PrecisionRecallCurve, RocCurve, precision_recall_curves, roc_curves
from leukosmear.evaluation.evaluator import evaluate
from leukosmear.evaluation.intervals import wilson_interval
from leukosmear.evaluation.model import evaluate_model
from leukosmear.evaluation.ratios import ratios_with_intervals
from leukosmear.evaluation.results import (
    ALL_CLASSES,
    Agreement,
    Averages,
    BinaryScores,
    Bootstrap,
    Calibration,
    CalibrationScores,
    ClassScores,
    ClinicalReading,
    Evaluation,
    ModelComparison,
    ModelEvaluation,
    ModelMetrics,
    PairComparison,
    ReliabilityBin,
    Resampling,
    Severity,
    Training,
    Undefined,
)
from leukosmear.evaluation.scored_side import ScoredSide, take_side

__all__ = [
    "ALL_CLASSES",
    "Agreement",
    "Averages",
    "Band",
    "BinaryScores",
    "Bootstrap",
    "Calibration",
    "CalibrationScores",
    "ClassScores",
    "ClinicalReading",
    "Evaluation",
    "ModelComparison",
    "ModelEvaluation",
    "ModelMetrics",
    "PairComparison",
    "PrecisionRecallCurve",
    "ReliabilityBin",
    "Resampling",
    "RocCurve",
    "ScoredSide",
    "Severity",
    "Training",
    "Undefined",
    "compare_models",
    "curve_bands",
    "evaluate",
    "evaluate_model",
    "precision_recall_curves",
    "ratios_with_intervals",
    "roc_curves",
    "take_side",
    "wilson_interval",
]
