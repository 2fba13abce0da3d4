"""What models reach on acquisitions that they have not learnt from, each held out in turn; on demand only."""

from leukosmear.pipelines.cross_validation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
