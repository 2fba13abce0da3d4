"""What can be measured of one image file: it is read and decoded once, and everything is measured then."""

import hashlib
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import imagehash
import numpy as np
import pandas as pd
from PIL import Image

from leukosmear.decoding import UnreadableImageError, decode
from leukosmear.scale_bars import Box, ScaleBar, find_scale_bar, name_kinds

# Height and width of the thumbnails, in pixels: half of the real images', so reducing those is exact and cheap.
THUMBNAIL_SIZE = 112

# Files in flight per thread: enough that no thread waits while the caller works, few enough to hold in memory.
FILES_AHEAD = 8

# The columns of the file measurements, in types that can be missing: for a rejected file, or where there is no bar.
COLUMNS = {
    **dict.fromkeys(("image_id", "label", "file_name"), "str"),
    "n_bytes": "Int64",
    "sha256": "str",
    **dict.fromkeys(("width", "height"), "Int64"),
    **dict.fromkeys(("mode", "format"), "str"),
    **dict.fromkeys(("brightness", "contrast", "sharpness"), "float64"),
    **dict.fromkeys(("perceptual_hash", "scale_bar"), "str"),
    **dict.fromkeys(("bar_left", "bar_top", "bar_right", "bar_bottom"), "Int64"),
    **dict.fromkeys(("status", "reason"), "str"),
}


@dataclass(frozen=True)
class Measured:
    """One file.

    Attributes:
        row: Its row of the file measurements but for `scale_bar`: kinds of bars are told apart by comparing images.
        bar: The scale bar that was found.
        thumbnail: The whole image in grey, squeezed to a square, for what compares images with one another: uint8 of
            shape (THUMBNAIL_SIZE, THUMBNAIL_SIZE); None for a rejected file.
    """

    row: dict[str, Any]
    bar: ScaleBar | None
    thumbnail: np.ndarray | None


def tabulate(measured: Sequence[Measured]) -> pd.DataFrame:
    """Put the rows together, and name the kinds of scale bars.

    Returns:
        The file measurements: one row per file, columns COLUMNS.
    """
    table = pd.DataFrame([file.row for file in measured], columns=list(COLUMNS)).astype(COLUMNS)
    kinds = pd.Series(name_kinds([file.bar for file in measured]), index=table.index, dtype="str")
    return table.assign(scale_bar=kinds.where(table["status"] == "accepted"))


def describe_files(files: Iterable[tuple[str, Callable[[], bytes]]], workers: int) -> Iterator[Measured]:
    """Read, decode and measure files in threads, in the order given.

    Only a few files per thread are in memory at a time, however many there are.

    Args:
        files: Name relative to the data set's folder, and a function that reads the bytes.
        workers: Number of threads.
    """
    with ThreadPoolExecutor(workers) as pool:
        in_flight: deque[Future[Measured]] = deque()
        for file_name, read in files:
            in_flight.append(pool.submit(describe_file, file_name, read))
            if len(in_flight) == workers * FILES_AHEAD:
                yield in_flight.popleft().result()
        while in_flight:
            yield in_flight.popleft().result()


def describe_file(file_name: str, read: Callable[[], bytes]) -> Measured:
    """Measure one file.

    Args:
        file_name: Path relative to the data set's folder; its first part is the label.
        read: Reads the file's bytes.
    """
    path = PurePosixPath(file_name)
    row: dict[str, Any] = {
        "image_id": path.with_suffix("").as_posix(),
        "label": path.parts[0],
        "file_name": file_name,
        "n_bytes": 0,
        "sha256": "",
    }
    try:
        data = read()
        row |= {"n_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        image = decode(data)
    except OSError as error:
        return _rejected(row, f"cannot be read from disk: {error.strerror or error}")
    except UnreadableImageError as error:
        return _rejected(row, str(error))
    row |= {"width": image.rgb.width, "height": image.rgb.height, "mode": image.mode, "format": image.format}
    grey = image.rgb.convert("L")
    thumbnail = grey.resize((THUMBNAIL_SIZE, THUMBNAIL_SIZE), Image.Resampling.BOX, reducing_gap=1.0)
    bar = find_scale_bar(np.asarray(image.rgb))
    row |= measure_pixels(np.asarray(grey), None if bar is None else bar.box)
    # The hash is of 32 x 32 pixels, for which the thumbnail does as well as the image, several times faster.
    row |= {"perceptual_hash": str(imagehash.phash(thumbnail)), "status": "accepted", "reason": None}
    if bar is not None:
        row |= {f"bar_{side}": getattr(bar.box, side) for side in ("left", "top", "right", "bottom")}
    return Measured(row, bar, np.asarray(thumbnail))


def _rejected(row: dict[str, Any], reason: str) -> Measured:
    return Measured(row | {"status": "rejected", "reason": reason}, None, None)


def measure_pixels(grey: np.ndarray, bar: Box | None) -> dict[str, float]:
    """Measure what tells how well an image was taken.

    A scale bar, which is burnt in, is black, white or red with sharp edges: it would make every image contrasty and
    sharp. So where there is one only the largest rectangle beside it is measured.

    Args:
        grey: Grey levels (luma, ITU-R 601-2), uint8 of shape (height, width).
        bar: Where the scale bar is.

    Returns:
        `brightness` (mean grey level), `contrast` (its standard deviation) and `sharpness` (squared grey levels).
    """
    beside = _beside(grey, bar)
    brightness, variance = _mean_and_variance(beside)
    return {"brightness": brightness, "contrast": math.sqrt(variance), "sharpness": sharpness(beside)}


def _beside(grey: np.ndarray, bar: Box | None) -> np.ndarray:
    """Cut out the largest of the rectangles above, below, left and right of a box; all, if it leaves none."""
    if bar is None:
        return grey
    largest = max((grey[: bar.top], grey[bar.bottom :], grey[:, : bar.left], grey[:, bar.right :]), key=np.size)
    return largest if largest.size else grey


def sharpness(grey: np.ndarray) -> float:
    """Measure focus as the variance of the Laplacian (Pech-Pacheco et al. 2000, doi 10.1109/ICPR.2000.903548).

    Pixels at the edge are repeated beyond it.

    Args:
        grey: Grey levels, uint8 of shape (height, width).

    Returns:
        Squared grey levels; 0 for an even picture, more for a sharper one.
    """
    padded = np.pad(grey, 1, mode="edge").astype(np.int16)  # a Laplacian lies within 4 * 255 either way
    laplacian = padded[:-2, 1:-1] + padded[2:, 1:-1]
    laplacian += padded[1:-1, :-2]
    laplacian += padded[1:-1, 2:]
    laplacian -= padded[1:-1, 1:-1] * np.int16(4)
    return _mean_and_variance(laplacian)[1]


def _mean_and_variance(values: np.ndarray) -> tuple[float, float]:
    # In place, which takes half the time of `mean` and `std`.
    deviations = values.astype(np.float32)
    mean = float(deviations.mean())
    deviations -= mean
    deviations *= deviations
    return mean, float(deviations.mean())
