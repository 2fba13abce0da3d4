"""What models reach over all folds of the split's protocol; on demand only."""

from leukosmear.pipelines.cross_validation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
