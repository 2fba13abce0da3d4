"""The pipelines that `kedro run --pipelines=<name>` knows."""

from kedro.pipeline import Pipeline

from leukosmear.models import CHOSEN
from leukosmear.pipelines import (
    baselines,
    cross_validation,
    data_validation,
    export,
    modelling,
    preprocessing,
    reporting,
    sample_data,
    tuning,
)


def register_pipelines() -> dict[str, Pipeline]:
    """Name the pipelines of the project.

    `sample_data` redraws the embedded sample, an input of the others, and is not part of the default run. The gate
    stands at the entrance of every pipeline that reads what it lets through, so that none passes it by when run alone.

    Models that the setting `leave_out` names are neither trained nor reported.
    """
    gate = data_validation.create_gate()
    stages = {
        "data_validation": data_validation.create_pipeline(),
        "preprocessing": gate + preprocessing.create_pipeline(),
        "modelling": gate + modelling.create_pipeline(CHOSEN),
        "baselines": gate + baselines.create_pipeline(CHOSEN),
        "reporting": reporting.create_pipeline(CHOSEN),
    }
    return {
        **stages,
        "sample_data": sample_data.create_pipeline(),
        "export": export.create_pipeline(),
        "cross_validation": gate + cross_validation.create_pipeline(CHOSEN),
        "tuning": tuning.create_pipeline(),
        "__default__": sum(stages.values(), Pipeline([])),
    }
