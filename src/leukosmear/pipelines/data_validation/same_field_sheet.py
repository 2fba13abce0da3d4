"""A contact sheet of pairs that are said to show the same field of view, for an eye to check."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.decoding import decode
from leukosmear.figures import INK, MUTED, new_figure
from leukosmear.inventory import accepted

# Pixels of a picture, shown at 96 to the inch. Twenty-four pairs of three such pictures stay below 3 MB.
_SIDE = 128
_INCH = _SIDE / 96
_GAP = 0.08
_COLUMNS = 2
_COLUMN_WIDTH = 3 * _INCH + 2 * _GAP + 0.34
_ROW_HEIGHT = _INCH + 0.66
_TITLE_HEIGHT = 0.62
_HOW_TO_READ = (
    "Left and middle: the part that both show, as each image has it. Right: both frames laid on each other; grey is\n"
    "where they agree, red or cyan is what only one of them shows. The number is the pair's rank among all."
)
_LONGEST_NAME = 20


def draw_same_fields(
    raw_images: ImageFolder, inventory: pd.DataFrame, same_field_pairs: pd.DataFrame, n_pairs: int = 24
) -> Figure:
    """Draw pairs of images, from the weakest correlation that was accepted to the strongest.

    Args:
        raw_images: The data set's folder.
        inventory: An `ImageInventory`, to find the files of the pairs.
        same_field_pairs: Columns `image_id_a`, `image_id_b`, `shift_x`, `shift_y` (where b's frame lies in a's, in
            pixels of a's file, right and down positive), `overlap` (share of the frame) and `correlation`.
        n_pairs: Pairs drawn at most, spread evenly over the correlations. The number in front of a pair is its
            rank by correlation among all pairs.

    Returns:
        A figure with three pictures per pair: what a shows of the common part, what b shows of it, and both laid on
        each other. There, grey is where they agree; red or cyan is what only one of them shows.
    """
    title = "Pairs taken for the same field of view, the weakest first"
    chosen = _spread(same_field_pairs, n_pairs)
    if chosen.empty:
        figure = new_figure(6.4, 1.2)
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_title(title)
        axes.text(0, 0.5, "No pair was found.", transform=axes.transAxes, color=MUTED)
        return figure
    n_rows = -(-len(chosen) // _COLUMNS)
    width, height = _COLUMNS * _COLUMN_WIDTH - 0.2, n_rows * _ROW_HEIGHT + _TITLE_HEIGHT
    figure = new_figure(width + 0.2, height + 0.2)
    axes = figure.subplots()
    # One unit is one inch, so that a pixel of the pictures is a pixel of the screen.
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    axes.set_axis_off()
    axes.text(0, 0.02, title, fontsize=10.5, fontweight="bold", va="top")
    axes.text(0, 0.24, _HOW_TO_READ, fontsize=8, color=MUTED, va="top")
    images = accepted(inventory)  # among rejected files an image_id may stand twice
    files = dict(zip(images["image_id"], images["file_name"], strict=True))
    pair: Any
    for index, pair in enumerate(chosen.itertuples()):
        a, b = (decode(raw_images.files[files[name]]()).rgb for name in (pair.image_id_a, pair.image_id_b))
        left, top = index % _COLUMNS * _COLUMN_WIDTH, _TITLE_HEIGHT + index // _COLUMNS * _ROW_HEIGHT
        # Images are compared as frames of one size, whatever that of their files.
        _draw_pair(axes, left, top, pair, a, b if b.size == a.size else b.resize(a.size))
    return figure


def _spread(pairs: pd.DataFrame, n_pairs: int) -> pd.DataFrame:
    """Choose pairs whose correlations are spread evenly, not their ranks: errors are among the few weak ones.

    Returns:
        The pairs, the weakest first, indexed by their rank from 1.
    """
    ranked = pairs.sort_values("correlation", kind="stable").reset_index(drop=True)
    ranked.index += 1
    if len(ranked) <= n_pairs:
        return ranked
    correlations = ranked["correlation"].to_numpy(float)
    places = np.searchsorted(correlations, np.linspace(correlations[0], correlations[-1], n_pairs))
    # Every pair once, in order, and enough left over for the targets that follow.
    for i in range(1, n_pairs):
        places[i] = max(places[i], places[i - 1] + 1)
    places = np.minimum(places, len(ranked) - n_pairs + np.arange(n_pairs))
    return ranked.iloc[places]


def _draw_pair(axes: Axes, left: float, top: float, pair: Any, a: Image.Image, b: Image.Image) -> None:  # noqa: ANN401
    """Draw the three pictures of a pair, with what was measured above and the names below."""
    shift = round(pair.shift_x), round(pair.shift_y)
    caption = (
        f"{pair.Index}.  correlation {pair.correlation:.3f},  overlap {pair.overlap:.0%},  "
        f"shift {shift[0]:+d}, {shift[1]:+d} px"
    )
    axes.text(left, top + 0.2, caption, fontsize=8, fontweight="bold", va="bottom")
    pictures = (*_common_part(a, b, shift), _overlay(a, b, shift))
    names = (_short(pair.image_id_a), _short(pair.image_id_b), "both")
    for column, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        x, y = left + column * (_INCH + _GAP), top + 0.24
        picture.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
        size = _SIDE / max(picture.size)  # a small overlap is enlarged: it is the hardest to judge
        right, bottom = x + picture.width * size / 96, y + picture.height * size / 96
        axes.imshow(np.asarray(picture), extent=(x, right, bottom, y), interpolation="none")
        axes.text(x, bottom + 0.03, name, fontsize=7, color=INK if column < 2 else MUTED, va="top")


def _short(image_id: str) -> str:
    """Shorten an image's name from its beginning, since names of one data set differ at their ends."""
    name = " ".join(image_id.rsplit("/", maxsplit=1)[-1].split())
    return name if len(name) <= _LONGEST_NAME else "\u2026" + name[1 - _LONGEST_NAME :]


def _common_part(a: Image.Image, b: Image.Image, shift: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    """Cut what both frames show out of either."""
    x, y = shift
    box = (max(0, x), max(0, y), min(a.width, x + b.width), min(a.height, y + b.height))
    return a.crop(box), b.crop((box[0] - x, box[1] - y, box[2] - x, box[3] - y))


def _overlay(a: Image.Image, b: Image.Image, shift: tuple[int, int]) -> Image.Image:
    """Lay both frames on one canvas: a's grey levels in red, b's in cyan where they overlap, faint grey elsewhere."""
    x, y = shift
    origin = min(0, x), min(0, y)
    size = max(a.width, x + b.width) - origin[0], max(a.height, y + b.height) - origin[1]
    canvas = Image.new("RGB", size, "white")
    for image, place in ((a, (0, 0)), (b, shift)):
        faint = image.convert("L").point(lambda value: 155 + value * 100 // 255)
        canvas.paste(faint.convert("RGB"), (place[0] - origin[0], place[1] - origin[1]))
    of_a, of_b = (np.asarray(part.convert("L"), np.float32) for part in _common_part(a, b, shift))
    # Stain and exposure may differ between two photographs of one field; only structure should show.
    of_b = (of_b - of_b.mean()) * (of_a.std() / max(float(of_b.std()), 1.0)) + of_a.mean()
    composite = np.clip(np.stack([of_a, of_b, of_b], axis=-1), 0, 255).astype(np.uint8)
    canvas.paste(Image.fromarray(composite), (max(0, x) - origin[0], max(0, y) - origin[1]))
    return canvas
