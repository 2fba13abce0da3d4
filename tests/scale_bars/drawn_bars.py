"""Fields of cells with scale bars drawn into them."""

import io

import numpy as np
from PIL import Image

FIELD = (226, 222, 234)
INKS = {"black": (10, 10, 10), "red": (200, 30, 40), "green": (0, 200, 0), "cyan": (0, 230, 230), "blue": (0, 0, 250)}
# two digits of 7 x 5 dots: what tells "200" from "500"
TWO = ("01110", "10001", "00001", "00110", "01000", "10000", "11111")
FIVE = ("11111", "10000", "11110", "00001", "00001", "10001", "01110")


def field(size=(224, 224), seed=0):
    """A field with red cells and nuclei, slightly noisy, of some width and height."""
    width, height = size
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = np.full((height, width, 3), FIELD, dtype=float)
    unit = min(size) / 224
    for colour, radius in (((180, 175, 195), 11), ((180, 175, 195), 9), ((70, 30, 140), 14), ((95, 60, 165), 10)) * 4:
        centre = generator.uniform(0, 1, 2) * (height, width)
        inside = np.hypot(y - centre[0], x - centre[1]) < radius * unit
        image[inside] = colour
    return np.clip(image + generator.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def draw(image, left, top, ink="black", digit=TWO, scale=1, paper=False):
    """Draw a bar of 34 x 13 units with its top left corner somewhere; returns a new image."""
    mark = np.zeros((13, 34), dtype=bool)
    mark[11, :] = mark[9:, 0] = mark[9:, -1] = True
    for start, dots in ((8, digit), (14, TWO), (20, FIVE)):
        mark[0:7, start : start + 5] = [[dot == "1" for dot in row] for row in dots]
    mark = np.kron(mark, np.ones((scale, scale), dtype=bool))
    result = image.copy()
    if paper:
        edge = 2 * scale
        result[max(top - edge, 0) : top + len(mark) + edge, max(left - edge, 0) : left + mark.shape[1] + edge] = 255
    result[top : top + len(mark), left : left + mark.shape[1]][mark] = INKS[ink]
    return result


def as_jpeg(image):
    """What is left of an image after JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=95)
    return np.asarray(Image.open(buffer))
