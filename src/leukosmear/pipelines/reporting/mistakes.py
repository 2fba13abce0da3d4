"""The images that a model was surest of and got wrong."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from leukosmear.figures import new_figure
from leukosmear.model_images import Partitions, load_side
from leukosmear.pipelines.reporting.parameters import ReportingParameters
from leukosmear.schemas import PROBABILITY_PREFIX, predicted_classes


def find_mistakes(reporting: ReportingParameters, **predictions: pd.DataFrame) -> pd.DataFrame:
    """Find the test images that each model got wrong although it was surest of them.

    Args:
        reporting: Says how many of each model.
        **predictions: The predictions of each model, by its name.

    Returns:
        One row per model and image, the surest mistake first; columns `model`, `image_id`, `label`, `predicted`,
        `probability` (of the predicted class) and `probability_of_label`.
    """
    columns = ["model", "image_id", "label", "predicted", "probability", "probability_of_label"]
    tables = [_worst_of(table, reporting.worst_mistakes).assign(model=model) for model, table in predictions.items()]
    return pd.concat(tables, ignore_index=True)[columns]


def _worst_of(predictions: pd.DataFrame, n: int) -> pd.DataFrame:
    """Find the surest mistakes of one model."""
    test = predictions[predictions["side"] == "test"].reset_index(drop=True)
    classes = predicted_classes(test)
    probabilities = test[[PROBABILITY_PREFIX + name for name in classes]].to_numpy()
    test = test.assign(
        predicted=[classes[index] for index in probabilities.argmax(axis=1)],
        probability=probabilities.max(axis=1),
        probability_of_label=probabilities[test.index, [classes.index(label) for label in test["label"]]],
    )
    wrong = test[test["predicted"] != test["label"]]
    return wrong.sort_values(["probability", "image_id"], ascending=[False, True]).head(n)


def draw_mistakes(mistakes: pd.DataFrame, model_images: Partitions, model_table: pd.DataFrame) -> Mapping[str, Figure]:
    """Draw the images of the surest mistakes, as the models see them.

    All models' figures come from one reading of the images, which takes longer than drawing them.

    Args:
        mistakes: The table of `find_mistakes`.
        model_images: Partitions of model images.
        model_table: Names the models in column `model`.

    Returns:
        For each model a figure of one row of images; under each its name, the true class with its probability, and
        the predicted one with its.
    """
    wanted = mistakes[["image_id", "label"]].drop_duplicates("image_id").assign(side="test")
    pixels: dict[str, np.ndarray] = {}
    if len(wanted):
        images = load_side(model_images, wanted, "test")
        pixels = dict(zip(images.image_ids, images.pixels, strict=True))
    return {
        model: _draw_row(mistakes[mistakes["model"] == model], pixels) for model in model_table["model"].sort_values()
    }


def _draw_row(mistakes: pd.DataFrame, pixels: Mapping[str, np.ndarray]) -> Figure:
    """Draw the images of one model's mistakes side by side; in one panel, which is drawn fastest."""
    if mistakes.empty:
        figure = new_figure(7.5, 0.6)
        axes = figure.subplots()
        axes.set_axis_off()
        axes.text(0, 0.5, "No mistake on the test images.", va="center", transform=axes.transAxes)
        return figure
    rows = mistakes.to_dict("records")
    height, width = pixels[rows[0]["image_id"]].shape[:2]
    gap = width // 3  # room for names, which are wider than the images
    figure = new_figure(7.5, 0.9 + 7.5 * height / (max(len(rows), 3) * (width + gap)))
    figure.set_layout_engine("none")  # the panel's place is known
    axes = figure.subplots(gridspec_kw={"left": 0.01, "right": 0.99, "bottom": 0.02, "top": 0.98})
    for position, row in enumerate(rows):
        left = position * (width + gap)
        axes.imshow(pixels[row["image_id"]], extent=(left, left + width, height, 0), interpolation="none")
        text = (
            f"{_shorten(row['image_id'].split('/')[-1])}\n"
            f"is {_shorten(row['label'])}: {row['probability_of_label']:.1%}\n"
            f"taken for {_shorten(row['predicted'])}: {row['probability']:.1%}"
        )
        axes.text(left, height * 1.06, text, va="top", fontsize=7.5, linespacing=1.35)
    axes.set_xlim(0, max(len(rows), 3) * (width + gap))
    axes.set_ylim(height * 1.75, 0)
    axes.set_axis_off()
    return figure


def _shorten(name: str, length: int = 24) -> str:
    """Keep the end of a long name, where the number is."""
    return name if len(name) <= length else "…" + name[1 - length :]
