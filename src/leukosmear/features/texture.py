"""Texture of labelled regions: grey-level co-occurrence (Haralick) and local binary patterns.

Only pixels of the region itself count: pairs of pixels that lie in it with both, neighbourhoods that lie in it whole.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

Labels = NDArray[np.int32]
Values = dict[str, NDArray[np.float64]]

LEVELS = 32  # of grey, 8 of 256 each
N_PATTERNS = 59  # of 8 neighbours: 58 that change between darker and brighter at most twice, and all others

# To the pixel on the right, below, and on both diagonals: distance 1 at 0, 90, 45 and 135 degrees.
_OFFSETS = ((0, 1), (1, 0), (1, -1), (1, 1))

# Rows and columns to the eight neighbours, from the right one on anticlockwise, as scikit-image has them.
_NEIGHBOURS = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))
# Points on the diagonals at distance 1 are between pixels, so far from the centre's row and column.
_DIAGONAL = np.sqrt(0.5)


def measure_glcm(grey: NDArray[np.uint8], labels: Labels, n: int) -> Values:
    """Measure the texture of regions by the 13 measures of Haralick et al. (1973, doi 10.1109/TSMC.1973.4309314).

    Each is the mean over four angles, so that it does not depend on how a cell lies.

    Args:
        grey: uint8 (height, width).
        labels: int32 (height, width): 1 to n in the regions, 0 elsewhere.
        n: Number of regions.

    Returns:
        An array of shape (n,) for each measure; missing where a region has no neighbouring pixels at some angle.
    """
    counts = count_pairs(grey // (256 // LEVELS), labels, n)
    measurable = np.all(counts.any(axis=(2, 3)), axis=1)
    measures = _haralick(counts.reshape(-1, LEVELS, LEVELS))
    return {
        name: np.where(measurable, values.reshape(n, len(_OFFSETS)).mean(axis=1), np.nan)
        for name, values in measures.items()
    }


def count_pairs(levels: NDArray[np.integer], labels: Labels, n: int) -> NDArray[np.intp]:
    """Count the pairs of neighbouring pixels of each region by their levels, in both orders.

    Args:
        levels: Integers from 0 to LEVELS - 1, shape (height, width).
        labels: int32 (height, width): 1 to n in the regions, 0 elsewhere.
        n: Number of regions.

    Returns:
        Shape (n, 4, LEVELS, LEVELS): region, angle, level of a pixel, level of its neighbour.
    """
    # In one dimension, with a border so that neighbours of all pixels exist.
    padded, stride = np.pad(labels, 1).ravel(), labels.shape[1] + 2
    levels = np.pad(levels, 1).ravel()
    inside = np.flatnonzero(padded)
    own = padded[inside]
    places = []
    for angle, (down, across) in enumerate(_OFFSETS):
        step = down * stride + across
        same = padded[inside + step] == own
        here = inside[same]
        matrix = (own[same].astype(np.intp) - 1) * len(_OFFSETS) + angle
        places.append((matrix * LEVELS + levels[here]) * LEVELS + levels[here + step])
    one_way = np.bincount(np.concatenate(places), minlength=n * len(_OFFSETS) * LEVELS**2)
    one_way = one_way.reshape(n, len(_OFFSETS), LEVELS, LEVELS)
    return one_way + one_way.swapaxes(2, 3)


def _haralick(counts: NDArray[np.intp]) -> Values:
    """Compute the 13 measures of symmetric matrices of counts, shape (m, LEVELS, LEVELS), each (m,).

    Levels count from 0, and entropies are in bits. The sum variance is about the sum average; the paper's formula,
    about the sum entropy, is taken for a misprint.
    """
    # Of the entries one in ten is not 0: the pairs of levels that occur.
    m = len(counts)
    occurring = np.flatnonzero(counts)
    matrix, pair = np.divmod(occurring, LEVELS**2)
    i, j = np.divmod(pair, LEVELS)
    number = counts.ravel()[occurring]
    p = number / np.bincount(matrix, number, m)[matrix]

    def added_up(values: NDArray[np.float64], by: NDArray[np.intp], n_places: int) -> NDArray[np.float64]:
        sums = np.bincount(matrix * n_places + by, values, m * n_places)
        return sums.reshape(m, n_places).astype(np.float64, copy=False)

    level = np.arange(LEVELS)
    sums, differences = added_up(p, i + j, 2 * LEVELS - 1), added_up(p, abs(i - j), LEVELS)
    single = added_up(p, i, LEVELS)  # of one pixel; of the other it is the same
    mean = single @ level
    variance = single @ level**2 - mean**2
    covariance = np.bincount(matrix, p * (i * j), m) - mean**2
    sum_average, difference_average = 2 * mean, differences @ level
    entropy = np.bincount(matrix, entr(p), m) / np.log(2)
    single_entropy = entr(single).sum(axis=1) / np.log(2)
    information = np.maximum(2 * single_entropy - entropy, 0)  # that a pixel gives about its neighbour
    # Of an even region neither is defined: its pixels are taken to be wholly alike, and to tell nothing.
    even = variance < 1e-9
    return {
        "angular_second_moment": np.bincount(matrix, p * p, m),
        "contrast": differences @ level**2,
        "correlation": np.where(even, 1.0, covariance / np.where(even, 1.0, variance)),
        "variance": variance,
        "inverse_difference_moment": differences @ (1 / (1 + level**2)),
        "sum_average": sum_average,
        "sum_variance": sums @ np.arange(2 * LEVELS - 1) ** 2 - sum_average**2,
        "sum_entropy": entr(sums).sum(axis=1) / np.log(2),
        "entropy": entropy,
        "difference_variance": differences @ level**2 - difference_average**2,
        "difference_entropy": entr(differences).sum(axis=1) / np.log(2),
        "information_correlation_1": np.where(even, 0.0, -information / np.where(even, 1.0, single_entropy)),
        "information_correlation_2": np.sqrt(1 - np.exp(-2 * np.log(2) * information)),
    }


def measure_lbp(grey: NDArray[np.uint8], labels: Labels, n: int) -> Values:
    """Measure the texture of regions by their local binary patterns.

    Ojala, Pietikainen and Maenpaa (2002, doi 10.1109/TPAMI.2002.1017623). Eight neighbours at distance 1; the 58
    uniform patterns as they lie (`nri_uniform`), and all others as one.

    Args:
        grey: uint8 (height, width).
        labels: int32 (height, width): 1 to n in the regions, 0 elsewhere.
        n: Number of regions.

    Returns:
        For each of 59 patterns the share of the region's pixels that have it, shape (n,); pixels at the region's edge
        do not count, and a region without others has missing values.
    """
    padded, stride = np.pad(labels, 1).ravel(), labels.shape[1] + 2
    steps = [down * stride + across for down, across in _NEIGHBOURS]
    inside = np.flatnonzero(padded)
    own = padded[inside]
    inner = np.ones(len(inside), bool)
    for step in steps:
        inner &= padded[inside + step] == own
    places, region = inside[inner], own[inner].astype(np.intp) - 1
    levels = np.pad(grey, 1).ravel().astype(np.int16)
    brighter = _brighter_around([levels[places + step] - levels[places] for step in steps])
    pattern = np.take(_uniform_patterns(), brighter)
    counts = np.bincount(region * N_PATTERNS + pattern, minlength=n * N_PATTERNS).reshape(n, N_PATTERNS)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    return {f"{pattern:02d}": shares[:, pattern] for pattern in range(N_PATTERNS)}


def _brighter_around(differences: list[NDArray[np.int16]]) -> NDArray[np.intp]:
    """Which of the eight points around pixels are not darker than they: bit k for point k, anticlockwise.

    Grey levels on the diagonals are interpolated linearly.

    Args:
        differences: Of the eight neighbours from the pixels, each of shape (n_pixels,).
    """
    brighter = np.zeros(len(differences[0]), np.intp)
    for point, difference in enumerate(differences):
        if point % 2:
            beside = differences[point - 1] + differences[(point + 1) % 8]
            # The shares of the four pixels around the point; where all are alike, the result is exactly 0.
            at_least = _DIAGONAL * (1 - _DIAGONAL) * beside + _DIAGONAL**2 * difference >= 0
        else:
            at_least = difference >= 0
        brighter |= at_least.astype(np.intp) << point
    return brighter


@lru_cache
def _uniform_patterns() -> NDArray[np.intp]:
    """Numbers of the patterns by their bits, in the order of scikit-image's `nri_uniform`; (256,)."""
    numbers = np.full(256, N_PATTERNS - 1)
    numbers[0], numbers[255] = 0, N_PATTERNS - 2
    for n_ones in range(1, 8):
        ones = 2**n_ones - 1
        for first in range(8):
            turned = (ones << first | ones >> (8 - first)) & 255
            numbers[turned] = 1 + (n_ones - 1) * 8 + (8 - first) % 8
    return numbers
