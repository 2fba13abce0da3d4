"""Which images were taken with one setting of the microscope: streams."""

import re

import numpy as np
import pandas as pd

# A kind of scale bar makes a stream if at least this share of its class has it. Fewer images are more likely bars that
# were misread than a setting of the microscope, and are too few to say anything where they are held out. A share and
# no number, so that it means the same in a class of sixty images as in one of a hundred thousand.
SMALLEST_STREAM = 0.05


def name_streams(images: pd.DataFrame) -> pd.Series:
    """Name the stream of every image: what one class has of one kind of scale bar.

    A laboratory works smear by smear with one setting of the microscope, so that a stream is what is most alike in
    stain and light without being one session. The few images of a kind that is too rare to be a setting belong to the
    stream of what was taken before them in the order of their numbers, or after them where they come first. The most
    frequent kind of a class always is a stream.

    Args:
        images: Columns `image_id`, `label` and `scale_bar`.

    Returns:
        `stream_id` of each image, "<label>/<scale bar>", by the index of `images`.
    """
    streams = pd.Series(index=images.index, dtype="str", name="stream_id")
    own = images["label"] + "/" + images["scale_bar"]
    for _, members in images.groupby("label", sort=True):
        members = in_file_order(members)
        counts = own[members.index].value_counts()
        frequent = counts.index[counts >= min(SMALLEST_STREAM * len(members), counts.max())]
        of_class = own[members.index]
        streams[members.index] = of_class.where(of_class.isin(frequent)).ffill().bfill()
    return streams


def in_file_order(images: pd.DataFrame) -> pd.DataFrame:
    """Sort images by their names, "smear 10" after "smear 9".

    Args:
        images: Column `image_id`.
    """
    return images.iloc[np.argsort(images["image_id"].map(_natural).to_numpy(), kind="stable")]


def _natural(name: str) -> str:
    return re.sub(r"\d+", lambda number: number[0].zfill(20), name)
