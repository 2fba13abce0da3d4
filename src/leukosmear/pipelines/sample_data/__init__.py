"""Synthetic smears, so that everything runs without the real data set."""

from leukosmear.pipelines.sample_data.pipeline import create_pipeline

__all__ = ["create_pipeline"]
