import base64
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from leukosmear.datasets.compaction import compact
from leukosmear.datasets.figure import FigureDataset
from leukosmear.figures import new_figure


def embed(pixels: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    content = base64.b64encode(buffer.getvalue()).decode()
    return f'<svg><image xlink:href="data:image/png;base64,\n{content}"/></svg>'


def embedded(svg: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(re.search(r'base64,([^"]*)"', svg).group(1))))


@pytest.mark.parametrize(
    ("svg", "expected"),
    [
        pytest.param(
            '<use xlink:href="#DejaVuSans-48" transform="translate(68.603516 0)"/>',
            '<use href="#g48" x="68.6"/>',
            id="letters are placed by a number",
        ),
        pytest.param(
            '<g transform="translate(10.123456 0) scale(0.075 -0.075)">',
            '<g transform="translate(10.12 0) scale(0.075 -0.075)">',
            id="scales keep their digits",
        ),
        pytest.param(
            '    <path d="M 90.799139 283.975664 \nL 1 2 \nQ 1 -2 3 4 \nz\n" style="fill: none"/>',
            '    <path d="M90.79 283.97L1 2Q1 -2 3 4z" style="fill: none"/>',
            id="paths are written in one line",
        ),
        pytest.param(
            '<g id="axes_1">\n <metadata>\n  <a/>\n </metadata>\n'
            '  <!-- n = 12 -->\n  <b id="x"/>\n  <g id="line2d_3"/>\n</g>',
            '<g>\n<b id="x"/>\n</g>',
            id="nothing but the picture",
        ),
    ],
)
def test_what_is_left(svg: str, expected: str) -> None:
    assert compact(svg) == expected


def test_photographs_become_jpeg_and_look_the_same() -> None:
    y, x = np.mgrid[:64, :64]
    noise = np.random.default_rng(0).normal(0, 3, (64, 64, 3))
    pixels = np.clip(np.stack([2 * x + 60, 2 * y + 60, x + y], axis=-1) + noise, 0, 255).astype(np.uint8)
    svg = compact(embed(pixels))
    assert embedded(svg).format == "JPEG"
    assert np.abs(np.asarray(embedded(svg), float) - pixels).mean() < 4


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(np.full((64, 64, 3), 200, np.uint8), id="plain colour"),
        pytest.param(np.random.default_rng(0).integers(0, 255, (64, 64, 4), np.uint8), id="transparent"),
    ],
)
def test_other_images_stay_as_they_are(pixels: np.ndarray) -> None:
    np.testing.assert_array_equal(np.asarray(embedded(compact(embed(pixels)))), pixels)


def test_a_figure_is_well_formed_and_much_smaller(tmp_path) -> None:
    figure = new_figure(4, 3)
    axes = figure.subplots()
    axes.plot([0, 1], [0.25, 0.75], label="5 % & <more>")
    axes.legend()
    FigureDataset(filepath=tmp_path / "a.png").save(figure)
    written = io.StringIO()
    figure.savefig(written, format="svg")
    svg = (tmp_path / "a.svg").read_text()
    root = ElementTree.fromstring(svg)
    letters = [element for element in root.iter() if element.tag.endswith("use")]
    shapes = {element.get("id") for element in root.iter()}
    assert len(letters) > 20
    assert all(element.get("href")[1:] in shapes for element in letters)
    assert len(svg) < 0.75 * len(written.getvalue())
