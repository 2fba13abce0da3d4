"""What the paper compares its network with: Table 1."""

from leukosmear.pipelines.baselines.pipeline import create_pipeline

__all__ = ["create_pipeline"]
