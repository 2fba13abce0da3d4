"""Hooks into Kedro's runs: what is refused before one, what is kept of it, and what it ends with."""

from leukosmear.hooks.lineage import Lineage
from leukosmear.hooks.parameter_checks import ModelOptions, ParameterNames, SplitSettings
from leukosmear.hooks.progress import RunProgress
from leukosmear.hooks.recording import RunRecorder
from leukosmear.hooks.summary import RunSummary

__all__ = ["Lineage", "ModelOptions", "ParameterNames", "RunProgress", "RunRecorder", "RunSummary", "SplitSettings"]
