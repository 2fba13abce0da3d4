"""Landmarks of a smear: points that look the same wherever the frame was laid around them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy import ndimage
from sklearn.decomposition import PCA

# Lengths are in pixels of a thumbnail, 112 of which span the image: a red cell measures about 14 of them.
FINE, COARSE = 2.0, 3.2  # scales of the two blurred pictures whose difference has its extremes at the landmarks
NEIGHBOURHOOD = 5  # within which a landmark is the strongest
REACH = 12  # of what surrounds a landmark and describes it, to each side
SAMPLES = 8  # of those surroundings, along each side
# Grey levels by which a landmark stands out at least: noise of an empty field is no landmark.
WEAKEST = 1.0

N_COMPONENTS = 20
# Patches that the components are fitted on: more do not change them.
N_FITTED = 50_000

_CHUNK = 64


@dataclass(frozen=True)
class Landmarks:
    """Landmarks of all images.

    Attributes:
        image: int32 array of shape (m,), indices of the images.
        position: int32 array of shape (m, 2), row and column in the thumbnail.
        descriptor: float32 array of shape (m, d): principal components of the surroundings, whose grey levels were
            brought to mean 0 and norm 1. Equal surroundings lie at distance 0, unrelated ones around 1.
    """

    image: np.ndarray
    position: np.ndarray
    descriptor: np.ndarray


def find_landmarks(thumbnails: np.ndarray, hidden: np.ndarray, n_per_image: int, workers: int) -> Landmarks:
    """Find and describe the points of each image that stand out most from their surroundings.

    They are the extremes of a difference of Gaussians (Lowe 2004, doi 10.1023/B:VISI.0000029664.99615.94), at one
    scale and without orientation: smears that are photographed twice are shifted, not turned or magnified.

    Args:
        thumbnails: uint8 array of shape (n, 112, 112), grey levels.
        hidden: bool array of the same shape: pixels that show no smear, such as a scale bar. No landmark has one
            in its surroundings.
        n_per_image: Most landmarks of an image, the strongest.
        workers: Number of threads.
    """
    starts = range(0, len(thumbnails), _CHUNK)
    with ThreadPoolExecutor(workers) as pool:
        found = pool.map(
            lambda start: list(
                _landmarks_of(thumbnails[start : start + _CHUNK], hidden[start : start + _CHUNK], n_per_image)
            ),
            starts,
        )
        images = list(chain.from_iterable(found))
    counts = [len(position) for position, _ in images]
    image = np.repeat(np.arange(len(images), dtype=np.int32), counts)
    if len(image) < 2:  # there is nothing to tell apart, and no component to tell by
        return Landmarks(image[:0], np.empty((0, 2), np.int32), np.empty((0, N_COMPONENTS), np.float32))
    patches = np.concatenate([patch for _, patch in images])
    return Landmarks(image, np.concatenate([position for position, _ in images]), _reduce(patches))


def _landmarks_of(
    thumbnails: np.ndarray, hidden: np.ndarray, n_per_image: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield positions and patches (m, SAMPLES ** 2), float16, for each image of a chunk."""
    grey = thumbnails.astype(np.float32)
    fine = ndimage.gaussian_filter(grey, (0, FINE, FINE))
    response = np.abs(fine - ndimage.gaussian_filter(grey, (0, COARSE, COARSE)))
    strongest = response == ndimage.maximum_filter(response, (1, NEIGHBOURHOOD, NEIGHBOURHOOD))
    surrounded = ~ndimage.maximum_filter(hidden, (1, 2 * REACH + 1, 2 * REACH + 1))
    inside = np.zeros(grey.shape[1:], dtype=bool)
    inside[REACH:-REACH, REACH:-REACH] = True
    offsets = np.rint((np.arange(SAMPLES) - (SAMPLES - 1) / 2) * (2 * REACH / SAMPLES)).astype(int)
    for picture, strength, candidates in zip(fine, response, strongest & surrounded & inside, strict=True):
        rows, columns = np.nonzero(candidates & (strength > WEAKEST))
        best = np.argsort(-strength[rows, columns], kind="stable")[:n_per_image]
        position = np.stack([rows[best], columns[best]], axis=1).astype(np.int32)
        patches = picture[
            position[:, 0, None, None] + offsets[:, None], position[:, 1, None, None] + offsets[None, :]
        ].reshape(len(position), SAMPLES**2)
        patches -= patches.mean(axis=1, keepdims=True)
        patches /= np.linalg.norm(patches, axis=1, keepdims=True) + np.finfo(np.float32).eps
        yield position, patches.astype(np.float16)


def _reduce(patches: np.ndarray) -> np.ndarray:
    """Reduce patches to their principal components, in pieces, so that they are not in memory twice."""
    sample = patches[:: max(len(patches) // N_FITTED, 1)].astype(np.float32)
    n_components = min(N_COMPONENTS, *sample.shape)
    with np.errstate(invalid="ignore"):  # where all patches are the same, there is no variance to share out
        components = PCA(n_components, svd_solver="covariance_eigh").fit(sample)
    pieces = np.array_split(patches, max(len(patches) // N_FITTED, 1))
    return np.concatenate([components.transform(piece.astype(np.float32)) for piece in pieces]).astype(np.float32)
