"""Is the data set complete, balanced, consistent and readable? The paper's section 2.2, and a gate."""

from leukosmear.pipelines.data_validation.pipeline import create_gate, create_pipeline

__all__ = ["create_gate", "create_pipeline"]
