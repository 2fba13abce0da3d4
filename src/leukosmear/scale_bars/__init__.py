"""The scale bars that microscope software burns into smear images: where, of which kind, how to hide them."""

from leukosmear.scale_bars.boxes import Box, Region, ScaleBar
from leukosmear.scale_bars.filling import fill_regions
from leukosmear.scale_bars.finding import find_scale_bar
from leukosmear.scale_bars.kinds import name_kinds
from leukosmear.scale_bars.masking import masked_regions

__all__ = ["Box", "Region", "ScaleBar", "fill_regions", "find_scale_bar", "masked_regions", "name_kinds"]
