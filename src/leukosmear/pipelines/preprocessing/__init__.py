"""Resizing, splitting and augmentation: the paper's section 2.3."""

from leukosmear.pipelines.preprocessing.pipeline import create_pipeline

__all__ = ["create_pipeline"]
