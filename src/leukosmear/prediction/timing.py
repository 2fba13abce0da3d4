"""How long a model takes for one image, the whole way from the bytes of its file to probabilities."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pandas as pd

from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.preparation import accepted_files

TIMED_IMAGES = 10


def time_one_image(
    answer: Callable[[bytes], Any], raw_images: ImageFolder, accepted_images: pd.DataFrame, split: pd.DataFrame
) -> float:
    """Measure how long a model takes for the file of an image on its own.

    Args:
        answer: Applies the model to the bytes of a file.
        raw_images: The data set's folder.
        accepted_images: Columns `image_id`, `file_name` and `sha256`.
        split: Columns `image_id` and `side`; the first test images are taken.

    Returns:
        The median in milliseconds, after one call that is not counted; reading the file does not count.
    """
    test = split.loc[split["side"] == "test", "image_id"].head(TIMED_IMAGES)
    files = accepted_files(raw_images.files, accepted_images[accepted_images["image_id"].isin(test)])
    contents = [file.read() for file in files]
    answer(contents[0])
    seconds = []
    for data in contents:
        start = time.perf_counter()
        answer(data)
        seconds.append(time.perf_counter() - start)
    return 1000 * median(seconds)
