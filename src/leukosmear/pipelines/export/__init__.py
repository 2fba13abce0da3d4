"""Trained networks in the formats of phones and of other runtimes, and whether they still say the same there."""

from leukosmear.pipelines.export.pipeline import create_pipeline

__all__ = ["create_pipeline"]
