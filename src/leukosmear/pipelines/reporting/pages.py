"""The pages as files that open from disk, without a network: the report, the paper beside it, and the model card."""

from typing import Any

import pandas as pd

from leukosmear.evaluation import ModelMetrics
from leukosmear.pages import records
from leukosmear.paper.printed import PaperFigures
from leukosmear.pipelines.reporting.contracts import ProtocolComparison
from leukosmear.pipelines.reporting.parameters import ReportingParameters
from leukosmear.pipelines.reporting.rendering import TEMPLATES, as_rendered, fill
from leukosmear.pipelines.reporting.summary import count_split, describe_protocol


def render_report(reporting: ReportingParameters, first_screen: str, *sections: str) -> str:
    """Put the report together.

    Args:
        reporting: Its title.
        first_screen: What `render_first_screen` rendered.
        *sections: What `sections.py`, `run_sections.py` and `paper_sections.py` rendered, in the order of the page.

    Returns:
        A whole HTML document; only the paper's page, which lies beside it, is linked to.
    """
    return fill(
        "report", reporting=reporting, first_screen=as_rendered(first_screen)[0], sections=as_rendered(*sections)
    )


def render_paper(reporting: ReportingParameters, paper: PaperFigures, conclusions: dict[str, Any], *parts: str) -> str:
    """Put together the page that has every figure and table of the paper beside ours.

    Args:
        reporting: What the images are, and whether they are drawn.
        paper: What is quoted from the paper.
        conclusions: What `draw_conclusions` says.
        *parts: What `paper_sections.py` rendered.

    Returns:
        A whole HTML document; only the report, which lies beside it, is linked to.
    """
    return fill("paper", reporting=reporting, paper=paper, conclusions=conclusions, parts=as_rendered(*parts))


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
