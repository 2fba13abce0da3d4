"""Squares that are blanked, so that a network does not rely on one part of an image."""

from typing import Any

from keras import ops

from leukosmear.parameters import AugmentationParameters


def cut_out(images: Any, numbers: Any, parameters: AugmentationParameters) -> Any:  # noqa: ANN401 - tensors of the backend
    """Fill squares with the mean colour of their image.

    The cut-outs of DeVries and Taylor (2017, arXiv:1708.04552): centres lie anywhere in the image, so that squares may
    reach beyond it.

    Args:
        images: float32 tensor of shape (n, height, width, 3).
        numbers: Random numbers from -1 to 1, of shape (n, 2 x cut_outs).
        parameters: How many squares, and how large.
    """
    height, width = images.shape[1:3]
    reach = parameters.cut_out_size * height / 2
    rows, columns = ops.arange(height, dtype="float32") + 0.5, ops.arange(width, dtype="float32") + 0.5
    mean = ops.mean(images, axis=(1, 2), keepdims=True)
    for index in range(parameters.cut_outs):
        centre_row = (numbers[:, 2 * index, None] + 1) / 2 * height
        centre_column = (numbers[:, 2 * index + 1, None] + 1) / 2 * width
        in_rows = ops.abs(rows - centre_row) < reach
        in_columns = ops.abs(columns - centre_column) < reach
        images = ops.where((in_rows[:, :, None] & in_columns[:, None, :])[..., None], mean, images)
    return images
