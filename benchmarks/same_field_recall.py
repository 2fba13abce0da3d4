"""What share of the shifted pairs of a data set the search finds, against laying all images of a class on each other.

    PBS_DATA_DIR=/path/to/images python benchmarks/same_field_recall.py    # ten minutes for 3,256 images

The exhaustive search is independent of the other one: phase correlation (Kuglin and Hines 1975) of small images, all
with all within each class, and then the normalised cross-correlation of the grey levels at the best shift. The table
counts its pairs by overlap, and how many of them the search by landmarks found. Pairs that only the search found come
last: small overlaps, which phase correlation misses. To learn how alike fields are by chance, the search is let run
with a low limit, and its pairs across classes are looked at. The exhaustive search keeps one pair in a hundred, so on
a folder of links to some hundred images, which takes a minute, it may itself miss pairs.
"""

import argparse
import os
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.fft
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy import ndimage

from leukosmear.datasets.image_folder import ImageFolderDataset
from leukosmear.inventory import accepted
from leukosmear.parameters import SameFieldParameters, ValidationParameters
from leukosmear.pipelines.data_validation.nodes import measure_files
from leukosmear.resemblance.field_pairs import bar_pixels
from leukosmear.resemblance.same_field import correlate, search_same_fields

PROJECT = Path(__file__).parents[1]
IMAGES = Path(os.environ.get("PBS_DATA_DIR", PROJECT.parent / "shared" / "pbs" / "Original"))
SMALL = 56  # pixels of the images that phase correlation compares
BATCH = 256
# Of all pairs, this share with the sharpest peaks is looked at more closely.
KEPT = 0.01
TRUE = 0.6  # correlation of grey levels: chance stays below 0.5
OVERLAPS = (0.25, 0.3, 0.4, 0.5, 0.7, 1.0)


def exhaustive(thumbnails: np.ndarray, hidden: np.ndarray, labels: pd.Series) -> pd.DataFrame:
    """Columns `a`, `b`, `overlap`: all pairs within classes that lie well on each other."""
    small = thumbnails.reshape(len(thumbnails), SMALL, 2, SMALL, 2).mean((2, 4), dtype=np.float32)
    covered = hidden.reshape(len(hidden), SMALL, 2, SMALL, 2).any((2, 4))
    small = np.where(covered, small.mean((1, 2), keepdims=True), small)
    detail = small - ndimage.gaussian_filter(small, (0, 6, 6))
    detail = np.clip(detail / (detail.std((1, 2), keepdims=True) + 1e-6), -3, 3)
    window = np.sqrt(np.outer(np.hanning(SMALL + 2)[1:-1], np.hanning(SMALL + 2)[1:-1])).astype(np.float32)
    size = 2 * SMALL
    spectra = scipy.fft.rfft2(detail * window, s=(size, size), workers=2).astype(np.complex64)
    spectra /= np.abs(spectra) ** 0.7 + 1e-3
    rows = []
    for label, members in labels.groupby(labels):
        peaks = _peaks(spectra[members.index], size, str(label))
        sharpest = peaks[peaks[:, 3] > np.quantile(peaks[:, 3], 1 - KEPT)]
        for i, j, place, _ in sharpest:
            a, b = members.index[int(i)], members.index[int(j)]
            row, column = (int(x) if x < SMALL else int(x) - size for x in divmod(int(place), size))
            rows.append((a, b, *_best_nearby(thumbnails, hidden, a, b, 2 * row, 2 * column)))
    found = pd.DataFrame(rows, columns=["a", "b", "overlap", "correlation"])
    return found[(found["correlation"] > TRUE) & (found["overlap"] >= OVERLAPS[0])]


def _peaks(spectra: np.ndarray, size: int, label: str) -> np.ndarray:
    """For all pairs of a class: both indices, the place of the highest peak, and its height in standard deviations."""
    peaks = []
    for i in track(range(len(spectra) - 1), f"laying {label} on itself"):
        for start in range(i + 1, len(spectra), BATCH):
            product = spectra[i] * np.conj(spectra[start : start + BATCH])
            surface = scipy.fft.irfft2(product, s=(size, size), workers=2).reshape(len(product), -1)
            place = surface.argmax(1)
            height = surface[np.arange(len(surface)), place] / surface.std(1)
            peaks.append(np.stack([np.full(len(place), i), start + np.arange(len(place)), place, height], 1))
    return np.concatenate(peaks)


def _best_nearby(
    thumbnails: np.ndarray, hidden: np.ndarray, a: int, b: int, row: int, column: int
) -> tuple[float, float]:
    shifts = [(row + dy, column + dx) for dy in range(-3, 4) for dx in range(-3, 4)]
    fits = [correlate(thumbnails[a], thumbnails[b], hidden[a], hidden[b], shift) for shift in shifts]
    return max((fit for fit in fits if fit[0] > 0.1), key=lambda fit: fit[1], default=(0.0, -1.0))


def main() -> None:
    """Search both ways and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, default=IMAGES)
    images = parser.parse_args().images
    if not images.is_dir():
        parser.error(f"expected a folder of images at '{images}'; set PBS_DATA_DIR or pass --images")
    validation = ValidationParameters(
        max_rejected_fraction=1, min_images_per_class=8, max_imbalance_ratio=1000, workers=2
    )
    table, arrays = measure_files(ImageFolderDataset(path=str(images)).load(), validation)
    usable = accepted(table).reset_index(drop=True)
    grey, hidden = arrays["grey"], bar_pixels(usable, arrays["grey"].shape[1])

    start = time.perf_counter()
    found = search_same_fields(grey, hidden, SameFieldParameters(workers=2))
    seconds = time.perf_counter() - start
    loose = search_same_fields(grey, hidden, SameFieldParameters(workers=2, min_correlation=0.3))
    across = loose[usable["label"].to_numpy()[loose["a"]] != usable["label"].to_numpy()[loose["b"]]]
    start = time.perf_counter()
    there = exhaustive(grey, hidden, usable["label"])
    exhaustive_seconds = time.perf_counter() - start

    pairs = set(found[["a", "b"]].itertuples(index=False, name=None))
    result = Table("overlap", "exhaustive", "of these found", title="Pairs of images of one field")
    for low, high in pairwise(OVERLAPS):
        part = there[(there["overlap"] > low) & (there["overlap"] <= high)]
        hits = sum(pair in pairs for pair in part[["a", "b"]].itertuples(index=False, name=None))
        result.add_row(f"{low:.0%} to {high:.0%}", f"{len(part):,}", f"{hits:,}")
    console = Console()
    console.print(result)
    known = set(there[["a", "b"]].itertuples(index=False, name=None))
    console.print(
        f"{len(pairs):,} pairs found by landmarks, {len(pairs - known):,} of them not by the exhaustive search"
    )
    console.print(f"seconds: {seconds:.1f} by landmarks, {exhaustive_seconds:.0f} exhaustive")
    highest = f"highest correlation {across['correlation'].max():.2f}" if len(across) else "none above 0.3 either"
    console.print(f"across classes: {(across['correlation'] >= 0.5).sum()} pairs, {highest}")


if __name__ == "__main__":
    main()
