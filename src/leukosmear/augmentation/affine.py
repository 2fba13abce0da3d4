"""Rotation, shifts, shear, zoom and flips, composed into one map per image, and the one resampling they take."""

import math
from typing import Any

from keras import ops

from leukosmear.parameters import AugmentationParameters

# Random numbers that a map takes.
N_NUMBERS = 8


def affine_maps(numbers: Any, height: int, width: int, parameters: AugmentationParameters) -> Any:  # noqa: ANN401 - tensors of the backend
    """Compose one map per image.

    Args:
        numbers: Random numbers from -1 to 1, of shape (n, 8).
        height: Height of the images, in pixels.
        width: Their width.
        parameters: How large the changes may be.

    Returns:
        float32 tensor of shape (n, 6): a, b, c, d, e, f take what is shown at (x, y), in pixels from the centre of the
        first, from (a x + b y + c, d x + e y + f).
    """
    turn, lean, zoom_x, zoom_y, move_x, move_y, mirror_x, mirror_y = (numbers[:, index] for index in range(N_NUMBERS))
    angle = turn * math.radians(parameters.rotation)
    shear = lean * math.radians(parameters.shear)
    stretch_x = 1 + zoom_x * parameters.zoom
    stretch_y = 1 + zoom_y * parameters.zoom
    if parameters.horizontal_flip:
        stretch_x = ops.where(mirror_x < 0, -stretch_x, stretch_x)
    if parameters.vertical_flip:
        stretch_y = ops.where(mirror_y < 0, -stretch_y, stretch_y)
    # rotation @ shear @ zoom; a sheared y axis leans by `shear`, as in the image generator of the paper.
    a = ops.cos(angle) * stretch_x
    b = -ops.sin(angle + shear) * stretch_y
    d = ops.sin(angle) * stretch_x
    e = ops.cos(angle + shear) * stretch_y
    # About the image's centre instead of its corner.
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    c = centre_x + move_x * parameters.width_shift * width - a * centre_x - b * centre_y
    f = centre_y + move_y * parameters.height_shift * height - d * centre_x - e * centre_y
    return ops.stack([a, b, c, d, e, f], axis=-1)


def resample(images: Any, maps: Any, fill_mode: str) -> Any:  # noqa: ANN401 - tensors of the backend
    """Draw every image anew where its map says, between pixels bilinearly.

    `keras.ops.image.affine_transform` does the same, but takes two to three times as long under TensorFlow and seven
    times as long under JAX, on a CPU, and the two of them disagree beyond the edges.

    Args:
        images: Tensor of shape (n, height, width, 3), best uint8: the fewer bytes are gathered the better.
        maps: As `affine_maps` makes them.
        fill_mode: What lies beyond the edge: nearest, reflect, wrap or constant (black).

    Returns:
        float32 tensor of the shape of `images`.
    """
    height, width = images.shape[1:3]
    n = ops.shape(images)[0]
    columns = ops.arange(width, dtype="float32")
    rows = ops.arange(height, dtype="float32")[:, None]
    a, b, c, d, e, f = (maps[:, index, None, None] for index in range(6))
    x = a * columns + b * rows + c
    y = d * columns + e * rows + f
    left, top = ops.floor(x), ops.floor(y)
    share_x, share_y = (x - left)[..., None], (y - top)[..., None]
    pixels = ops.reshape(images, (-1, 3))
    first_rows = ops.arange(n, dtype="int32")[:, None, None] * height

    def read(column: Any, row: Any) -> Any:  # noqa: ANN401
        line = first_rows + _beyond_the_edge(row, height, fill_mode)
        found = ops.take(pixels, line * width + _beyond_the_edge(column, width, fill_mode), axis=0)
        if fill_mode != "constant":
            return ops.cast(found, "float32")
        inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
        return ops.cast(found, "float32") * ops.cast(inside, "float32")[..., None]

    left, top = ops.cast(left, "int32"), ops.cast(top, "int32")
    upper = _between(read(left, top), read(left + 1, top), share_x)
    lower = _between(read(left, top + 1), read(left + 1, top + 1), share_x)
    return _between(upper, lower, share_y)


def _between(start: Any, end: Any, share: Any) -> Any:  # noqa: ANN401
    return start + (end - start) * share


def _beyond_the_edge(index: Any, size: int, fill_mode: str) -> Any:  # noqa: ANN401
    """Return indices from 0 to size - 1 in the place of indices beyond."""
    if fill_mode == "wrap":
        return ops.mod(index, size)
    if fill_mode == "reflect":
        index = ops.mod(index, 2 * size)
        return ops.minimum(index, 2 * size - 1 - index)
    return ops.clip(index, 0, size - 1)
