"""Scores of every model, tables over all of them beside the paper's, and the report."""

from leukosmear.pipelines.reporting.pipeline import create_pipeline

__all__ = ["create_pipeline"]
