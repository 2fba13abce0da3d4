"""The pages as HTML files that open from disk, without a network."""

from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from leukosmear.attention.tables import INTERVENTIONS, REGIONS, describe_looks
from leukosmear.evaluation import ModelComparison
from leukosmear.pages import page_environment, records
from leukosmear.pipelines.reporting.conclusions import is_apart
from leukosmear.pipelines.reporting.contracts import ModelMetrics, ProtocolComparison
from leukosmear.pipelines.reporting.parameters import PaperFigures, ReportingParameters
from leukosmear.pipelines.reporting.summary import (
    count_split,
    describe_protocol,
    largest_share,
    list_durations,
    write_configuration,
)

_TEMPLATES = page_environment(Path(__file__).parent / "templates")

# Long lists of files belong in the validation report on disk.
_MAX_DETAILS = 12


def render_section(
    metrics: ModelMetrics,
    per_class_table: pd.DataFrame,
    confusion_matrix_figure: str,
    roc_pr_figure: str,
    reliability_figure: str,
    training_curves_figure: str | None = None,
    importance_figure: str | None = None,
) -> str:
    """Render the part of the report that is about one model.

    Args:
        metrics: Everything that is known about the model.
        per_class_table: Its table in the paper's columns.
        confusion_matrix_figure: Text of an SVG, as all figures.
        roc_pr_figure: ROC and precision-recall curves.
        reliability_figure: Probabilities against what was right.
        training_curves_figure: None for models that are not trained in epochs.
        importance_figure: What it relies on; None for networks.

    Returns:
        A fragment of HTML.
    """
    figures = {
        "confusion_matrix": confusion_matrix_figure,
        "roc_pr": roc_pr_figure,
        "reliability": reliability_figure,
        "training_curves": training_curves_figure,
        "importance": importance_figure,
    }
    template = _TEMPLATES.get_template("section.html.j2")
    return template.render(metrics=metrics, per_class=records(per_class_table), figures=figures)


def render_report(
    reporting: ReportingParameters,
    paper: PaperFigures,
    run_record: dict[str, Any],
    conclusions: dict[str, Any],
    model_table: pd.DataFrame,
    control_table: pd.DataFrame,
    model_comparison: ModelComparison,
    protocol_comparison: ProtocolComparison,
    attention_table: pd.DataFrame,
    intervention_table: pd.DataFrame,
    table_1: pd.DataFrame,
    table_2: pd.DataFrame,
    validation_report: dict[str, Any],
    class_distribution_table: pd.DataFrame,
    image_size_table: pd.DataFrame,
    split: pd.DataFrame,
    split_leakage: dict[str, Any],
    **parts: str,
) -> str:
    """Render the report.

    Args:
        reporting: Title, notes, and which model stands for the paper's.
        paper: What is quoted from the paper.
        run_record: Versions, machine, parameters and durations.
        conclusions: What `draw_conclusions` says.
        model_table: The table of all models.
        control_table: The table of the controls.
        model_comparison: All pairs of models on the test images.
        protocol_comparison: The models' accuracies by protocol.
        attention_table: Where the networks look.
        intervention_table: What they say where cells or background were exchanged.
        table_1: The paper's Table 1 beside ours.
        table_2: The paper's Table 2 beside ours.
        validation_report: Checks of the data set, with their verdicts.
        class_distribution_table: Columns `label`, `n_images` and `share`.
        image_size_table: Columns `label`, `width`, `height`, `mode`, `format` and `n_images`.
        split: One row per image; columns `image_id`, `label` and `side`.
        split_leakage: The protocol of the split, and what share of the test images has a relative in train.
        **parts: Figures, each the text of an SVG, by names that end in `_figure`; sections of `render_section`, by
            the model's name followed by `_report_section`.

    Returns:
        A whole HTML document; only the paper's page, which lies beside it, is linked to.
    """
    models, controls = records(model_table), records(control_table)
    order = sorted(models, key=lambda row: row["role"] == "control")
    values = {
        "reporting": reporting,
        "paper": paper,
        "record": run_record,
        "conclusions": conclusions,
        "models": models,
        "roles": list(dict.fromkeys(row["role"] for row in order)),
        "controls": controls,
        "apart": {row["model"]: is_apart(row) for row in controls},
        "pairs": _pairs_of(conclusions["chosen"]["model"], model_comparison),
        "comparison": model_comparison,
        "by_protocol": protocol_comparison,
        "looks": describe_looks(
            [conclusions[key]["model"] for key in ("chosen", "proposed")],
            attention_table,
            intervention_table,
            largest_share(split),
        ),
        "intervention_names": INTERVENTIONS,
        "region_names": REGIONS,
        "table_1": records(table_1),
        "table_2": records(table_2),
        "checks": validation_report["checks"],
        "max_details": _MAX_DETAILS,
        "classes": records(class_distribution_table),
        "sizes": records(image_size_table),
        "max_sizes": max(_MAX_DETAILS, len(class_distribution_table)),
        "split": records(count_split(split)),
        "split_protocol": describe_protocol(split_leakage["protocol"]),
        "leakage": split_leakage,
        "accelerators": list(dict.fromkeys(model_table["accelerator"])),
        "configuration": write_configuration(run_record["parameters"]),
        "durations": list_durations(run_record["nodes"]),
        "figures": _figures(parts),
        # The sections come out of this module's own template, which has escaped them already.
        "sections": [
            (row, Markup(parts[f"{row['model']}_report_section"]), parts[f"{row['model']}_mistakes_figure"])
            for row in order
        ],
    }
    return _TEMPLATES.get_template("report.html.j2").render(values)


def render_paper(
    reporting: ReportingParameters,
    paper: PaperFigures,
    conclusions: dict[str, Any],
    table_1: pd.DataFrame,
    table_2: pd.DataFrame,
    paper_per_class: pd.DataFrame,
    paper_scores: pd.DataFrame,
    class_distribution_table: pd.DataFrame,
    image_size_table: pd.DataFrame,
    **figures: str,
) -> str:
    """Render the page that puts every figure and table of the paper beside ours.

    Args:
        reporting: Which model stands for the paper's, and whether the images are drawn.
        paper: What is quoted from the paper.
        conclusions: What `draw_conclusions` says.
        table_1: The paper's Table 1 beside ours.
        table_2: The paper's Table 2 beside ours.
        paper_per_class: The paper's table per class beside ours.
        paper_scores: Figures of the paper's text beside ours.
        class_distribution_table: Columns `label`, `n_images` and `share`.
        image_size_table: Columns `width`, `height` and `n_images`.
        **figures: Figures, each the text of an SVG, by names that end in `_figure`; those of networks begin with the
            network's name.

    Returns:
        A whole HTML document; only the report, which lies beside it, is linked to.
    """
    drawn = _figures(figures)
    own = f"{reporting.proposed_model}_"
    return _TEMPLATES.get_template("paper.html.j2").render(
        reporting=reporting,
        paper=paper,
        conclusions=conclusions,
        table_1=records(table_1),
        table_2=records(table_2),
        per_class=records(paper_per_class),
        scores=records(paper_scores),
        classes=records(class_distribution_table),
        sizes=records(image_size_table),
        figures=drawn,
        own={name.removeprefix(own): svg for name, svg in drawn.items() if name.startswith(own)},
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
    environment = _TEMPLATES.overlay(autoescape=False)
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


def _figures(parts: dict[str, str]) -> dict[str, str]:
    """Take the figures out of what a page is made of, by their names without the suffix."""
    return {name.removesuffix("_figure"): svg for name, svg in parts.items() if name.endswith("_figure")}


def _pairs_of(model: str, comparison: ModelComparison) -> list[dict[str, Any]]:
    """Select the pairs of one model, turned so that it comes first; the closest of the others first."""
    pairs = []
    for pair in comparison["pairs"]:
        if model not in (pair["model_a"], pair["model_b"]):
            continue
        turned = pair["model_b"] == model
        interval = pair["difference_interval"]
        pairs.append(
            {
                "other": pair["model_a"] if turned else pair["model_b"],
                "only_this": pair["only_b_right"] if turned else pair["only_a_right"],
                "only_other": pair["only_a_right"] if turned else pair["only_b_right"],
                "difference": -pair["difference"] if turned else pair["difference"],
                "interval": interval and ([-interval[1], -interval[0]] if turned else interval),
                "p_value_holm": pair["p_value_holm"],
            }
        )
    return sorted(pairs, key=lambda pair: pair["difference"])


def _escape_markdown(text: object) -> str:
    """Escape what would end a cell of a table in Markdown, or begin a tag."""
    return str(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
