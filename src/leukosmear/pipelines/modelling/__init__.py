"""The paper's network and a better one: sections 2.6 and 2.9."""

from leukosmear.pipelines.modelling.pipeline import create_pipeline

__all__ = ["create_pipeline"]
