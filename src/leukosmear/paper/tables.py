"""Nodes that put the paper's printed figures beside ours."""

from collections.abc import Sequence

import pandas as pd

from leukosmear.evaluation import ModelMetrics, wilson_interval
from leukosmear.evaluation.tables import accuracy_interval, percentages, tabulate_classes
from leukosmear.paper.printed import PaperFigures, PrintedClass


def tabulate_table_1(further: Sequence[str], paper: PaperFigures, *metrics: ModelMetrics) -> pd.DataFrame:
    """Put the paper's Table 1 beside what its models reached here.

    Args:
        further: Models that follow the paper's own, without a printed figure.
        paper: Holds the printed Table 1.
        *metrics: One per model.

    Returns:
        One row per classifier; columns `classifier`, `printed_as`, `model`, `paper_percent` (empty for models
        that the paper lacks), `ours_percent`, `ours_percent_low`, `ours_percent_high` (empty for models that
        were not trained) and `n_test` (images).
    """
    by_model = {one["model"]: one for one in metrics}
    printed = [(row.name, row.printed_as, row.model, row.accuracy_percent) for row in paper.table_1]
    added = [(name, None, name, None) for name in further if name in by_model]
    rows = [
        {"classifier": classifier, "printed_as": printed_as, "model": model, "paper_percent": percent}
        | _our_accuracy(by_model.get(model))
        for classifier, printed_as, model, percent in [*printed, *added]
    ]
    return pd.DataFrame(rows).astype({"paper_percent": "Float64", "n_test": "Int64"})


def tabulate_table_2(paper: PaperFigures, *metrics: ModelMetrics) -> pd.DataFrame:
    """Put the paper's Table 2 beside what its systems, built anew, reached here.

    Args:
        paper: Holds the printed Table 2.
        *metrics: One per model.

    Returns:
        One row per system; columns `classifier` (the reference as printed), `citation`, `features`, `kind` (of
        classifier), `model`, `paper_task`, `paper_n_test` (images or cells), `paper_percent`, `ours_percent`,
        `ours_percent_low`, `ours_percent_high`, `n_test` (images; these four empty for systems that were not trained)
        and `comparable`, which says in words whether the two accuracies may be compared.
    """
    by_model = {one["model"]: one for one in metrics}
    n_classes = len(metrics[0]["test"]["classes"])
    rows = [
        {
            "classifier": row.printed_as,
            "citation": row.citation,
            "features": row.features,
            "kind": row.classifier,
            "model": row.model,
            "paper_task": row.task,
            "paper_n_test": row.n_test,
            "paper_percent": row.accuracy_percent,
        }
        | _our_accuracy(by_model.get(row.model))
        | {"comparable": _compare_tasks(row.n_classes, n_classes)}
        for row in paper.table_2
    ]
    return pd.DataFrame(rows).astype({"n_test": "Int64"})


def _our_accuracy(metrics: ModelMetrics | None) -> dict[str, object]:
    """Lay out our accuracy in percent; empty where the model was not trained."""
    if metrics is None:
        return {**percentages("ours_percent", None, None), "n_test": None}
    interval, _ = accuracy_interval(metrics)
    return {**percentages("ours_percent", metrics["test"]["accuracy"], interval), "n_test": metrics["test"]["n"]}


def _compare_tasks(there: int, here: int) -> str:
    """Say whether two accuracies are of the same task, as far as the number of classes tells."""
    if there != here:
        return f"no: {there} classes there, {here} here"
    return f"with care: {here} classes here, too, but other test images"


def compare_classes(paper: PaperFigures, metrics: ModelMetrics) -> pd.DataFrame:
    """Put the paper's table per class beside that of the model that stands for the paper's.

    Args:
        paper: Holds the printed table, and the recalls that it implies.
        metrics: Everything that is known about that model.

    Returns:
        One row per class, the data set's first, then those that only the paper has. Columns: `class`, the
        paper's, prefixed with `paper_` (its accuracy with a Wilson interval of the printed counts), the paper's
        implied `paper_n_images` and `paper_recall_percent` with its interval, and those of `tabulate_classes`. The
        columns of a side that lacks the class are empty.
    """
    confidence = metrics["test"]["confidence"]
    ours = tabulate_classes(metrics).set_index("class")
    theirs = pd.DataFrame([_quote_class(row, paper, confidence) for row in paper.per_class]).set_index("class")
    classes = list(dict.fromkeys([*ours.index, *theirs.index]))
    beside = theirs.reindex(classes).join(ours.reindex(classes))
    counts = ("total", "accurately_predicted", "missed", "n_images")
    whole_numbers = [*counts, *(f"paper_{name}" for name in counts)]
    return beside.astype(dict.fromkeys(whole_numbers, "Int64")).rename_axis("class").reset_index()


def compare_scores(paper: PaperFigures, metrics: ModelMetrics) -> pd.DataFrame:
    """Put the figures of the paper's text beside those of the model that stands for the paper's.

    Args:
        paper: Holds the printed figures.
        metrics: Everything that is known about that model.

    Returns:
        One row per figure; columns `figure`, `paper` and `ours` (empty where it has no counterpart here: the
        class is not in this data set, or the paper does not name it). Losses are in nats, the rest is 0 to 1.
    """
    text, one = paper.text, metrics
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


def _quote_class(printed: PrintedClass, paper: PaperFigures, confidence: float) -> dict[str, object]:
    """Turn a row of the paper's table into one of ours, with the interval that its counts imply."""
    right, total = printed.accurately_predicted, printed.total
    # A printed row may not add up; without a proportion, there is no interval.
    interval = list(wilson_interval(right, total, confidence)) if 0 < total >= right else None
    implied = next((row for row in paper.implied_recalls if row.class_name == printed.class_name), None)
    found, n_images = (implied.right, implied.n_images) if implied else (0, 0)
    recall = found / n_images if n_images else None
    recall_interval = list(wilson_interval(found, n_images, confidence)) if n_images else None
    return {
        "class": printed.class_name,
        "paper_total": total,
        "paper_accurately_predicted": right,
        "paper_missed": printed.missed,
        **percentages("paper_accuracy_percent", printed.accuracy_percent / 100, interval),
        "paper_n_images": n_images or None,
        **percentages("paper_recall_percent", recall, recall_interval),
    }
