"""Search for better parameters of a network, scored on validation images alone; on demand only."""

from leukosmear.pipelines.tuning.pipeline import create_pipeline

__all__ = ["create_pipeline"]
