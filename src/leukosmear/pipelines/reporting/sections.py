"""The sections of the report, each a fragment of HTML."""

from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from leukosmear.attention.interventions import INTERVENTIONS
from leukosmear.cells.regions import REGION_NAMES
from leukosmear.evaluation import ModelComparison, ModelMetrics
from leukosmear.pages import page_environment, records
from leukosmear.paper.printed import PaperFigures
from leukosmear.pipelines.reporting.conclusions import is_apart
from leukosmear.pipelines.reporting.contracts import ProtocolComparison
from leukosmear.pipelines.reporting.parameters import ReportingParameters
from leukosmear.pipelines.reporting.summary import (
    count_split,
    describe_protocol,
    list_durations,
    write_configuration,
)

TEMPLATES = page_environment(Path(__file__).parent / "templates")

# Long lists of files belong in the validation report on disk.
_MAX_DETAILS = 12


def _fill(template: str, **values: object) -> str:
    return TEMPLATES.get_template(f"{template}.html.j2").render(values)


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
    return _fill(
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
    return _fill(
        "all_models", reporting=reporting, conclusions=conclusions, models=models, roles=list(roles), **figures
    )


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
    return _fill(
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
    return _fill("controls", conclusions=conclusions, controls=controls, apart=apart)


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
    return _fill(
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
    pairs = _pairs_of(conclusions["chosen"]["model"], model_comparison)
    return _fill(
        "comparison",
        conclusions=conclusions,
        comparison=model_comparison,
        pairs=pairs,
        agreement_figure=agreement_figure,
    )


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


def render_beside_paper(
    reporting: ReportingParameters, paper: PaperFigures, table_1_figure: str, table_2_figure: str
) -> str:
    """Render the paper's accuracies beside ours, and the way to its own page.

    Args:
        reporting: Whether the images are drawn.
        paper: What is quoted from the paper.
        table_1_figure: The paper's Table 1 beside ours.
        table_2_figure: The paper's Table 2 beside ours.
    """
    figures = {"table_1_figure": table_1_figure, "table_2_figure": table_2_figure}
    return _fill("beside_paper", reporting=reporting, paper=paper, **figures)


def render_data(
    validation_report: dict[str, Any],
    class_distribution_table: pd.DataFrame,
    image_size_table: pd.DataFrame,
    class_distribution_figure: str,
    image_size_figure: str,
) -> str:
    """Render what the data gate found.

    Args:
        validation_report: Checks of the data set, with their verdicts.
        class_distribution_table: Columns `label`, `n_images` and `share`.
        image_size_table: Columns `label`, `width`, `height`, `mode`, `format` and `n_images`.
        class_distribution_figure: Images per class.
        image_size_figure: Widths and heights.
    """
    return _fill(
        "data",
        checks=validation_report["checks"],
        max_details=_MAX_DETAILS,
        classes=records(class_distribution_table),
        sizes=records(image_size_table),
        max_sizes=max(_MAX_DETAILS, len(class_distribution_table)),
        class_distribution_figure=class_distribution_figure,
        image_size_figure=image_size_figure,
    )


def render_split(
    split: pd.DataFrame, split_leakage: dict[str, Any], split_figure: str, augmentation_figure: str
) -> str:
    """Render how the images were divided, and how training images are changed.

    Args:
        split: One row per image; columns `label` and `side`.
        split_leakage: The protocol of the split.
        split_figure: Which images are on which side.
        augmentation_figure: Training images with random variants.
    """
    return _fill(
        "split",
        split=records(count_split(split)),
        split_protocol=describe_protocol(split_leakage["protocol"]),
        split_figure=split_figure,
        augmentation_figure=augmentation_figure,
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
    return _fill("model", metrics=metrics, per_class=records(per_class_table), figures=figures)


def render_each_model(model_table: pd.DataFrame, **parts: str) -> str:
    """Put the models below each other, controls last.

    Args:
        model_table: The table of all models.
        **parts: For each model, by its name, what `render_model` rendered as `<name>_report_section`, and
            `<name>_mistakes_figure`.
    """
    models = [
        # What our own template rendered is escaped already.
        (row, Markup(parts[f"{row['model']}_report_section"]), parts[f"{row['model']}_mistakes_figure"])
        for row in _controls_last(records(model_table))
    ]
    return _fill("each_model", sections=models)


def render_provenance(
    reporting: ReportingParameters, run_record: dict[str, Any], conclusions: dict[str, Any], model_table: pd.DataFrame
) -> str:
    """Render what the results were made from, and on what.

    Args:
        reporting: The seed.
        run_record: Versions, machine, parameters and durations.
        conclusions: Hash of the data set.
        model_table: Column `accelerator`.
    """
    return _fill(
        "provenance",
        seed=reporting.seed,
        record=run_record,
        data_sha256=conclusions["data_sha256"],
        accelerators=list(dict.fromkeys(model_table["accelerator"])),
        configuration=write_configuration(run_record["parameters"]),
        durations=list_durations(run_record["nodes"]),
    )
