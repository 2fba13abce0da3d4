"""Texture of labelled regions: grey-level co-occurrence (Haralick) and local binary patterns.

Only pixels of the region itself count: pairs of pixels that lie in it with both, neighbourhoods that lie in it whole.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import entr
from skimage.feature import local_binary_pattern

Labels = NDArray[np.int32]
Values = dict[str, NDArray[np.float64]]

LEVELS = 32  # of grey, 8 of 256 each
N_PATTERNS = 59  # of 8 neighbours: 58 that change between darker and brighter at most twice, and all others

# To the pixel on the right, below, and on both diagonals: distance 1 at 0, 90, 45 and 135 degrees.
_OFFSETS = ((0, 1), (1, 0), (1, -1), (1, 1))

# For each pair of levels i, j: what adds the probabilities of equal sums i + j, and of equal differences |i - j|.
_I, _J = (part.ravel() for part in np.indices((LEVELS, LEVELS)))
_SUMS = np.eye(2 * LEVELS - 1)[_I + _J]
_DIFFERENCES = np.eye(LEVELS)[abs(_I - _J)]


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
    totals = counts.sum(axis=(2, 3))
    measurable = totals.all(axis=1)
    probabilities = counts / np.where(totals > 0, totals, 1)[:, :, np.newaxis, np.newaxis]
    measures = _haralick(probabilities.reshape(-1, LEVELS, LEVELS))
    return {
        name: np.where(measurable, values.reshape(n, len(_OFFSETS)).mean(axis=1), np.nan)
        for name, values in measures.items()
    }


def count_pairs(levels: NDArray[np.integer], labels: Labels, n: int) -> NDArray[np.float64]:
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
    counts = []
    for down, across in _OFFSETS:
        step = down * stride + across
        here = inside[padded[inside] == padded[inside + step]]
        place = (padded[here].astype(np.intp) - 1) * LEVELS + levels[here]
        one_way = np.bincount(place * LEVELS + levels[here + step], minlength=n * LEVELS**2)
        one_way = one_way.reshape(n, LEVELS, LEVELS)
        counts.append(one_way + one_way.transpose(0, 2, 1))
    return np.stack(counts, axis=1).astype(float)


def _haralick(pairs: NDArray[np.float64]) -> Values:
    """The 13 measures of symmetric matrices of probabilities, shape (m, LEVELS, LEVELS), each (m,).

    Levels count from 0, and entropies are in bits. The sum variance is about the sum average; the paper's formula,
    about the sum entropy, is taken for a misprint.
    """
    level = np.arange(LEVELS)
    flat = pairs.reshape(-1, LEVELS**2)
    sums, differences = flat @ _SUMS, flat @ _DIFFERENCES
    single = pairs.sum(axis=2)  # of one pixel; of the other it is the same
    mean = single @ level
    variance = single @ level**2 - mean**2
    covariance = flat @ (_I * _J) - mean**2
    sum_average, difference_average = 2 * mean, differences @ level
    entropy = entr(flat).sum(axis=1) / np.log(2)
    single_entropy = entr(single).sum(axis=1) / np.log(2)
    information = np.maximum(2 * single_entropy - entropy, 0)  # that a pixel gives about its neighbour
    # Of an even region neither is defined: its pixels are taken to be wholly alike, and to tell nothing.
    even = variance < 1e-9
    return {
        "angular_second_moment": (flat**2).sum(axis=1),
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
    counts = np.zeros((n, N_PATTERNS))
    inner = _inner_pixels(labels)
    for region, box in enumerate(ndimage.find_objects(labels, n)):
        if box is not None:  # the pixels at the edge of the box are at that of the region
            patterns = local_binary_pattern(grey[box], 8, 1, "nri_uniform")[inner[box] & (labels[box] == region + 1)]
            counts[region] = np.bincount(patterns.astype(np.intp), minlength=N_PATTERNS)
    totals = counts.sum(axis=1)
    shares = np.where(totals > 0, 1.0, np.nan)[:, np.newaxis] * counts / np.maximum(totals, 1)[:, np.newaxis]
    return {f"{pattern:02d}": shares[:, pattern] for pattern in range(N_PATTERNS)}


def _inner_pixels(labels: Labels) -> NDArray[np.bool_]:
    """The pixels of regions whose eight neighbours are of the same region."""
    height, width = labels.shape
    padded = np.pad(labels, 1)
    same = labels > 0
    for down in range(3):
        for across in range(3):
            same &= padded[down : down + height, across : across + width] == labels
    return same
