"""The search for images that show the same field of view, one shifted against the other.

Comparing all pairs would cost the square of the number of images. So every image is reduced to a few dozen landmarks,
a tree over all landmarks of the data set tells which of them look alike, and only pairs of images that share a landmark
are laid upon each other and compared.

How well two unrelated images fit by chance depends on the magnification and on the smear, so it is measured on the data
set itself: mirrored images go through the same search. No smear is its own mirror image, so whatever fits there fits by
chance. (Target and decoy searches of proteomics do the same: Elias and Gygi 2007, doi 10.1038/nmeth1019.)
"""

import numpy as np
import pandas as pd
from scipy import ndimage
from scipy.spatial import KDTree
from scipy.stats import median_abs_deviation, norm

from leukosmear.parameters import SameFieldParameters
from leukosmear.resemblance.landmarks import Landmarks, find_landmarks

# Distance of descriptors below which landmarks look alike, and how many such neighbours each landmark may have. Two
# photographs of one point lie closer than this on the 3,256 real images, nearly all that are not lie further apart.
ALIKE = 0.24
NEIGHBOURS = 3
# How much nearer than the found neighbour (1 + this times) one may lie that the search passes over. It makes the search
# five times faster, and a pair has many landmarks to be found by.
TOLERANCE = 1.5

# Thumbnail pixels to within which a shift is known from landmarks.
LEEWAY = 4
# Different shifts of one pair that are tried, those of most landmarks first.
SHIFTS_TRIED = 2
# What is correlated are differences of grey levels from the surroundings, cut off at these. Otherwise a shade that runs
# over the frame, or a single dark cell in an empty field, would make different fields alike.
SURROUNDINGS = 10.0  # standard deviation of the Gaussian, in thumbnail pixels
STRONGEST = 40  # grey levels

# Correlation below which a shift is given up that is two pixels off at most: the right one is far above.
HOPELESS = 0.3

# Images whose mirror images are searched for, at most, and chance fits below which they say too little.
MIRRORED = 400
LEAST_CHANCE_FITS = 20
# Pairs that chance may contribute to the whole data set.
FALSE_PAIRS = 0.05


def search_same_fields(thumbnails: np.ndarray, hidden: np.ndarray, parameters: SameFieldParameters) -> pd.DataFrame:
    """Find the pairs of images that show the same field of view.

    Args:
        thumbnails: uint8 array of shape (n, size, size): grey levels of whole images, each reduced to a square.
        hidden: bool array of the same shape: pixels that show no smear.
        parameters: Number of landmarks, and what overlap and correlation a pair needs at least.

    Returns:
        Columns `a` and `b` (indices of images, a < b), `row` and `column` (where b's frame begins in a's, in pixels of
        the thumbnail), `overlap` (share of the frame) and `correlation`, sorted by a and b.
    """
    n = len(thumbnails)
    mirrored = np.unique(np.linspace(0, n - 1, min(n, MIRRORED), dtype=int))
    source = np.concatenate([np.arange(n), mirrored])
    thumbnails = np.concatenate([thumbnails, thumbnails[mirrored, :, ::-1]])
    hidden = np.concatenate([hidden, hidden[mirrored, :, ::-1]])
    landmarks = find_landmarks(thumbnails, hidden, parameters.landmarks, parameters.workers)
    candidates = propose_pairs(landmarks, parameters.workers)
    sought = (candidates["a"] < n) & (source[candidates["a"]] != source[candidates["b"]])
    details = stand_out(thumbnails)
    rows = [
        (a, b, *best_shift(details[a], details[b], hidden[a], hidden[b], (row, column), parameters.min_overlap))
        for a, b, row, column in candidates[sought].itertuples(index=False)
    ]
    fits = pd.DataFrame(rows, columns=["a", "b", "row", "column", "overlap", "correlation"])
    of_two_images = fits["b"] < n
    pairs = fits[of_two_images & (fits["correlation"] >= parameters.min_correlation)]
    pairs = pairs[evidence(pairs) >= beyond_chance(evidence(fits[~of_two_images]), int(of_two_images.sum()))]
    # Where two shifts of a pair were tried, the better one counts.
    best = pairs.sort_values(["a", "b", "correlation"]).drop_duplicates(["a", "b"], keep="last")
    return best.reset_index(drop=True)


def evidence(fits: pd.DataFrame) -> np.ndarray:
    """Weigh correlations by what they were measured on, as a test of significance does.

    By chance a correlation over a quarter of the frame spreads twice as far as one over all of it. Times the root of
    the overlap, chance has the same, nearly normal distribution everywhere.
    """
    return fits["correlation"].to_numpy() * np.sqrt(fits["overlap"].to_numpy())


def beyond_chance(chance: np.ndarray, n_fits: int) -> float:
    """Find what the evidence of a pair has to reach, lest chance contribute more than `FALSE_PAIRS` pairs.

    Args:
        chance: Evidence of fits that are known to be chance.
        n_fits: Number of fits among which pairs are looked for.

    Returns:
        The threshold; -1, which everything reaches, where too little is known of chance.
    """
    chance = chance[chance > -0.5]  # those without enough overlap were not measured
    if len(chance) < LEAST_CHANCE_FITS:
        return -1.0
    spread = median_abs_deviation(chance, scale="normal")
    return float(np.median(chance) + norm.isf(FALSE_PAIRS / max(n_fits, 1)) * spread)


def propose_pairs(landmarks: Landmarks, workers: int) -> pd.DataFrame:
    """Propose pairs of images that have landmarks in common, and how they are shifted.

    Returns:
        Columns `a`, `b`, `row`, `column` as in `search_same_fields`; a pair may be proposed with `SHIFTS_TRIED` shifts.
    """
    descriptor = landmarks.descriptor
    distance, neighbour = KDTree(descriptor).query(
        descriptor, k=NEIGHBOURS + 1, distance_upper_bound=ALIKE, eps=TOLERANCE, workers=workers
    )
    origin = np.broadcast_to(np.arange(len(descriptor))[:, None], neighbour.shape)
    alike = np.isfinite(distance)
    alike[alike] = landmarks.image[origin[alike]] != landmarks.image[neighbour[alike]]
    # Landmarks are numbered in the order of their images, so the lower one is that of the first image.
    first = np.minimum(origin[alike], neighbour[alike])
    second = np.maximum(origin[alike], neighbour[alike])
    shift = landmarks.position[first] - landmarks.position[second]
    matches = pd.DataFrame(
        {"a": landmarks.image[first], "b": landmarks.image[second], "row": shift[:, 0], "column": shift[:, 1]}
    )
    nearby = (matches[["row", "column"]] / LEEWAY).round().astype(int)
    groups = matches.groupby([matches["a"], matches["b"], nearby["row"].rename("y"), nearby["column"].rename("x")])
    shifts = groups[["row", "column"]].median().round().astype(int).assign(votes=groups.size())
    by_votes = shifts.reset_index(["a", "b"]).sort_values(
        ["a", "b", "votes"], ascending=[True, True, False], kind="stable"
    )
    tried = by_votes[by_votes.groupby(["a", "b"]).cumcount() < SHIFTS_TRIED]
    return tried[["a", "b", "row", "column"]].reset_index(drop=True)


def stand_out(thumbnails: np.ndarray) -> np.ndarray:
    """Subtract from each pixel what surrounds it.

    Args:
        thumbnails: uint8 array of shape (n, size, size), grey levels.

    Returns:
        int8 array of the same shape, from -STRONGEST to STRONGEST.
    """
    details = np.empty(thumbnails.shape, np.int8)
    for place, grey in enumerate(thumbnails):
        surroundings = ndimage.gaussian_filter(grey.astype(np.float32), SURROUNDINGS, truncate=2)
        details[place] = np.clip(np.rint(grey - surroundings), -STRONGEST, STRONGEST)
    return details


def best_shift(
    a: np.ndarray,
    b: np.ndarray,
    hidden_a: np.ndarray,
    hidden_b: np.ndarray,
    shift: tuple[int, int],
    min_overlap: float,
) -> tuple[int, int, float, float]:
    """Look around a shift for the one at which two images fit best.

    Args:
        a: What stands out, of shape (size, size).
        b: Grey levels of the same shape.
        hidden_a: bool array of the same shape: pixels to leave out.
        hidden_b: The same for b.
        shift: Row and column in a at which b's frame begins, to within `LEEWAY`.
        min_overlap: Shifts with less in common do not count.

    Returns:
        The row and column, the overlap (share of the frame), and the correlation there, -1 where
        no shift leaves enough overlap.
    """
    best = _best_around(shift, LEEWAY // 2, coarse := _Fits(a, b, hidden_a, hidden_b, min_overlap, every=2))
    if coarse[best][1] < HOPELESS:
        return (*best, *coarse[best])
    fits = _Fits(a, b, hidden_a, hidden_b, min_overlap, every=1)
    while (better := _best_around(best, 1, fits)) != best:
        best = better
    return (*best, *fits[best])


class _Fits(dict[tuple[int, int], tuple[float, float]]):
    """Overlap and correlation by shift, computed when they are asked for."""

    def __init__(
        self, a: np.ndarray, b: np.ndarray, hidden_a: np.ndarray, hidden_b: np.ndarray, min_overlap: float, every: int
    ) -> None:
        super().__init__()
        self._images = (a, b, hidden_a, hidden_b)
        self._min_overlap, self._every = min_overlap, every

    def __missing__(self, shift: tuple[int, int]) -> tuple[float, float]:
        overlap, correlation = correlate(*self._images, shift, self._every)
        self[shift] = (overlap, correlation) if overlap >= self._min_overlap else (overlap, -1.0)
        return self[shift]


def _best_around(start: tuple[int, int], step: int, fits: _Fits) -> tuple[int, int]:
    around = (0, -step, step)
    return max(((start[0] + dy, start[1] + dx) for dy in around for dx in around), key=lambda shift: fits[shift][1])


def correlate(
    a: np.ndarray, b: np.ndarray, hidden_a: np.ndarray, hidden_b: np.ndarray, shift: tuple[int, int], every: int = 1
) -> tuple[float, float]:
    """Correlate two images where they overlap (normalised cross-correlation).

    Args:
        a: What stands out, of shape (size, size).
        b: Grey levels of the same shape.
        hidden_a: bool array of the same shape: pixels to leave out.
        hidden_b: The same for b.
        shift: Row and column in a at which b's frame begins.
        every: 2 looks at every second row and column only, and so on.

    Returns:
        The overlap as a share of the frame, and the correlation, 0 where one of the two is without any contrast there.
    """
    size = a.shape[0]
    row, column = shift
    in_a = (slice(max(0, row), size + min(0, row), every), slice(max(0, column), size + min(0, column), every))
    in_b = (slice(max(0, -row), size + min(0, -row), every), slice(max(0, -column), size + min(0, -column), every))
    overlap = max(size - abs(row), 0) * max(size - abs(column), 0) / size**2
    if not overlap:
        return 0.0, 0.0
    seen = ~(hidden_a[in_a] | hidden_b[in_b])
    ours, theirs = a[in_a][seen].astype(np.float32), b[in_b][seen].astype(np.float32)
    if not ours.size:
        return overlap, 0.0
    ours -= ours.mean()
    theirs -= theirs.mean()
    norm = float(np.linalg.norm(ours) * np.linalg.norm(theirs))
    # Rounding may take it a little past 1.
    return overlap, float(np.clip(ours @ theirs / norm, -1, 1)) if norm else 0.0
