"""Project settings, read by Kedro: https://docs.kedro.org/en/stable/configure/configuration_basics/."""

import os

from omegaconf.resolvers import oc

from leukosmear.hooks import ParameterNames, RunSummary

# TensorFlow's native code greets every start with lines about CUDA and CPU features. The training log says which
# accelerators were found; set this to 0 to learn why a GPU was not.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

HOOKS = (ParameterNames(), RunSummary())

CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment states only the parameters that differ; without this it would have to repeat whole blocks.
    "merge_strategy": {"parameters": "soft"},
    "custom_resolvers": {"oc.env": oc.env},
}

# The models of each pipeline and the family whose pipeline trains them. Parameters are out of reach where
# pipelines are created, so the list stands here; each name is a block of parameters of the same name.
MODELS = {
    "modelling": {"paper_cnn": "network", "compact_cnn": "network"},
    "baselines": {"resnet50": "network", "densenet121": "network", "knn": "estimator"},
}
