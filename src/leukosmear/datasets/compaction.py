"""Makes the SVGs that matplotlib writes half as large or less, so that one page can hold a hundred of them.

General minifiers take longer than drawing the figure does; these few rules know what matplotlib writes.
"""

import base64
import io
import re

from PIL import Image

_LETTER = re.compile(r'(<use xlink:href="#[\w-]+") transform="translate\((-?\d+(?:\.\d)?)\d* 0\)"')
_SUPERFLUOUS = re.compile(
    "|".join(
        (
            r" *<metadata>(?s:.*?)</metadata>\n",
            r" *<!--.*?-->\n",
            # Of points a hundredth cannot be seen. Numbers below 10 may be scales, which need all of their digits.
            r"(?<=\d\d\.\d\d)\d+",
            # Paths have a line for each command.
            r" ?\n(?=[MLQCz\"])",
            r"(?<=[MLQC]) (?=[-\d])",
            r"(?<=\n) +",
            r'(?<=<g) id="[\w.]+"(?=>)',  # parts of the figure, which nothing refers to
        )
    )
)
_EMPTY = re.compile(r'\n<g(?: id="[\w.]+")?/>')
_IMAGE = re.compile(r"data:image/png;base64,\n([^\"]*)")

_QUALITY = 85  # of JPEG
_WORTHWHILE = 0.5  # of the bytes of a PNG: what JPEG does not make smaller than this is no photograph


def compact(svg: str) -> str:
    """Make an SVG of matplotlib's smaller; it looks the same to a hundredth of a point.

    Args:
        svg: The text of the SVG, its letters as paths (`svg.fonttype: path`).

    Returns:
        The same picture without metadata, comments, indentation and superfluous digits, the photographs in it as
        JPEG instead of PNG.
    """
    svg = _IMAGE.sub(lambda found: _shrink_image(found.group(1)), svg)
    # A letter is a path with a transformation of its own, whose unit is a hundredth of the letter's size.
    svg = _LETTER.sub(r'\1 x="\2"', svg).replace("DejaVuSans-", "g").replace('xlink:href="#', 'href="#')
    return _EMPTY.sub("", _SUPERFLUOUS.sub("", svg))


def _shrink_image(png: str) -> str:
    """Turn a PNG in base64 into a JPEG where that pays; JPEG knows no transparency."""
    content = base64.b64decode(png)
    image = Image.open(io.BytesIO(content))
    buffer = io.BytesIO()
    if image.convert("RGBA").getchannel("A").getextrema() == (255, 255):
        image.convert("RGB").save(buffer, "JPEG", quality=_QUALITY)
        if buffer.tell() < _WORTHWHILE * len(content):
            return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
    return "data:image/png;base64," + png
