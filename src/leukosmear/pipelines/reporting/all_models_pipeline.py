"""Wiring of what spans all models: comparisons, looks, and the paper's tables beside ours."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from leukosmear.attention.overview import draw_attention_shares, draw_interventions
from leukosmear.attention.tables import describe_looks, tabulate_attention, tabulate_interventions
from leukosmear.evaluation.tables import tabulate_comparison
from leukosmear.figures.matrices import draw_agreement
from leukosmear.models import Model, find_own
from leukosmear.namespacing import bind
from leukosmear.paper.figures import draw_beside_paper
from leukosmear.paper.tables import compare_classes, compare_scores, tabulate_table_1, tabulate_table_2
from leukosmear.pipelines.reporting.conclusions import draw_conclusions
from leukosmear.pipelines.reporting.figures import draw_accuracies, draw_costs
from leukosmear.pipelines.reporting.mistakes import draw_mistakes, find_mistakes
from leukosmear.pipelines.reporting.nodes import compare_all_models
from leukosmear.pipelines.reporting.protocols import compare_protocols, draw_protocols, summarise_protocol
from leukosmear.pipelines.reporting.tables import tabulate_controls, tabulate_models


def compare(models: Sequence[Model]) -> Pipeline:
    """Hold all models of the run against each other, and what they reach under other protocols of the split."""
    metrics = [f"{model.name}_metrics" for model in models]
    predictions = {model.name: f"{model.name}_predictions" for model in models}
    roles = {model.name: model.role for model in models}
    controls = {model.name: model.control for model in models if model.control}
    table = ["params:reporting", *metrics]
    shared = {"split": "split", "evaluation": "params:evaluation"}
    against = ["model_table", "model_comparison", "split"]
    conclusions = ["model_table", "control_table", "image_inventory", *metrics]
    mistakes = {"reporting": "params:reporting"} | predictions
    images = ["mistakes", "model_images", "model_table"]
    mistakes_figures = {name: f"{name}_mistakes_figure" for name in predictions}
    summary = ["split", "split_leakage", "model_table", "conclusions", "image_inventory", "run_record"]
    # This run's own summary is an input beside those of all, so that it is there before they are listed.
    summaries = ["protocol_summary", "protocol_summaries", "image_inventory"]
    return Pipeline(
        [
            Node(bind(tabulate_models, roles), table, "model_table", name="tabulate_models"),
            Node(compare_all_models, shared | predictions, "model_comparison", name="compare_models"),
            Node(tabulate_comparison, "model_comparison", "model_comparison_table", name="tabulate_comparison"),
            Node(bind(tabulate_controls, controls), against, "control_table", name="tabulate_controls"),
            Node(bind(draw_conclusions, find_own(models)), conclusions, "conclusions", name="draw_conclusions"),
            Node(find_mistakes, mistakes, "mistakes", name="find_mistakes"),
            Node(draw_mistakes, images, mistakes_figures, name="draw_mistakes"),
            Node(draw_accuracies, ["model_table", "control_table"], "accuracy_figure", name="draw_accuracies"),
            Node(draw_costs, "model_table", "cost_figure", name="draw_costs"),
            Node(draw_agreement, "model_comparison", "agreement_figure", name="draw_agreement"),
            Node(summarise_protocol, summary, "protocol_summary", name="summarise_protocol"),
            Node(compare_protocols, summaries, "protocol_comparison", name="compare_protocols"),
            Node(draw_protocols, "protocol_comparison", "protocols_figure", name="draw_protocols"),
        ]
    )


def look(models: Sequence[Model]) -> Pipeline:
    """Gather what the networks look at."""
    networks = [model.name for model in models if model.family == "network"]
    shared = {"split": "split", "evaluation": "params:evaluation"}
    attention = {name: f"{name}_attention" for name in networks}
    answers = {name: name for model in networks for name in (f"{model}_predictions", f"{model}_interventions")}
    described = ["conclusions", "attention_table", "intervention_table", "split"]
    return Pipeline(
        [
            Node(tabulate_attention, shared | attention, "attention_table", name="tabulate_attention"),
            Node(tabulate_interventions, shared | answers, "intervention_table", name="tabulate_interventions"),
            Node(draw_attention_shares, "attention_table", "attention_share_figure", name="draw_attention_shares"),
            Node(draw_interventions, "intervention_table", "intervention_figure", name="draw_interventions"),
            Node(describe_looks, described, "looks", name="describe_looks"),
        ]
    )


def hold_against_paper(models: Sequence[Model]) -> Pipeline:
    """Put the paper's tables beside ours."""
    metrics = [f"{model.name}_metrics" for model in models]
    further = [model.name for model in models if model.role == "further" and model.family == "network"]
    own = ["params:paper", f"{find_own(models)}_metrics"]
    return Pipeline(
        [
            Node(bind(tabulate_table_1, further), ["params:paper", *metrics], "table_1", name="tabulate_table_1"),
            Node(tabulate_table_2, ["params:paper", *metrics], "table_2", name="tabulate_table_2"),
            Node(draw_beside_paper, "table_1", "table_1_figure", name="draw_table_1"),
            Node(draw_beside_paper, "table_2", "table_2_figure", name="draw_table_2"),
            Node(compare_classes, own, "paper_per_class", name="compare_classes"),
            Node(compare_scores, own, "paper_scores", name="compare_scores"),
        ]
    )
