"""What the pages say of the paper beside this run, each a fragment of HTML."""

import pandas as pd

from leukosmear.pages import records
from leukosmear.paper.printed import PaperFigures
from leukosmear.pipelines.reporting.parameters import ReportingParameters
from leukosmear.pipelines.reporting.rendering import fill


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
    return fill("beside_paper", reporting=reporting, paper=paper, **figures)


def render_paper_tables(table_1: pd.DataFrame, table_2: pd.DataFrame, table_1_figure: str, table_2_figure: str) -> str:
    """Render the paper's two tables beside ours.

    Args:
        table_1: The paper's Table 1 beside ours.
        table_2: The paper's Table 2 beside ours.
        table_1_figure: Text of an SVG, as all figures.
        table_2_figure: The same of Table 2.
    """
    return fill(
        "paper_tables",
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
    """
    return fill(
        "paper_model",
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
    """
    return fill(
        "paper_images",
        classes=records(class_distribution_table),
        sizes=records(image_size_table),
        class_distribution_figure=class_distribution_figure,
        image_size_figure=image_size_figure,
        augmentation_figure=augmentation_figure,
    )
