"""The protocols: every way of dividing the images that there is, and what pages say of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from leukosmear.parameters import SplitParameters
from leukosmear.splitting.dealing import count_groups, deal_acquisitions, deal_images, leave_group_out


@dataclass(frozen=True)
class Protocol:
    """A way of dividing the images.

    Attributes:
        name: As the setting `protocol` has it.
        words: How images are divided, after "images are split".
        lost: What a model can no longer do under it, after "part of the accuracy comes from"; empty for the first.
        deal: From images, fold and parameters to the side of each image, whose promise is checked.
        count_folds: From images and parameters to the number of folds.
        groups: Column of the inventory that names what is dealt; without it the protocol cannot be used.
    """

    name: str
    words: str
    lost: str
    deal: Callable[[pd.DataFrame, int, SplitParameters], pd.Series]
    count_folds: Callable[[pd.DataFrame, SplitParameters], int]
    groups: str

    @property
    def keeps_acquisitions(self) -> bool:
        """Whether acquisitions stay on one side; what is chosen by cross-validation in train has to keep them, too."""
        return self.groups != "image_id"


def _count_as_set(images: pd.DataFrame, parameters: SplitParameters) -> int:
    return parameters.folds


def _leave_out(column: str, words: str, lost: str) -> Protocol:
    return Protocol(
        name=f"leave_{column.removesuffix('_id')}_out",
        words=words,
        lost=lost,
        deal=partial(leave_group_out, column=column),
        count_folds=lambda images, parameters: count_groups(images, column),
        groups=column,
    )


# In the order in which pages show them, from the easiest to the hardest.
PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol("random", "by image, stratified by class", "", deal_images, _count_as_set, "image_id"),
        Protocol(
            "acquisition",
            "by acquisition, none of which is on two sides",
            "recognising acquisitions that training images show",
            deal_acquisitions,
            _count_as_set,
            "acquisition_id",
        ),
        _leave_out(
            "stream_id",
            "by stream: of each class with several kinds of scale bar, one kind is in the test split alone",
            "recognising how a series of images was taken",
        ),
        _leave_out(
            "smear_id",
            "by smear: of each class with several smears, one is in the test split alone",
            "recognising smears that training images show",
        ),
    )
}


def find_protocol(name: str) -> Protocol:
    """Look up a protocol.

    Raises:
        ValueError: If there is none of that name.
    """
    if name not in PROTOCOLS:
        raise ValueError(
            f"Expected the setting `protocol` to be one of {', '.join(PROTOCOLS)}. Found '{name}'. Correct it in "
            "--params or in a globals.yml of conf/."
        )
    return PROTOCOLS[name]
