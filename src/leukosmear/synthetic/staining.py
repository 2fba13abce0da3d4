"""Stains as optical densities, after Beer and Lambert.

What is drawn is the amount of each dye; light falls off as 10 ** -(sum of amount * density), channel by
channel, so that overlapping cells darken as they do in a smear. Each acquisition has a stain of its own,
between the extremes below.
"""

from dataclasses import dataclass

import numpy as np

from leukosmear.synthetic.outline import Image

# The dyes: layers of a drawn field, in this order.
CHROMATIN, CYTOPLASM, HAEMOGLOBIN, SMUDGE = range(4)
N_DYES = 4

# Optical densities in red, green, blue at amount 1: -log10 of colours picked to resemble Giemsa-type
# stains. Rows: blue-violet, purple, magenta.
_CHROMATIN = np.array([[0.46, 0.56, 0.10], [0.36, 0.60, 0.12], [0.22, 0.52, 0.10]])
# Rows: pale blue, lilac.
_CYTOPLASM = np.array([[0.22, 0.15, 0.02], [0.16, 0.19, 0.03]])
# Rows: grey-blue, blue, beige, salmon.
_HAEMOGLOBIN = np.array([[0.135, 0.100, 0.080], [0.215, 0.135, 0.040], [0.080, 0.105, 0.090], [0.035, 0.125, 0.125]])
_SMUDGE = np.array([0.06, 0.17, 0.04])


@dataclass(frozen=True, slots=True)
class Stain:
    """A staining: optical density of each dye in red, green and blue, shape (N_DYES, 3)."""

    densities: Image

    def transmit(self, amounts: Image) -> Image:
        """Return the share of light, 0 to 1, that passes.

        Args:
            amounts: Amount of each dye, shape (height, width, N_DYES).

        Returns:
            Transmittance in red, green and blue, shape (height, width, 3).
        """
        exponent = amounts @ (-np.log(10.0) * self.densities)
        return np.exp(exponent, out=exponent)


def random_stain(rng: np.random.Generator) -> Stain:
    """Draw a stain: a mixture of the extremes, and a strength for each dye."""
    densities = np.stack(
        [
            rng.dirichlet([0.8] * len(_CHROMATIN)) @ _CHROMATIN * rng.uniform(0.85, 1.15),
            rng.dirichlet([1.0] * len(_CYTOPLASM)) @ _CYTOPLASM * rng.uniform(0.85, 1.15),
            rng.dirichlet([0.35] * len(_HAEMOGLOBIN)) @ _HAEMOGLOBIN * rng.uniform(0.8, 1.2),
            _SMUDGE * rng.uniform(0.7, 1.3),
        ]
    )
    return Stain(densities)
