"""The sections of the report on the models, each a fragment of HTML."""

from typing import Any

import pandas as pd

from leukosmear.attention.interventions import INTERVENTIONS
from leukosmear.cells.regions import REGION_NAMES
from leukosmear.evaluation import ModelComparison, ModelMetrics
from leukosmear.evaluation.tables import pairs_of
from leukosmear.pages import records
from leukosmear.pipelines.reporting.conclusions import is_apart
from leukosmear.pipelines.reporting.contracts import ProtocolComparison
from leukosmear.pipelines.reporting.parameters import ReportingParameters
from leukosmear.pipelines.reporting.rendering import as_rendered, fill
from leukosmear.pipelines.reporting.summary import count_split, describe_protocol


def render_first_screen(
    reporting: ReportingParameters,
    run_record: dict[str, Any],
    conclusions: dict[str, Any],
    looks: dict[str, Any],
    split: pd.DataFrame,
    split_leakage: dict[str, Any],
) -> str:
    """Render what ran, what it reached, and what may be concluded.

    Args:
        reporting: Title, notes, and whether the images are drawn.
        run_record: Versions.
        conclusions: What `draw_conclusions` says.
        looks: What `describe_looks` says.
        split: One row per image; columns `label` and `side`.
        split_leakage: The protocol of the split, and what share of the test images has a relative in train.

    Returns:
        A fragment of HTML, as do all functions of this module.
    """
    return fill(
        "first_screen",
        reporting=reporting,
        record=run_record,
        conclusions=conclusions,
        looks=looks,
        split=records(count_split(split)),
        split_protocol=describe_protocol(split_leakage["protocol"]),
        leakage=split_leakage,
    )


def render_all_models(
    reporting: ReportingParameters,
    conclusions: dict[str, Any],
    model_table: pd.DataFrame,
    accuracy_figure: str,
    cost_figure: str,
) -> str:
    """Render the table of all models.

    Args:
        reporting: By which column it is ordered.
        conclusions: Level of the intervals.
        model_table: The table.
        accuracy_figure: Text of an SVG, as all figures.
        cost_figure: What accuracy costs.
    """
    models = records(model_table)
    roles = dict.fromkeys(row["role"] for row in _controls_last(models))
    figures = {"accuracy_figure": accuracy_figure, "cost_figure": cost_figure}
    return fill("all_models", reporting=reporting, conclusions=conclusions, models=models, roles=list(roles), **figures)


def _controls_last(models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(models, key=lambda row: row["role"] == "control")


def render_by_protocol(
    run_record: dict[str, Any], protocol_comparison: ProtocolComparison, protocols_figure: str
) -> str:
    """Render what the models reach under each protocol of the split.

    Args:
        run_record: The environment.
        protocol_comparison: The models' accuracies by protocol.
        protocols_figure: These as a figure.
    """
    return fill(
        "by_protocol",
        environment=run_record["environment"],
        by_protocol=protocol_comparison,
        split_protocol=describe_protocol(protocol_comparison["current"]),
        protocols_figure=protocols_figure,
    )


def render_controls(conclusions: dict[str, Any], control_table: pd.DataFrame) -> str:
    """Render what the controls reach.

    Args:
        conclusions: What `draw_conclusions` says.
        control_table: The table of the controls.
    """
    controls = records(control_table)
    apart = {row["model"]: is_apart(row) for row in controls}
    return fill("controls", conclusions=conclusions, controls=controls, apart=apart)


def render_looks(
    looks: dict[str, Any], attention_share_figure: str, intervention_figure: str, **attention_figures: str
) -> str:
    """Render what the networks look at.

    Args:
        looks: What `describe_looks` says.
        attention_share_figure: Where attention falls.
        intervention_figure: What they say where cells or background were exchanged.
        **attention_figures: Where each network looks, by its name.

    Returns:
        Nothing where there is no network.
    """
    return fill(
        "looks",
        looks=looks,
        intervention_names=INTERVENTIONS,
        region_names=REGION_NAMES,
        attention_share_figure=attention_share_figure,
        intervention_figure=intervention_figure,
        attention_figures=attention_figures,
    )


def render_comparison(conclusions: dict[str, Any], model_comparison: ModelComparison, agreement_figure: str) -> str:
    """Render the chosen model against each other one.

    Args:
        conclusions: Name of the chosen model, and level of the intervals.
        model_comparison: All pairs of models on the test images.
        agreement_figure: How far they agree.
    """
    pairs = sorted(pairs_of(conclusions["chosen"]["model"], model_comparison), key=lambda pair: pair["difference"])
    return fill(
        "comparison",
        conclusions=conclusions,
        comparison=model_comparison,
        pairs=pairs,
        agreement_figure=agreement_figure,
    )


def render_model(
    metrics: ModelMetrics,
    per_class_table: pd.DataFrame,
    confusion_matrix_figure: str,
    roc_pr_figure: str,
    reliability_figure: str,
    training_curves_figure: str | None = None,
    importance_figure: str | None = None,
) -> str:
    """Render what is said of one model.

    Args:
        metrics: Everything that is known about the model.
        per_class_table: Its table in the paper's columns.
        confusion_matrix_figure: Which classes it takes for which.
        roc_pr_figure: ROC and precision-recall curves.
        reliability_figure: Probabilities against what was right.
        training_curves_figure: None for models that are not trained in epochs.
        importance_figure: What it relies on; None for networks.
    """
    figures = {
        "confusion_matrix": confusion_matrix_figure,
        "roc_pr": roc_pr_figure,
        "reliability": reliability_figure,
        "training_curves": training_curves_figure,
        "importance": importance_figure,
    }
    return fill("model", metrics=metrics, per_class=records(per_class_table), figures=figures)


def render_each_model(model_table: pd.DataFrame, **parts: str) -> str:
    """Put the models below each other, controls last.

    Args:
        model_table: The table of all models.
        **parts: For each model, by its name, what `render_model` rendered as `<name>_report_section`, and
            `<name>_mistakes_figure`.
    """
    models = [
        (row, *as_rendered(parts[f"{row['model']}_report_section"]), parts[f"{row['model']}_mistakes_figure"])
        for row in _controls_last(records(model_table))
    ]
    return fill("each_model", sections=models)
