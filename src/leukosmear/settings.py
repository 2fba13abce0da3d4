"""Project settings, read by Kedro: https://docs.kedro.org/en/stable/configure/configuration_basics/."""

import os

from omegaconf.resolvers import oc

from leukosmear.configuration import ConfigLoader, Context
from leukosmear.devices.greeting import silence_tensorflow
from leukosmear.hooks import Lineage, ModelOptions, ParameterNames, RunProgress, RunRecorder, RunSummary, SplitSettings

# The training log says which accelerators were found; TF_CPP_MIN_LOG_LEVEL=0 tells why a GPU was not.
silence_tensorflow()
# TensorFlow's convolutions from oneDNN are faster than its own with AVX2, too (docs/performance.md), but it uses them
# by itself only where there is AVX-512 or the like. 0 leaves them out.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# JAX would take three quarters of a GPU's memory at once, and a second program on the machine would get none.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

HOOKS = (Lineage(), ModelOptions(), ParameterNames(), SplitSettings(), RunProgress(), RunRecorder(), RunSummary())

CONTEXT_CLASS = Context
CONFIG_LOADER_CLASS = ConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment states only the parameters that differ; without this it would have to repeat whole blocks.
    "merge_strategy": {"parameters": "soft"},
    "custom_resolvers": {"oc.env": oc.env},
}
