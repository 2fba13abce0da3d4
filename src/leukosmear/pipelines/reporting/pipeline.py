"""Wiring of the reporting pipeline."""

from kedro.framework.project import settings
from kedro.pipeline import Node, Pipeline

from leukosmear.attention.overview import draw_attention_shares, draw_interventions
from leukosmear.attention.tables import tabulate_attention, tabulate_interventions
from leukosmear.namespacing import as_one_box, for_model
from leukosmear.paper.tables import (
    compare_classes,
    compare_scores,
    tabulate_table_1,
    tabulate_table_2,
)
from leukosmear.pipelines.reporting.conclusions import draw_conclusions
from leukosmear.pipelines.reporting.curves import draw_curves, draw_reliability, draw_training_curves
from leukosmear.pipelines.reporting.figures import draw_confusion_matrix, draw_mistakes, find_mistakes
from leukosmear.pipelines.reporting.html import render_model_card, render_paper, render_report, render_section
from leukosmear.pipelines.reporting.nodes import (
    compare_all_models,
    report_classification,
    score_model,
    tabulate_classes,
    tabulate_comparison,
)
from leukosmear.pipelines.reporting.overview import draw_accuracies, draw_agreement, draw_beside_paper, draw_costs
from leukosmear.pipelines.reporting.protocols import compare_protocols, draw_protocols, summarise_protocol
from leukosmear.pipelines.reporting.tables import tabulate_controls, tabulate_models

SHARED = {"split", "params:evaluation"}


def create_pipeline() -> Pipeline:
    """From every model's predictions to its scores, the tables over all models, and the pages."""
    families = {name: family for models in settings.MODELS.values() for name, family in models.items()}
    models = [for_model(_model_pipeline(family), name, SHARED) for name, family in families.items()]
    names = list(families)
    networks = [name for name, family in families.items() if family == "network"]
    overall = [_compare(names), _look(networks), _compare_protocols(), _hold_against_paper(names), _render(families)]
    return sum([*models, as_one_box(sum(overall, Pipeline([])), "reporting")], Pipeline([])).tag("reporting")


def _model_pipeline(family: str) -> Pipeline:
    """Score and draw one model; networks have a history of training besides."""
    figures = ["confusion_matrix_figure", "roc_pr_figure", "reliability_figure"]
    nodes = [
        Node(
            score_model,
            inputs=["predictions", "split", "training", "usage", "params:evaluation"],
            outputs="metrics",
            name="score_model",
        ),
        Node(report_classification, "metrics", "classification_report", name="report_classification"),
        Node(tabulate_classes, "metrics", "per_class_table", name="tabulate_classes"),
        Node(draw_confusion_matrix, "metrics", "confusion_matrix_figure", name="draw_confusion_matrix"),
        Node(
            draw_curves,
            inputs=["predictions", "metrics", "split", "params:evaluation"],
            outputs="roc_pr_figure",
            name="draw_curves",
        ),
        Node(draw_reliability, "metrics", "reliability_figure", name="draw_reliability"),
    ]
    if family == "network":
        figures.append("training_curves_figure")
        inputs = ["history", "training"]
        nodes.append(Node(draw_training_curves, inputs, "training_curves_figure", name="draw_training_curves"))
    else:
        figures.append("importance_figure")
    section = {name: name for name in ("metrics", "per_class_table", *figures)}
    nodes.append(Node(render_section, section, "report_section", name="render_section"))
    return Pipeline(nodes)


def _compare(models: list[str]) -> Pipeline:
    """Hold all models of the run against each other."""
    metrics = [f"{name}_metrics" for name in models]
    predictions = {name: f"{name}_predictions" for name in models}
    shared = {"split": "split", "evaluation": "params:evaluation"}
    table = ["params:reporting", "params:paper", *metrics]
    controls = ["params:reporting", "model_table", "model_comparison", "split"]
    conclusions = ["params:reporting", "model_table", "control_table", "image_inventory", *metrics]
    mistakes = {"reporting": "params:reporting"} | predictions
    images = ["mistakes", "model_images", "model_table"]
    mistakes_figures = {name: f"{name}_mistakes_figure" for name in models}
    return Pipeline(
        [
            Node(tabulate_models, table, "model_table", name="tabulate_models"),
            Node(compare_all_models, shared | predictions, "model_comparison", name="compare_models"),
            Node(tabulate_comparison, "model_comparison", "model_comparison_table", name="tabulate_comparison"),
            Node(tabulate_controls, controls, "control_table", name="tabulate_controls"),
            Node(draw_conclusions, conclusions, "conclusions", name="draw_conclusions"),
            Node(find_mistakes, mistakes, "mistakes", name="find_mistakes"),
            Node(draw_mistakes, images, mistakes_figures, name="draw_mistakes"),
            Node(draw_accuracies, ["model_table", "control_table"], "accuracy_figure", name="draw_accuracies"),
            Node(draw_costs, "model_table", "cost_figure", name="draw_costs"),
            Node(draw_agreement, "model_comparison", "agreement_figure", name="draw_agreement"),
        ]
    )


def _look(networks: list[str]) -> Pipeline:
    """Gather what the networks look at."""
    shared = {"split": "split", "evaluation": "params:evaluation"}
    attention = {name: f"{name}_attention" for name in networks}
    answers = {name: name for model in networks for name in (f"{model}_predictions", f"{model}_interventions")}
    return Pipeline(
        [
            Node(tabulate_attention, shared | attention, "attention_table", name="tabulate_attention"),
            Node(tabulate_interventions, shared | answers, "intervention_table", name="tabulate_interventions"),
            Node(draw_attention_shares, "attention_table", "attention_share_figure", name="draw_attention_shares"),
            Node(draw_interventions, "intervention_table", "intervention_figure", name="draw_interventions"),
        ]
    )


def _compare_protocols() -> Pipeline:
    """Put what earlier runs reached under other protocols of the split beside this run."""
    summary = ["split", "split_leakage", "model_table", "conclusions"]
    # This run's own summary is an input beside those of all, so that it is there before they are listed.
    summaries = ["protocol_summary", "protocol_summaries"]
    return Pipeline(
        [
            Node(summarise_protocol, summary, "protocol_summary", name="summarise_protocol"),
            Node(compare_protocols, summaries, "protocol_comparison", name="compare_protocols"),
            Node(draw_protocols, "protocol_comparison", "protocols_figure", name="draw_protocols"),
        ]
    )


def _hold_against_paper(models: list[str]) -> Pipeline:
    """Put the paper's tables beside ours."""
    metrics = [f"{name}_metrics" for name in models]
    with_paper = ["params:reporting", "params:paper", *metrics]
    return Pipeline(
        [
            Node(tabulate_table_1, with_paper, "table_1", name="tabulate_table_1"),
            Node(tabulate_table_2, ["params:paper", *metrics], "table_2", name="tabulate_table_2"),
            Node(draw_beside_paper, "table_1", "table_1_figure", name="draw_table_1"),
            Node(draw_beside_paper, "table_2", "table_2_figure", name="draw_table_2"),
            Node(compare_classes, with_paper, "paper_per_class", name="compare_classes"),
            Node(compare_scores, with_paper, "paper_scores", name="compare_scores"),
        ]
    )


def _render(families: dict[str, str]) -> Pipeline:
    """Write the report, the paper's page and the model card."""
    models = list(families)
    data = ["class_distribution_table", "class_distribution_figure", "image_size_table", "image_size_figure"]
    tables = ["table_1", "table_1_figure", "table_2", "table_2_figure"]
    overview = [
        "model_table",
        "control_table",
        "model_comparison",
        "accuracy_figure",
        "cost_figure",
        "agreement_figure",
        "protocol_comparison",
        "protocols_figure",
    ]
    split = ["split", "split_leakage", "split_figure", "augmentation_figure"]
    quoted = {"reporting": "params:reporting", "paper": "params:paper"}
    sections = [f"{name}_{part}" for name in models for part in ("report_section", "mistakes_figure")]
    card = ["params:reporting", "run_record", "conclusions", "model_table"]
    card += ["protocol_comparison", "split", "split_leakage"]
    networks = [name for name, family in families.items() if family == "network"]
    # Which of them stands for the paper's is a parameter, out of reach here.
    drawn = ("confusion_matrix_figure", "roc_pr_figure", "training_curves_figure")
    of_networks = [f"{name}_{figure}" for name in networks for figure in drawn]
    paper = ["conclusions", *data, *tables, "paper_per_class", "paper_scores", "augmentation_figure", *of_networks]
    looks = ["attention_table", "intervention_table", "attention_share_figure", "intervention_figure"]
    looks += [f"{name}_attention_figure" for name in networks]
    report = ["run_record", "conclusions", "validation_report", *data, *tables, *overview, *split, *looks, *sections]
    return Pipeline(
        [
            Node(render_report, quoted | {name: name for name in report}, "report_html", name="render_report"),
            Node(render_paper, quoted | {name: name for name in paper}, "paper_html", name="render_paper"),
            Node(
                render_model_card,
                inputs=[*card, *(f"{name}_metrics" for name in models)],
                outputs="model_card",
                name="render_model_card",
            ),
        ]
    )
