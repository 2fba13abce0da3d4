"""Wiring of the tuning pipeline."""

from kedro.pipeline import Node, Pipeline

from leukosmear.models import MODELS
from leukosmear.pipelines.tuning.figures import draw_history, draw_importance
from leukosmear.pipelines.tuning.nodes import hold_out_acquisitions, search_parameters
from leukosmear.tuning.results import tabulate_trials, write_best


def create_pipeline() -> Pipeline:
    """From images and their split to the best parameters of one network.

    Which network is a parameter, out of reach here, so the search gets the blocks of all.
    """
    networks = [model.name for model in MODELS if model.family == "network"]
    blocks = {f"{name}_{block}": f"params:{name}.{block}" for name in networks for block in ("network", "training")}
    inputs = {
        "model_images": "model_images",
        "tuning_manifest": "tuning_manifest",
        "tuning": "params:tuning",
        "augmentation": "params:augmentation",
        "studies": "studies",
    }
    return Pipeline(
        [
            Node(
                hold_out_acquisitions,
                inputs=["split", "params:tuning"],
                outputs="tuning_manifest",
                name="hold_out_acquisitions",
            ),
            Node(search_parameters, inputs=inputs | blocks, outputs="tuning_study", name="search_parameters"),
            Node(tabulate_trials, inputs="tuning_study", outputs="tuning_trials", name="tabulate_trials"),
            Node(write_best, inputs="tuning_study", outputs="tuned_parameters", name="write_best"),
            Node(draw_history, inputs="tuning_study", outputs="tuning_history_figure", name="draw_history"),
            Node(draw_importance, inputs="tuning_study", outputs="tuning_importance_figure", name="draw_importance"),
        ],
        tags=["tuning"],
    )
