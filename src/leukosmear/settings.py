"""Project settings, read by Kedro: https://docs.kedro.org/en/stable/configure/configuration_basics/."""

import os

from omegaconf.resolvers import oc

from leukosmear.hooks import ModelOptions, ParameterNames, RunRecorder, RunSummary, SplitSettings

# TensorFlow's native code greets every start with lines about CUDA and CPU features. The training log says which
# accelerators were found; set this to 0 to learn why a GPU was not.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# TensorFlow's convolutions from oneDNN are faster than its own with AVX2, too (docs/performance.md), but it uses them
# by itself only where there is AVX-512 or the like. 0 leaves them out.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# JAX would take three quarters of a GPU's memory at once, and a second program on the machine would get none.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

HOOKS = (ModelOptions(), ParameterNames(), SplitSettings(), RunRecorder(), RunSummary())

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
    "baselines": {
        "resnet50": "network",
        "densenet121": "network",
        "knn": "estimator",
        "texture_svm_2016": "estimator",
        "shape_ann_2015": "estimator",
        "shape_texture_svm_2015": "estimator",
        "shape_texture_svm_2017": "estimator",
        "shape_colour_texture_svm_2014": "estimator",
        "shape_texture_svm_2013": "estimator",
        "cell_features_boosting": "estimator",
        "control_background": "estimator",
        "control_scale_bar": "estimator",
        "control_histogram": "estimator",
        "control_permuted": "estimator",
    },
}

# The networks that the pipeline `export` converts; any of the family network.
EXPORTED = ("compact_cnn",)

# The models that the pipeline `cross_validation` trains once for each fold; the two large networks would take hours.
CROSS_VALIDATED = (
    "paper_cnn",
    "compact_cnn",
    *(name for name, family in MODELS["baselines"].items() if family == "estimator"),
)

# The table of features that each estimator works on; which of its columns is a parameter.
FEATURES = {
    "knn": "pixel_features",
    "texture_svm_2016": "cell_features",
    "shape_ann_2015": "cell_features",
    "shape_texture_svm_2015": "cell_features",
    "shape_texture_svm_2017": "cell_features",
    "shape_colour_texture_svm_2014": "cell_features",
    "shape_texture_svm_2013": "cell_features",
    "cell_features_boosting": "cell_features",
    "control_background": "background_features",
    "control_scale_bar": "scale_bar_features",
    "control_histogram": "histogram_features",
    "control_permuted": "cell_features",
}
