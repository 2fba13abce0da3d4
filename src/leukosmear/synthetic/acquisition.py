"""A synthetic acquisition: one smear's preparation, and the microscope and camera that photograph it.

Nothing here knows of the class of a smear.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from leukosmear.synthetic.outline import Image
from leukosmear.synthetic.seeding import generator
from leukosmear.synthetic.staining import Stain, random_stain


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a smear came out.

    Attributes:
        red_cell_density: Red cells over their usual number.
        clumping: Share of the red cells that lie against another one.
        pallor: Depth of the central pallor, 0 to 1.
        pallor_width: Radius of the pallor over that of the red cell.
        crenation: Share of the red cells with a scalloped outline.
        haze: Optical density of the dried plasma between cells, mean and variation.
        smudges: Mean number of smudge cells in a frame.
        platelets: Mean number of platelets in a frame.
        precipitate: Mean number of specks of stain precipitate in a frame.
    """

    red_cell_density: float
    clumping: float
    pallor: float
    pallor_width: float
    crenation: float
    haze: float
    smudges: float
    platelets: float
    precipitate: float


@dataclass(frozen=True, slots=True)
class Camera:
    """How a microscope and its camera see.

    Attributes:
        white: Brightness of the empty field in red, green and blue, 0 to 255 and above (clipped), shape (3,).
        gradient: Change of brightness from the middle to the right and to the lower edge, shape (2,).
        vignette: Loss of brightness in the corners, per channel, shape (3,).
        blur: Standard deviation of the optical blur in rows.
        sharpening: Strength of the camera's unsharp mask.
        noise: Standard deviation of the sensor's noise in grey levels.
    """

    white: Image
    gradient: Image
    vignette: Image
    blur: float
    sharpening: float
    noise: float


@dataclass(frozen=True, slots=True)
class Acquisition:
    """The stain, preparation and camera that the photographs of an acquisition share."""

    stain: Stain
    preparation: Preparation
    camera: Camera


def random_acquisition(acquisition_id: str, seed: int) -> Acquisition:
    """Draw the acquisition of a name."""
    rng = generator(seed, "acquisition", acquisition_id)
    preparation = Preparation(
        red_cell_density=rng.uniform(0.75, 1.25),
        clumping=rng.uniform(0.25, 0.7),
        pallor=rng.uniform(0.6, 1.0),
        pallor_width=rng.uniform(0.45, 0.75),
        crenation=rng.choice([0.0, 0.05, 0.35]),
        haze=rng.uniform(0.004, 0.02),
        smudges=rng.uniform(0.1, 0.7),
        platelets=rng.uniform(1.0, 5.0),
        precipitate=rng.choice([0.5, 2.0, 8.0]),
    )
    # from yellowish over white to bluish, the hues of lamps and white balances
    warmth = rng.uniform(-1.0, 1.0)
    white = 251.0 * rng.uniform(0.97, 1.05) * (1 + warmth * np.array([0.012, 0.010, -0.035]))
    camera = Camera(
        white=white,
        gradient=rng.normal(0.0, 0.012, size=2),
        # corners turn lilac, as they do through many an objective: green and red fall first
        vignette=rng.uniform(0.02, 0.12) * np.array([0.9, 1.1, 0.25]),
        blur=rng.uniform(0.5, 1.2),
        sharpening=rng.uniform(0.2, 0.9),
        noise=rng.uniform(1.0, 2.5),
    )
    return Acquisition(random_stain(rng), preparation, camera)


def photograph(
    transmittance: Image, camera: Camera, aspect_ratio: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Take a picture, with its own focus, exposure and noise.

    Args:
        transmittance: Share of light that passes, 0 to 1, shape (size, size, 3).
        camera: The camera.
        aspect_ratio: Width of a column over the height of a row; blur is round on the slide only.
        rng: Generator of this very photograph.

    Returns:
        uint8 RGB, shape (size, size, 3).
    """
    blur = camera.blur * np.exp(rng.normal(0.0, 0.15))
    exposure = 1.0 + rng.normal(0.0, 0.012)
    light = _illumination(len(transmittance), camera, rng)
    light *= transmittance
    light *= exposure
    sigma = (blur, blur / aspect_ratio, 0.0)
    light = gaussian_filter(light, sigma, mode="nearest")
    wide = gaussian_filter(light, (1.8, 1.8 / aspect_ratio, 0.0), mode="nearest")
    light *= 1 + camera.sharpening
    wide *= camera.sharpening
    light -= wide
    # common to the channels and a little smooth, as from a sensor whose colour mosaic is interpolated
    noise = gaussian_filter(rng.normal(0.0, camera.noise, size=light.shape[:2]), 0.5)
    light += noise[..., np.newaxis]
    return np.rint(np.clip(light, 0, 255, out=light), out=light).astype(np.uint8)


def _illumination(size: int, camera: Camera, rng: np.random.Generator) -> Image:
    """Return the light of the empty field, 0 to about 255, shape (size, size, 3)."""
    at = (np.arange(size) + 0.5) / size * 2 - 1
    centre_x, centre_y = rng.normal(0.0, 0.08, size=2)
    slope = camera.gradient[0] * at[np.newaxis, :] + camera.gradient[1] * at[:, np.newaxis]
    # squared distance from the centre, 1 in the corners
    fall = ((at[np.newaxis, :] - centre_x) ** 2 + (at[:, np.newaxis] - centre_y) ** 2) / 2
    shape = np.stack([slope + 1, fall], axis=-1)
    return shape @ np.stack([camera.white, -camera.white * camera.vignette])
