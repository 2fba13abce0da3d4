"""How images are divided into train, validation and test, and what each protocol promises."""

from leukosmear.splitting.protocols import PROTOCOLS, split_by_acquisition, split_by_image

__all__ = ["PROTOCOLS", "split_by_acquisition", "split_by_image"]
