"""The pipelines that `kedro run --pipeline=<name>` knows."""

from kedro.pipeline import Pipeline

from leukosmear.pipelines import baselines, data_validation, modelling, preprocessing, reporting, sample_data


def register_pipelines() -> dict[str, Pipeline]:
    """Name the pipelines of the project.

    `sample_data` redraws the embedded sample, an input of the others, and is not part of the default run.
    """
    stages = {
        "data_validation": data_validation.create_pipeline(),
        "preprocessing": preprocessing.create_pipeline(),
        "modelling": modelling.create_pipeline(),
        "baselines": baselines.create_pipeline(),
        "reporting": reporting.create_pipeline(),
    }
    return {
        **stages,
        "sample_data": sample_data.create_pipeline(),
        "__default__": sum(stages.values(), Pipeline([])),
    }
