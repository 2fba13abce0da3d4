"""From an image of a smear to its stained cells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukosmear.cells.colours import lab_of
from leukosmear.cells.cytoplasm import find_cytoplasm
from leukosmear.cells.nuclei import find_nuclei
from leukosmear.cells.smudges import drop_smudges
from leukosmear.cells.splitting import split_touching

Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Segmentation:
    """The stained cells of an image of shape (height, width).

    Attributes:
        nuclei: int32 (height, width): 1 to n inside of the nuclei, 0 elsewhere.
        cells: int32 (height, width): the same numbers over nucleus and cytoplasm.
        stained: bool (height, width): everything violet, with what is no whole cell, such as platelets and smudges.
    """

    nuclei: Labels
    cells: Labels
    stained: Mask

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return int(self.nuclei.max(initial=0))

    @property
    def cytoplasm(self) -> Labels:
        """int32 (height, width): the numbers of the cells where they are cytoplasm, 0 elsewhere."""
        return np.where(self.nuclei > 0, 0, self.cells)


def segment_cells(rgb: NDArray[np.uint8], hidden: Mask | None = None) -> Segmentation:
    """Find the stained cells of an image whose pixels are square.

    Nuclei are what is violet (`nuclei`), parted where they touch (`splitting`), but for burst ones (`smudges`);
    cytoplasm is what is bluer around them than red cells are (`cytoplasm`). Lengths grow with the image: those in the
    code are for a height of 224 pixels.

    Args:
        rgb: uint8 (height, width, 3); any scale bar filled.
        hidden: bool (height, width): where the image shows nothing, as a scale bar was filled; no cell is found there.

    Returns:
        The cells; none where nothing is stained.
    """
    seen = np.ones(rgb.shape[:2], bool) if hidden is None else ~hidden
    lab = lab_of(rgb)
    mask, stained = find_nuclei(lab, seen)
    nuclei = drop_smudges(lab[..., 0], split_touching(mask))
    return Segmentation(nuclei, find_cytoplasm(lab, nuclei, stained, seen), stained)
