import numpy as np

from leukosmear.augmentation.cut_outs import cut_out
from leukosmear.parameters import AugmentationParameters


def cut(images: np.ndarray, drawn: list[list[float]], squares: int, size: float) -> np.ndarray:
    parameters = AugmentationParameters(
        rotation=0, width_shift=0, height_shift=0, shear=0, zoom=0, horizontal_flip=False, fill_mode="nearest",
        cut_outs=squares, cut_out_size=size,
    )  # fmt: skip
    return np.asarray(cut_out(images, np.array(drawn, np.float32), parameters))


def test_squares_have_the_mean_colour_and_may_reach_beyond_the_image() -> None:
    images = np.arange(2 * 8 * 10 * 3, dtype=np.float32).reshape(2, 8, 10, 3)
    # One square in the middle, 4 x 4 pixels, and one whose centre is the lower right corner.
    got = cut(images, [[0, 0, 1, 1], [0, 0, 0, 0]], squares=2, size=0.5)
    blank = np.zeros((2, 8, 10), bool)
    blank[:, 2:6, 3:7] = True
    blank[0, 6:, 8:] = True
    np.testing.assert_array_equal(got[~blank], images[~blank])
    for image, result, where in zip(images, got, blank, strict=True):
        np.testing.assert_allclose(result[where], np.broadcast_to(image.mean((0, 1)), (where.sum(), 3)), rtol=1e-6)


def test_no_squares_no_change() -> None:
    images = np.ones((1, 4, 4, 3), np.float32)
    np.testing.assert_array_equal(cut(images, [[]], squares=0, size=0.5), images)
