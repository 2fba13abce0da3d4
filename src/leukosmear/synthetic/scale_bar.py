"""The scale bars that microscope software burns into the bottom right corner of an image."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leukosmear.synthetic.parameters import ScaleBarKind

# Letters of 5 x 7 dots. A font of the system would differ between machines.
_GLYPHS = {
    "0": ("01110", "10001", "10001", "10001", "10001", "10001", "01110"),
    "1": ("00100", "01100", "00100", "00100", "00100", "00100", "01110"),
    "2": ("01110", "10001", "00001", "00110", "01000", "10000", "11111"),
    "5": ("11111", "10000", "11110", "00001", "00001", "10001", "01110"),
    "p": ("00000", "00000", "11110", "10001", "11110", "10000", "10000"),
    "i": ("00100", "00000", "01100", "00100", "00100", "00100", "01110"),
    "x": ("00000", "00000", "10001", "01010", "00100", "01010", "10001"),
    " ": ("000", "000", "000", "000", "000", "000", "000"),
}
_BLACK = np.array([12.0, 12.0, 12.0])
_RED = np.array([205.0, 45.0, 55.0])
# every bar lies in the bottom right corner of this width and height, in pixels
_CORNER = 40


def draw_scale_bar(image: NDArray[np.uint8], kind: ScaleBarKind) -> NDArray[np.uint8]:
    """Return the image with a scale bar over its bottom right corner.

    Args:
        image: uint8 RGB, shape (size, size, 3).
        kind: `white_box` (small, black on white), `red` (small, no box), `large_200` or `large_500` (a
            white box cut by the right edge).

    Returns:
        A new array of the same shape.
    """
    result = image.copy()
    corner = result[-_CORNER:, -_CORNER:]
    pixels = corner.astype(np.float64)
    if kind in ("large_200", "large_500"):
        pixels[10:38, 9:] = 254.0
        _write(pixels, kind.removeprefix("large_") + " pix", 19, 17, (10, 28), _BLACK)
        _blend(pixels[30:32, 11:], 1.0, _BLACK)
        _blend(pixels[26:36, 11:12], 1.0, _BLACK)
    else:
        ink = _RED if kind == "red" else _BLACK
        if kind == "white_box":
            pixels[22:33, 11:34] = 253.0
        _write(pixels, "100 pix", 26, 15, (4, 16), ink)
        _blend(pixels[29:33, 11:12], 0.9, ink)
        _blend(pixels[29:32, 33:34], 0.45, ink)
    corner[:] = np.rint(pixels)
    return result


def _write(
    pixels: NDArray[np.float64],
    text: str,
    top: int,
    left: int,
    shape: tuple[int, int],
    ink: NDArray[np.float64],
) -> None:
    """Write a text, squeezed to a box of some height and width and cut at the edge of the image."""
    height, width = shape
    rows = ["0".join(_GLYPHS[letter][row] for letter in text) for row in range(7)]
    dots = np.array([[255 * int(dot) for dot in row] for row in rows], dtype=np.uint8)
    big = Image.fromarray(np.kron(dots, np.ones((8, 8), dtype=np.uint8)))
    opacity = np.asarray(big.resize((width, height), Image.Resampling.BOX)).astype(np.float64) / 255
    target = pixels[top : top + height, left : left + width]
    # thin strokes fade when squeezed: print them bolder, as screen fonts do
    bold = np.minimum(1.0, 1.6 * opacity)[: target.shape[0], : target.shape[1], np.newaxis]
    target[:] = target * (1 - bold) + ink * bold


def _blend(target: NDArray[np.float64], opacity: float, ink: NDArray[np.float64]) -> None:
    target[:] = target * (1 - opacity) + ink * opacity
