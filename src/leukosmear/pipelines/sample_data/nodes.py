"""Nodes that plan and draw the embedded sample of synthetic smears."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from PIL import Image

from leukosmear.synthetic.field import Frame, draw_photograph, stained_cells
from leukosmear.synthetic.parameters import SampleDataParameters
from leukosmear.synthetic.plan import plan_photographs


def plan_sample(parameters: SampleDataParameters) -> pd.DataFrame:
    """Decide what every image of the sample shows: the sample's ground truth.

    Args:
        parameters: The block `sample_data`.

    Returns:
        One row per image: `image_id` ("<class>/<file stem>"), `label`, `acquisition_id`, `field_id` (the
        image_id of the first photograph of the field), `photograph_id` (differs from `image_id` in the
        second file of an identical pair only), `offset_x`, `offset_y` (of the frame in its field, in
        pixels), `scale_bar`, `n_cells` (stained cells whose nucleus has its centre in the frame), and their
        means: `nucleus_diameter_um`, `nuclear_fraction`, `n_nucleoli`.
    """
    plan = plan_photographs(parameters)
    counts = pd.DataFrame([_count_cells(row, parameters) for row in plan.to_dict("records")])
    return pd.concat([plan, counts], axis="columns")


def _count_cells(row: dict, parameters: SampleDataParameters) -> dict[str, float]:
    frame = Frame(row["offset_x"], row["offset_y"], parameters.image_size, parameters.aspect_ratio)
    cells = stained_cells(row["field_id"], row["label"], parameters)
    seen = [cell for cell in cells if frame.holds(cell.x, cell.y)]
    diameters = [2 * cell.nucleus.radius * parameters.pixel_size for cell in seen]
    fractions = [(cell.nucleus.radius / cell.body.radius) ** 2 for cell in seen]
    nucleoli = [len(cell.nucleoli) for cell in seen]
    return {
        "n_cells": len(seen),
        "nucleus_diameter_um": round(float(np.mean(diameters)), 2) if seen else 0.0,
        "nuclear_fraction": round(float(np.mean(fractions)), 3) if seen else 0.0,
        "n_nucleoli": round(float(np.mean(nucleoli)), 2) if seen else 0.0,
    }


def draw_sample(sample_truth: pd.DataFrame, parameters: SampleDataParameters) -> dict[str, Callable[[], Image.Image]]:
    """Draw the images of the sample, each when it is asked for.

    Args:
        sample_truth: What every image shows, from `plan_sample`.
        parameters: The block `sample_data`.

    Returns:
        For each image_id a function without arguments that draws the image, for a lazily saving
        `PartitionedDataset`: memory holds one image at a time.
    """
    columns = [
        "label",
        "acquisition_id",
        "field_id",
        "photograph_id",
        "offset_x",
        "offset_y",
        "scale_bar",
    ]
    rows = sample_truth[columns].to_dict("records")
    return {
        image_id: partial(_draw, row, parameters) for image_id, row in zip(sample_truth["image_id"], rows, strict=True)
    }


def _draw(row: dict, parameters: SampleDataParameters) -> Image.Image:
    return Image.fromarray(draw_photograph(**row, parameters=parameters))
