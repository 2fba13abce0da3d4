"""What can be measured of one image file."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from leukosmear.decoding import UnreadableImageError, decode


def describe_files(files: Iterable[tuple[str, Callable[[], bytes]]], workers: int) -> Iterator[dict[str, Any]]:
    """Read, decode and measure files in threads, in the order given.

    Args:
        files: Name relative to the data set's folder, and a function that reads the bytes.
        workers: Number of threads.

    Yields:
        One row of the image inventory per file.
    """
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(lambda item: describe_file(*item), files)


def describe_file(file_name: str, read: Callable[[], bytes]) -> dict[str, Any]:
    """Describe one file as a row of the image inventory.

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
        "width": None,
        "height": None,
        "mode": None,
        "format": None,
        "brightness": None,
        "sharpness": None,
        "status": "accepted",
        "reason": None,
    }
    try:
        data = read()
        row |= {"n_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        image = decode(data)
    except OSError as error:
        return row | {"status": "rejected", "reason": f"cannot be read from disk: {error.strerror or error}"}
    except UnreadableImageError as error:
        return row | {"status": "rejected", "reason": str(error)}
    width, height = image.rgb.size
    grey = grey_levels(image.rgb)
    return row | {
        "width": width,
        "height": height,
        "mode": image.mode,
        "format": image.format,
        "brightness": float(grey.mean()),
        "sharpness": sharpness(grey),
    }


def grey_levels(rgb: Image.Image) -> np.ndarray:
    """Return the luma (ITU-R 601-2) of an RGB image: float32 of shape (height, width), 0 to 255."""
    return np.asarray(rgb.convert("L"), dtype=np.float32)


def sharpness(grey: np.ndarray) -> float:
    """Measure focus as the variance of the Laplacian (Pech-Pacheco et al. 2000, doi 10.1109/ICPR.2000.903548).

    Args:
        grey: Grey levels of shape (height, width), 0 to 255.

    Returns:
        Squared grey levels; 0 for an even picture, more for a sharper one.
    """
    return float(ndimage.laplace(grey).var())
