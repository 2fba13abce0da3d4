"""Nodes that put all models into one table, and the paper's figures beside ours."""

from collections.abc import Sequence

import pandas as pd

from leukosmear.evaluation import wilson_interval
from leukosmear.pipelines.reporting.contracts import ModelMetrics
from leukosmear.pipelines.reporting.nodes import percentages, tabulate_classes
from leukosmear.pipelines.reporting.parameters import PaperFigures, PrintedClass, ReportingParameters


def tabulate_models(reporting: ReportingParameters, *metrics: ModelMetrics) -> pd.DataFrame:
    """Put all models into one table.

    Args:
        reporting: Says by which column the table is ordered.
        *metrics: One per model.

    Returns:
        One row per model; columns `model`, `family`, `test_accuracy`, `ci_low`, `ci_high` (0 to 1), `n_test`
        (images), `parameters` (empty for models that have none), `bytes`, `train_seconds`, `latency_ms`,
        `accelerator`.
    """
    table = pd.DataFrame(
        [
            {
                "model": one["model"],
                "family": one["training"]["family"],
                "test_accuracy": one["test"]["accuracy"],
                "ci_low": one["test"]["accuracy_interval"][0],
                "ci_high": one["test"]["accuracy_interval"][1],
                "n_test": one["test"]["n"],
                "parameters": one["training"]["n_parameters"],
                "bytes": one["file_bytes"],
                "train_seconds": one["training"]["train_seconds"],
                "latency_ms": one["training"]["latency_ms"],
                "accelerator": one["training"]["accelerator"],
            }
            for one in metrics
        ]
    ).astype({"parameters": "Int64"})
    return table.sort_values(reporting.sort_by, ascending=not reporting.descending, kind="stable", ignore_index=True)


def tabulate_table_1(reporting: ReportingParameters, paper: PaperFigures, *metrics: ModelMetrics) -> pd.DataFrame:
    """Put the paper's Table 1 beside what its models reached here.

    Args:
        reporting: Names the models that follow the paper's own.
        paper: Holds the printed Table 1.
        *metrics: One per model.

    Returns:
        One row per classifier; columns `classifier`, `printed_as`, `model`, `paper_percent` (empty for models
        that the paper lacks), `ours_percent`, `ours_percent_low`, `ours_percent_high` (empty for models that
        were not trained) and `n_test` (images).
    """
    by_model = {one["model"]: one for one in metrics}
    printed = [(row.name, row.printed_as, row.model, row.accuracy_percent) for row in paper.table_1]
    added = [(name, None, name, None) for name in reporting.beside_table_1 if name in by_model]
    rows = []
    for classifier, printed_as, model, percent in [*printed, *added]:
        test = by_model[model]["test"] if model in by_model else None
        rows.append(
            {"classifier": classifier, "printed_as": printed_as, "model": model, "paper_percent": percent}
            | percentages("ours_percent", test and test["accuracy"], test and test["accuracy_interval"])
            | {"n_test": test and test["n"]}
        )
    return pd.DataFrame(rows).astype({"paper_percent": "Float64", "n_test": "Int64"})


def compare_classes(reporting: ReportingParameters, paper: PaperFigures, *metrics: ModelMetrics) -> pd.DataFrame:
    """Put the paper's table per class beside that of the model that stands for the paper's.

    Args:
        reporting: Names that model, and holds the confidence level.
        paper: Holds the printed table.
        *metrics: One per model.

    Returns:
        One row per class, the data set's first, then those that only the paper has. Columns: `class`, the
        paper's, prefixed with `paper_` (its accuracy with a Wilson interval of the printed counts), and those
        of `tabulate_classes`. The columns of a side that lacks the class are empty.

    Raises:
        ValueError: Where the model was not trained.
    """
    ours = tabulate_classes(find_model(reporting.proposed_model, metrics)).set_index("class")
    theirs = pd.DataFrame([_quote_class(row, reporting.confidence) for row in paper.per_class]).set_index("class")
    classes = list(dict.fromkeys([*ours.index, *theirs.index]))
    beside = theirs.reindex(classes).join(ours.reindex(classes))
    counts = ("total", "accurately_predicted", "missed")
    whole_numbers = [*counts, *(f"paper_{name}" for name in counts), "n_images"]
    return beside.astype(dict.fromkeys(whole_numbers, "Int64")).rename_axis("class").reset_index()


def compare_scores(reporting: ReportingParameters, paper: PaperFigures, *metrics: ModelMetrics) -> pd.DataFrame:
    """Put the figures of the paper's text beside those of the model that stands for the paper's.

    Args:
        reporting: Names that model.
        paper: Holds the printed figures.
        *metrics: One per model.

    Returns:
        One row per figure; columns `figure`, `paper` and `ours` (empty where it has no counterpart here: the
        class is not in this data set, or the paper does not name it). Losses are in nats, the rest is 0 to 1.

    Raises:
        ValueError: Where the model was not trained.
    """
    text, one = paper.text, find_model(reporting.proposed_model, metrics)
    of_class = one["test"]["per_class"].get(text.scores_of_class)
    rows: list[tuple[str, float, float | None]] = [
        ("validation loss", text.validation_loss, one["validation"]["cross_entropy"]),
        ("validation accuracy", text.validation_accuracy, one["validation"]["accuracy"]),
        ("test loss", text.test_loss, one["test"]["cross_entropy"]),
        ("test accuracy", text.test_accuracy, one["test"]["accuracy"]),
        (f"precision of {text.scores_of_class}", text.precision, of_class and of_class["precision"]),
        (f"recall of {text.scores_of_class}", text.recall, of_class and of_class["recall"]),
        (f"F1 of {text.scores_of_class}", text.f1, of_class and of_class["f1"]),
        *((f"AUC of {name}", area, None) for name, area in text.auc.items()),
    ]
    return pd.DataFrame(rows, columns=["figure", "paper", "ours"]).astype({"ours": "Float64"})


def find_model(name: str, metrics: Sequence[ModelMetrics]) -> ModelMetrics:
    """Find a model by its name.

    Args:
        name: Name of the model.
        metrics: One per model.

    Returns:
        The metrics of that model.

    Raises:
        ValueError: Where there are none.
    """
    for one in metrics:
        if one["model"] == name:
            return one
    raise ValueError(
        f"Expected the model '{name}' among those of this run, found {[one['model'] for one in metrics]}. "
        "Correct `reporting.proposed_model` in the parameters, or add the model to MODELS in settings.py."
    )


def _quote_class(printed: PrintedClass, confidence: float) -> dict[str, object]:
    """Turn a row of the paper's table into one of ours, with the interval that its counts imply."""
    right, total = printed.accurately_predicted, printed.total
    # A printed row may not add up; without a proportion, there is no interval.
    interval = list(wilson_interval(right, total, confidence)) if 0 < total >= right else None
    return {
        "class": printed.class_name,
        "paper_total": total,
        "paper_accurately_predicted": right,
        "paper_missed": printed.missed,
        **percentages("paper_accuracy_percent", printed.accuracy_percent / 100, interval),
    }
