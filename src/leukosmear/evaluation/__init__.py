"""From a table of predictions to numbers: the one evaluator that scores every model."""

from leukosmear.evaluation.evaluator import Averages, ClassScores, Evaluation, evaluate
from leukosmear.evaluation.intervals import wilson_interval
from leukosmear.evaluation.roc import RocCurve, roc_curves
from leukosmear.evaluation.table import ScoredSplit, read_split

__all__ = [
    "Averages",
    "ClassScores",
    "Evaluation",
    "RocCurve",
    "ScoredSplit",
    "evaluate",
    "read_split",
    "roc_curves",
    "wilson_interval",
]
