"""The parameters that several pipelines share, as validated models.

Each node receives only the block it uses. Kedro checks the blocks, values from the command line's `--params` included,
before the first node runs. Parameters of one pipeline alone stand in its own `parameters.py`.
"""

from leukosmear.parameters.base import Parameters
from leukosmear.parameters.data_gate import (
    AcquisitionParameters,
    DuplicateParameters,
    QualityParameters,
    SameFieldParameters,
    ValidationParameters,
)
from leukosmear.parameters.estimators import EstimatorParameters, ImportanceParameters, SelectionParameters
from leukosmear.parameters.evaluation import EvaluationParameters, MistakeCosts
from leukosmear.parameters.features import CellsFigureParameters, FeatureParameters, PixelFeatureParameters
from leukosmear.parameters.images import (
    AugmentationParameters,
    FrameParameters,
    ImageParameters,
    PreviewParameters,
    SplitParameters,
)
from leukosmear.parameters.networks import AttentionParameters, ExportParameters, NetworkParameters, TrainingParameters

__all__ = [
    "AcquisitionParameters",
    "AttentionParameters",
    "AugmentationParameters",
    "CellsFigureParameters",
    "DuplicateParameters",
    "EstimatorParameters",
    "EvaluationParameters",
    "ExportParameters",
    "FeatureParameters",
    "FrameParameters",
    "ImageParameters",
    "ImportanceParameters",
    "MistakeCosts",
    "NetworkParameters",
    "Parameters",
    "PixelFeatureParameters",
    "PreviewParameters",
    "QualityParameters",
    "SameFieldParameters",
    "SelectionParameters",
    "SplitParameters",
    "TrainingParameters",
    "ValidationParameters",
]
