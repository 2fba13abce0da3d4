"""What can be measured of one image file: it is read and decoded once, and everything is measured then.

Processes that measure files import this module, so it stands apart from the pipelines, whose imports take seconds.
"""

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import imagehash
import numpy as np
from PIL import Image

from leukosmear.decoding import UnreadableImageError, decode
from leukosmear.parallel import map_batches
from leukosmear.scale_bars import Box, ScaleBar, find_scale_bar

# Height and width of the thumbnails, in pixels: half of the real images', so reducing those is exact and cheap.
THUMBNAIL_SIZE = 112

# From so many files on they are measured in processes: Python runs one thread at a time, and what is measured keeps it
# busy. Of fewer files one thread measures most before a process has started.
MANY_FILES = 1000

# Files that a worker takes at a time.
FILES_PER_BATCH = 16

Read = Callable[[], bytes]


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


def describe_files(files: Mapping[str, Read], workers: int) -> Iterator[Measured]:
    """Read, decode and measure files side by side, in the order given.

    Args:
        files: Name relative to the data set's folder, and a function that reads the bytes; it has to be one that can be
            pickled, if there are MANY_FILES.
        workers: Number of threads, or of processes from MANY_FILES on.
    """
    return map_batches(_describe_batch, files.items(), FILES_PER_BATCH, workers, processes=len(files) >= MANY_FILES)


def _describe_batch(batch: Sequence[tuple[str, Read]]) -> list[Measured]:
    return [describe_file(file_name, read) for file_name, read in batch]


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
    """Cut out the largest rectangle above, below, left or right of a box; all of the image if there is none."""
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
