"""The pages as files that open from disk, without a network: the report, the paper beside it, and the model card."""

from typing import Any

import pandas as pd
from markupsafe import Markup

from leukosmear.evaluation import ModelMetrics
from leukosmear.pages import records
from leukosmear.paper.printed import PaperFigures
from leukosmear.pipelines.reporting.contracts import ProtocolComparison
from leukosmear.pipelines.reporting.parameters import ReportingParameters
from leukosmear.pipelines.reporting.sections import TEMPLATES
from leukosmear.pipelines.reporting.summary import count_split, describe_protocol


def render_report(reporting: ReportingParameters, first_screen: str, *sections: str) -> str:
    """Put the report together.

    Args:
        reporting: Its title.
        first_screen: What `render_first_screen` rendered.
        *sections: What the other functions of `sections.py` rendered, in the order of the page.

    Returns:
        A whole HTML document; only the paper's page, which lies beside it, is linked to.
    """
    return TEMPLATES.get_template("report.html.j2").render(
        reporting=reporting, first_screen=Markup(first_screen), sections=_as_they_are(sections)
    )


def _as_they_are(fragments: tuple[str, ...]) -> list[Markup]:
    """Leave as they are what our own templates rendered, and hence escaped."""
    return [Markup(fragment) for fragment in fragments if fragment]


def render_paper_tables(table_1: pd.DataFrame, table_2: pd.DataFrame, table_1_figure: str, table_2_figure: str) -> str:
    """Render the paper's two tables beside ours.

    Args:
        table_1: The paper's Table 1 beside ours.
        table_2: The paper's Table 2 beside ours.
        table_1_figure: Text of an SVG, as all figures.
        table_2_figure: The same of Table 2.

    Returns:
        A fragment of HTML.
    """
    return TEMPLATES.get_template("paper_tables.html.j2").render(
        table_1=records(table_1),
        table_2=records(table_2),
        table_1_figure=table_1_figure,
        table_2_figure=table_2_figure,
    )


def render_paper_model(
    model: str,
    paper: PaperFigures,
    paper_per_class: pd.DataFrame,
    paper_scores: pd.DataFrame,
    confusion_matrix_figure: str,
    training_curves_figure: str,
    roc_pr_figure: str,
) -> str:
    """Render what the paper says of its own network beside what ours reaches.

    Args:
        model: Name of the network that stands for the paper's.
        paper: What is quoted from the paper.
        paper_per_class: The paper's table per class beside ours.
        paper_scores: Figures of the paper's text beside ours.
        confusion_matrix_figure: Text of an SVG, as all figures.
        training_curves_figure: Its training, epoch by epoch.
        roc_pr_figure: ROC and precision-recall curves.

    Returns:
        A fragment of HTML.
    """
    return TEMPLATES.get_template("paper_model.html.j2").render(
        model=model,
        paper=paper,
        per_class=records(paper_per_class),
        scores=records(paper_scores),
        confusion_matrix_figure=confusion_matrix_figure,
        training_curves_figure=training_curves_figure,
        roc_pr_figure=roc_pr_figure,
    )


def render_paper_images(
    class_distribution_table: pd.DataFrame,
    image_size_table: pd.DataFrame,
    class_distribution_figure: str,
    image_size_figure: str,
    augmentation_figure: str,
) -> str:
    """Render the images beside what the paper says of its own.

    Args:
        class_distribution_table: Columns `label` and `n_images`.
        image_size_table: Column `width`.
        class_distribution_figure: Images per class.
        image_size_figure: Widths and heights.
        augmentation_figure: Training images with random variants.

    Returns:
        A fragment of HTML.
    """
    return TEMPLATES.get_template("paper_images.html.j2").render(
        classes=records(class_distribution_table),
        sizes=records(image_size_table),
        class_distribution_figure=class_distribution_figure,
        image_size_figure=image_size_figure,
        augmentation_figure=augmentation_figure,
    )


def render_paper(reporting: ReportingParameters, paper: PaperFigures, conclusions: dict[str, Any], *parts: str) -> str:
    """Put together the page that has every figure and table of the paper beside ours.

    Args:
        reporting: What the images are, and whether they are drawn.
        paper: What is quoted from the paper.
        conclusions: What `draw_conclusions` says.
        *parts: What the functions above rendered.

    Returns:
        A whole HTML document; only the report, which lies beside it, is linked to.
    """
    return TEMPLATES.get_template("paper.html.j2").render(
        reporting=reporting, paper=paper, conclusions=conclusions, parts=_as_they_are(parts)
    )


def render_model_card(
    reporting: ReportingParameters,
    run_record: dict[str, Any],
    conclusions: dict[str, Any],
    model_table: pd.DataFrame,
    protocol_comparison: ProtocolComparison,
    split: pd.DataFrame,
    split_leakage: dict[str, Any],
    *metrics: ModelMetrics,
) -> str:
    """Render the model card of the model that validation chose.

    Args:
        reporting: What the images are, and what may not be concluded.
        run_record: Commit and versions.
        conclusions: What `draw_conclusions` says.
        model_table: The table of all models.
        protocol_comparison: The models' accuracies by protocol.
        split: One row per image; columns `label` and `side`.
        split_leakage: The protocol of the split, and what share of the test images has a relative in train.
        *metrics: One per model.

    Returns:
        A document in Markdown, after Mitchell et al., "Model cards for model reporting", FAT* 2019.
    """
    chosen = conclusions["chosen"]["model"]
    # Markdown is no HTML: escaping would show as such. Names of classes go through the template's own filter.
    environment = TEMPLATES.overlay(autoescape=False)
    environment.filters["cell"] = _escape_markdown
    return environment.get_template("model_card.md.j2").render(
        reporting=reporting,
        record=run_record,
        conclusions=conclusions,
        metrics=next(one for one in metrics if one["model"] == chosen),
        models=records(model_table),
        by_protocol=protocol_comparison,
        split=records(count_split(split)),
        split_protocol=describe_protocol(split_leakage["protocol"]),
        leakage=split_leakage,
    )


def _escape_markdown(text: object) -> str:
    """Escape what would end a cell of a table in Markdown, or begin a tag."""
    return str(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
