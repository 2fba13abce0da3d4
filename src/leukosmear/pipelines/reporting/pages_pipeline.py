"""Wiring of the pages: each section is rendered by itself, and a page puts sections together."""

from collections.abc import Callable, Sequence

from kedro.pipeline import Node, Pipeline

from leukosmear.models import Model, find_own
from leukosmear.namespacing import bind
from leukosmear.pipelines.reporting import pages, paper_sections, run_sections, sections

REPORTING, PAPER = "params:reporting", "params:paper"


def render_pages(models: Sequence[Model]) -> Pipeline:
    """Render the report, the paper's page and the model card."""
    metrics = [f"{model.name}_metrics" for model in models]
    card = [REPORTING, "run_record", "conclusions", "model_table", "protocol_comparison", "split", "split_leakage"]
    return Pipeline(
        [
            *_render_report(models),
            *_render_paper(find_own(models)),
            Node(pages.render_model_card, [*card, *metrics], "model_card", name="render_model_card"),
        ]
    )


def _render_report(models: Sequence[Model]) -> list[Node]:
    parts = [f"{model.name}_{part}" for model in models for part in ("report_section", "mistakes_figure")]
    looks = ["looks", "attention_share_figure", "intervention_figure"]
    attention = {model.name: f"{model.name}_attention_figure" for model in models if model.family == "network"}
    data = ["class_distribution_table", "image_size_table", "class_distribution_figure", "image_size_figure"]
    # In the order of the page.
    nodes = [
        _section(
            sections.render_first_screen,
            [REPORTING, "run_record", "conclusions", "looks", "split", "split_leakage"],
        ),
        _section(
            sections.render_all_models,
            [REPORTING, "conclusions", "model_table", "accuracy_figure", "cost_figure"],
        ),
        _section(sections.render_by_protocol, ["run_record", "protocol_comparison", "protocols_figure"]),
        _section(sections.render_controls, ["conclusions", "control_table"]),
        _section(sections.render_looks, {name: name for name in looks} | attention),
        _section(sections.render_comparison, ["conclusions", "model_comparison", "agreement_figure"]),
        _section(paper_sections.render_beside_paper, [REPORTING, PAPER, "table_1_figure", "table_2_figure"]),
        _section(run_sections.render_data, ["validation_report", *data]),
        _section(run_sections.render_split, ["split", "split_leakage", "split_figure", "augmentation_figure"]),
        _section(sections.render_each_model, {name: name for name in ("model_table", *parts)}),
        _section(run_sections.render_provenance, [REPORTING, "run_record", "conclusions", "model_table"]),
    ]
    fragments = [node.outputs[0] for node in nodes]
    return [*nodes, Node(pages.render_report, [REPORTING, *fragments], "report_html", name="render_report")]


def _render_paper(model: str) -> list[Node]:
    figures = [f"{model}_{name}_figure" for name in ("confusion_matrix", "training_curves", "roc_pr")]
    data = ["class_distribution_table", "image_size_table", "class_distribution_figure", "image_size_figure"]
    nodes = [
        _section(paper_sections.render_paper_tables, ["table_1", "table_2", "table_1_figure", "table_2_figure"]),
        _section(
            bind(paper_sections.render_paper_model, model),
            [PAPER, "paper_per_class", "paper_scores", *figures],
        ),
        _section(paper_sections.render_paper_images, [*data, "augmentation_figure"]),
    ]
    fragments = [node.outputs[0] for node in nodes]
    page = [REPORTING, PAPER, "conclusions", *fragments]
    return [*nodes, Node(pages.render_paper, page, "paper_html", name="render_paper")]


def _section(render: Callable[..., str], inputs: list[str] | dict[str, str]) -> Node:
    """Name the node after its function, and what it renders `page_<section>`."""
    name = render.__name__
    return Node(render, inputs, name.replace("render_", "page_", 1), name=name)
