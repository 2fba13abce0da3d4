"""Stained cells in smear images: where nuclei are, and the cytoplasm around them."""

from leukosmear.cells.segmentation import Segmentation, segment_cells

__all__ = ["Segmentation", "segment_cells"]
