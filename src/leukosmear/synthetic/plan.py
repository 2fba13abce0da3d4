"""Which file shows which field of which acquisition."""

import numpy as np
import pandas as pd

from leukosmear.synthetic.parameters import SampleDataParameters
from leukosmear.synthetic.seeding import generator


def plan_photographs(parameters: SampleDataParameters) -> pd.DataFrame:
    """Decide for every image what it is a photograph of.

    The images of a class are numbered in rounds: each round visits every acquisition once, in an order of
    its own, so that acquisitions interleave in file order. Row k of a class does not depend on
    `n_per_class`.

    Args:
        parameters: The block `sample_data`.

    Returns:
        One row per image: `image_id`, `label`, `acquisition_id`, `field_id`, `photograph_id` (the image_id
        of the first file with this very photograph), `offset_x` and `offset_y` (of the frame's top left
        corner in the drawn field, in image pixels) and `scale_bar`.
    """
    rows = [row for label in parameters.classes for row in _plan_class(label, parameters)]
    return pd.DataFrame(rows)


def _plan_class(label: str, parameters: SampleDataParameters) -> list[dict[str, str | int]]:
    copies = _rounds_that_copy(label, parameters)
    rows: list[dict[str, str | int]] = []
    latest: dict[int, dict[str, str | int]] = {}
    for round_ in range(parameters.n_per_class // parameters.n_acquisitions):
        order = generator(parameters.seed, "round", label, str(round_)).permutation(parameters.n_acquisitions)
        for position, acquisition in enumerate(order.tolist()):
            image_id = f"{label}/synthetic-{label.lower()}-{len(rows) + 1:03d}"
            if round_ in copies and position == 0:
                row = {**latest[acquisition], "image_id": image_id}
            else:
                row = _plan_photograph(image_id, label, acquisition, latest.get(acquisition), parameters)
            latest[acquisition] = row
            rows.append(row)
    return rows


def _rounds_that_copy(label: str, parameters: SampleDataParameters) -> set[int]:
    """Every second round may open with a copy; the pairs go to the classes in turn, the last one first."""
    labels = list(parameters.classes)[::-1]
    pairs = range(labels.index(label), parameters.n_identical_pairs, len(labels))
    return {1 + 2 * (pair // len(labels)) for pair in pairs}


def _plan_photograph(
    image_id: str,
    label: str,
    acquisition: int,
    previous: dict[str, str | int] | None,
    parameters: SampleDataParameters,
) -> dict[str, str | int]:
    rng = generator(parameters.seed, "photograph", image_id)
    is_shifted = rng.random() < parameters.shifted_fraction
    if previous is not None and is_shifted and previous["image_id"] == previous["field_id"]:
        field_id = str(previous["field_id"])
        offset_x, offset_y = _shift(int(previous["offset_x"]), int(previous["offset_y"]), rng, parameters)
    else:
        field_id = image_id
        offset_x, offset_y = (rng.integers(0, 2, size=2) * parameters.image_size).tolist()
    return {
        "image_id": image_id,
        "label": label,
        "acquisition_id": f"acquisition-{acquisition + 1:02d}",
        "field_id": field_id,
        "photograph_id": image_id,
        "offset_x": offset_x,
        "offset_y": offset_y,
        "scale_bar": parameters.scale_bars[acquisition % len(parameters.scale_bars)],
    }


def _shift(offset_x: int, offset_y: int, rng: np.random.Generator, parameters: SampleDataParameters) -> tuple[int, int]:
    """Move the frame from its corner of the field towards the middle, along both axes."""
    overlap = rng.uniform(parameters.smallest_overlap, parameters.largest_overlap)
    # (1 - dx) (1 - dy) = overlap, split between the axes at random
    kept_x = overlap ** rng.uniform(0.0, 1.0)
    shares = np.array([1 - kept_x, 1 - overlap / kept_x])
    # rounded down: the overlap must not fall below the smallest that was asked for
    steps = np.floor(shares * parameters.image_size).astype(int)
    moved_x = offset_x + (steps[0] if offset_x == 0 else -steps[0])
    moved_y = offset_y + (steps[1] if offset_y == 0 else -steps[1])
    return int(moved_x), int(moved_y)
