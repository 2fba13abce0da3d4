"""How well the images were taken: flags on single images, and the shape of the data set's pixels."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from leukosmear.inventory import accepted
from leukosmear.parameters import QualityParameters

# From a median absolute deviation to a standard deviation, for normally distributed values.
MAD_TO_SD = 1.4826

# Fewer images of a class than this say too little about what is usual in it.
SMALLEST_CLASS = 10

# Spreads are taken to be no smaller than this, so that in a class of images all alike (of spread 0) no difference that
# the eye cannot see is flagged: one grey level, one grey level, and a tenth of the sharpness.
LEAST_SPREAD = {"brightness": 1.0, "contrast": 1.0, "sharpness": 0.1}

# Aspect ratios tried, evenly spaced on a logarithmic scale.
ASPECT_RATIOS = np.geomspace(0.5, 2, 61)

# Standard deviation of the smoothing for the aspect ratio, in thumbnail pixels: enough to leave noise and the blocks of
# JPEG behind, little enough for the outlines of cells. From 0.5 to 2 the estimate moves by 0.03.
SMOOTHING = 1.5

N_RESAMPLES = 500


@dataclass(frozen=True)
class AspectEstimate:
    """How many times taller than wide what is round looks in the files: 4/3 where a 4:3 frame was saved as a square.

    Attributes:
        aspect: The estimate.
        low: Lower end of its 95 % interval.
        high: Upper end.
        n_images: Images it was measured on.
    """

    aspect: float
    low: float
    high: float
    n_images: int


def flag_quality(measurements: pd.DataFrame, parameters: QualityParameters) -> pd.Series:
    """Flag images that are far from usual in their class; nothing is dropped for it.

    What is far is judged by the modified z-score of Iglewicz and Hoaglin (How to Detect and Handle Outliers, 1993),
    whose proposal of 3.5 is the default: by median and median absolute deviation, which outliers do not move. Sharpness
    is compared on a logarithmic scale.

    Args:
        measurements: The file measurements.
        parameters: `max_deviation` is that limit.

    Returns:
        For each row the flags "blurred", "dark", "bright" and "low contrast", joined by ", "; "" where there are none,
        for rejected files, and in classes of fewer than SMALLEST_CLASS usable images.
    """
    images = accepted(measurements)
    deviation = {
        name: _deviation(_comparable(images[name].astype(float), name), images["label"], LEAST_SPREAD[name])
        for name in LEAST_SPREAD
    }
    limit = parameters.max_deviation
    found = {
        "blurred": deviation["sharpness"] < -limit,
        "dark": deviation["brightness"] < -limit,
        "bright": deviation["brightness"] > limit,
        "low contrast": deviation["contrast"] < -limit,
    }
    flags = pd.Series("", index=images.index, dtype="str", name="quality")
    for name, where in found.items():
        flags[where] += ", " + name
    return flags.str.removeprefix(", ").reindex(measurements.index, fill_value="")


def _comparable(values: pd.Series, name: str) -> pd.Series:
    # A logarithm needs more than the sharpness of a blank image, which is 0.
    return np.log(values.clip(lower=0.01)) if name == "sharpness" else values


def _deviation(values: pd.Series, label: pd.Series, least_spread: float) -> pd.Series:
    """Measure the distance from the median of the class in robust standard deviations; 0 in too small classes."""
    from_median = values - values.groupby(label).transform("median")
    spread = MAD_TO_SD * from_median.abs().groupby(label).transform("median")
    deviation = from_median / spread.clip(lower=least_spread)
    return deviation.where(label.groupby(label).transform("size") >= SMALLEST_CLASS, 0.0)


def measure_aspect(
    thumbnails: dict[str, np.ndarray], file_measurements: pd.DataFrame, parameters: QualityParameters
) -> dict[str, Any]:
    """Measure how many times taller than wide round things look in the files.

    Args:
        thumbnails: `image_id` and `grey` of the accepted images.
        file_measurements: `FileMeasurements`.
        parameters: How many images are drawn, and the seed.

    Returns:
        `aspect`, the ends `low` and `high` of its 95 % interval, and `n_images`; None where no image shows anything.
    """
    images = accepted(file_measurements)
    estimate = estimate_aspect(thumbnails["grey"], images, parameters)
    if estimate is None:
        return {"aspect": None, "low": None, "high": None, "n_images": 0}
    return asdict(estimate)


def estimate_aspect(
    thumbnails: np.ndarray, measurements: pd.DataFrame, parameters: QualityParameters
) -> AspectEstimate | None:
    """Estimate how a data set's images were squeezed.

    Cells lie in all directions, so over many images grey levels change as fast to the right as downwards. Squeezed to
    1/a of its width, a picture changes a times as fast to the right. Measuring that takes smoothing, which must be as
    strong in both directions of the *unsqueezed* picture; so the a is sought for which smoothing undone by a gives a
    ratio of a (affine shape adaptation: Lindeberg and Garding 1997, doi 10.1016/S0262-8856(97)01144-X). It needs no
    segmentation, and is computed from power spectra. The interval is a bootstrap over images (percentiles).

    Args:
        thumbnails: Grey levels of the accepted images, squeezed to a square: uint8 of shape (n, side, side).
        measurements: The file measurements of those images, in the same order: n rows.
        parameters: `aspect_images` are drawn by `seed`.

    Returns:
        Estimate and interval, both within 0.5 to 2; None if no image shows anything.

    Raises:
        ValueError: If there are not as many thumbnails as measurements.
    """
    if len(thumbnails) != len(measurements):
        raise ValueError(
            f"Expected a row of measurements for each thumbnail. Found {len(measurements)} and {len(thumbnails)}."
        )
    generator = np.random.default_rng(parameters.seed)
    drawn = np.sort(generator.permutation(len(thumbnails))[: parameters.aspect_images])
    images = measurements.iloc[drawn]
    spectra = _power_spectra(_without_bars(thumbnails[drawn], images))
    shapes = (images["width"] / images["height"]).to_numpy(float)
    shows_something = spectra.sum(axis=1) > 0
    if not shows_something.any():
        return None
    energies = _gradient_energies(spectra[shows_something], shapes[shows_something], thumbnails.shape[1])
    n_images = len(energies)
    weights = generator.multinomial(n_images, np.full(n_images, 1 / n_images), size=N_RESAMPLES)
    resampled = _fixed_point(np.tensordot(weights, energies, axes=1))
    low, high = np.quantile(resampled, [0.025, 0.975])
    return AspectEstimate(float(_fixed_point(energies.sum(axis=0))), float(low), float(high), n_images)


def _without_bars(thumbnails: np.ndarray, images: pd.DataFrame) -> np.ndarray:
    """Paint scale bars, whose edges all run one way, in the median grey of the image."""
    side = thumbnails.shape[1]
    thumbnails = thumbnails.copy()
    barred = images["bar_left"].notna().to_numpy()
    for i in np.flatnonzero(barred):
        row = images.iloc[i]
        left, right = (int(row[name]) * side / row["width"] for name in ("bar_left", "bar_right"))
        top, bottom = (int(row[name]) * side / row["height"] for name in ("bar_top", "bar_bottom"))
        box = np.s_[int(top) : int(np.ceil(bottom)), int(left) : int(np.ceil(right))]
        thumbnails[i][box] = np.median(thumbnails[i])
    return thumbnails


def _power_spectra(thumbnails: np.ndarray) -> np.ndarray:
    """Compute half of each power spectrum, the frame faded out: float32 of shape (n, side * (side // 2 + 1))."""
    side = thumbnails.shape[1]
    window = np.outer(np.hanning(side), np.hanning(side)).astype(np.float32)
    grey = thumbnails.astype(np.float32)
    grey -= grey.mean(axis=(1, 2), keepdims=True)
    power = np.abs(np.fft.rfft2(grey * window)) ** 2
    power[:, :, 1 : (side + 1) // 2] *= 2  # the half that a real image repeats
    return power.reshape(len(thumbnails), side * (side // 2 + 1)).astype(np.float32)


def _gradient_energies(spectra: np.ndarray, shapes: np.ndarray, side: int) -> np.ndarray:
    """Average the squares of the changes to the right and downwards, under the smoothing of each of ASPECT_RATIOS.

    Args:
        spectra: Power spectra of shape (n, side * (side // 2 + 1)).
        shapes: Width over height of each file.
        side: Height and width of the thumbnails.

    Returns:
        Shape (n, ratios, 2), each image weighing the same.
    """
    down = 2 * np.pi * np.fft.fftfreq(side)[:, None]
    right = 2 * np.pi * np.fft.rfftfreq(side)[None]
    energies = np.empty((len(spectra), len(ASPECT_RATIOS), 2))
    shapes = np.exp(np.round(np.log(shapes), 1))  # to a tenth, so that few different ones are left
    for shape in np.unique(shapes):
        # Thumbnails are square whatever the file is: back to the file's own directions.
        right2, down2 = right**2 / shape, down**2 * shape
        smooth = [np.exp(-(SMOOTHING**2) * (right2 / ratio + down2 * ratio)) for ratio in ASPECT_RATIOS]
        weights = np.array([[(right2 * g).ravel(), (down2 * g).ravel()] for g in smooth], np.float32)
        alike = shapes == shape
        energies[alike] = np.tensordot(spectra[alike], weights, axes=([1], [2]))
    return energies / energies.sum(axis=(1, 2), keepdims=True)


def _fixed_point(energies: np.ndarray) -> np.ndarray:
    """Find where the ratio found is the ratio that was assumed, between the two tried ones next to it.

    Args:
        energies: Shape (..., ratios, 2).
    """
    assumed = np.log(ASPECT_RATIOS)
    excess = np.log(energies[..., 0] / energies[..., 1]) / 2 - assumed
    after = np.clip((excess > 0).sum(axis=-1), 1, len(assumed) - 1)[..., None]
    high, low = (np.take_along_axis(excess, i, -1)[..., 0] for i in (after - 1, after))
    share = np.clip(high / (high - low), 0, 1)
    return np.exp(assumed[after[..., 0] - 1] + share * (assumed[1] - assumed[0]))
