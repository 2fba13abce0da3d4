"""Colour of labelled regions: moments of the channels of three colour spaces (Stricker and Orengo 1995)."""

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2hsv, rgb2lab

Labels = NDArray[np.int32]
Values = dict[str, NDArray[np.float64]]

CHANNELS = ("red", "green", "blue", "hue", "saturation", "value", "lightness", "a", "b")


def measure_colour(rgb: NDArray[np.uint8], labels: Labels, n: int) -> Values:
    """Measure mean, standard deviation and skewness of the colour of regions, in RGB, HSV and CIELAB.

    Args:
        rgb: uint8 (height, width, 3).
        labels: int32 (height, width): 1 to n in the regions, 0 elsewhere.
        n: Number of regions.

    Returns:
        Arrays of shape (n,), missing for a region without pixels: `<channel>_mean`, `<channel>_sd` and
        `<channel>_skewness` of red, green, blue (0 to 255), hue, saturation, value (0 to 1), lightness (0 to 100), a
        and b. Skewness is 0 where a channel does not vary. Hue is an angle, but that of stained cells (blue to red,
        0.5 to 1) is far from where it starts anew.
    """
    where = np.nonzero(labels > 0)
    owner = labels[where]
    pixels = rgb[where][np.argsort(owner, kind="stable")]
    counts = np.bincount(owner, minlength=n + 1)
    owners = np.flatnonzero(counts)
    counts = counts[owners]
    first = np.cumsum(counts) - counts
    shares = (pixels / np.float32(255)).reshape(-1, 1, 3)
    channels = np.hstack([pixels.astype(np.float64), rgb2hsv(shares)[:, 0], rgb2lab(shares)[:, 0]])
    moments = np.full((3, n, len(CHANNELS)), np.nan)
    if len(owners):
        mean = np.add.reduceat(channels, first, axis=0) / counts[:, np.newaxis]
        deviations = channels - np.repeat(mean, counts, axis=0)
        powers = deviations * deviations
        sd = np.sqrt(np.add.reduceat(powers, first, axis=0) / counts[:, np.newaxis])
        powers *= deviations
        third = np.add.reduceat(powers, first, axis=0) / counts[:, np.newaxis]
        varies = sd > 1e-6
        moments[:, owners - 1] = mean, sd, np.where(varies, third / np.where(varies, sd, 1.0) ** 3, 0.0)
    return {
        f"{channel}_{what}": moments[moment, :, place]
        for place, channel in enumerate(CHANNELS)
        for moment, what in enumerate(("mean", "sd", "skewness"))
    }
