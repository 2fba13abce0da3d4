"""The look that the figures of all pipelines share: one size of text, one grid, one set of colours.

Figures are made without pyplot, so that nodes stay free of global state and can run in threads.
"""

import colorsys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.legend import Legend
from matplotlib.text import Annotation, Text

INK = "#24292f"
MUTED = "#6b7280"
GRID = "#e3e6ea"

# Okabe and Ito's colour-blind safe set (https://jfly.uni-koeln.de/color/) without its yellow, which
# is too faint on white, and with its darkest colours first.
_CLASS_PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # the only font that comes with matplotlib, hence the same everywhere
    "font.size": 9.5,
    "text.color": INK,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.titlepad": 8.0,
    "axes.labelsize": 9.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
}


# Settings of matplotlib are global: without a lock, two threads that set and restore them at the same
# time would leave one's settings behind for good.
_SETTINGS_LOCK = threading.RLock()


@contextmanager
def settings(values: Mapping[str, Any]) -> Iterator[None]:
    """Apply settings of matplotlib for the length of a `with` block; safe in threads.

    Args:
        values: Names and values as in `matplotlib.rcParams`.
    """
    names: Any = dict(values)  # matplotlib's stubs want its 300 names as literals
    with _SETTINGS_LOCK, matplotlib.rc_context(names):
        yield


class _StyledAxes(Axes):
    """Axes whose titles, legends and texts have the project's style, whenever they are added."""

    def set_title(self, *args: Any, **kwargs: Any) -> Text:  # noqa: ANN401 (matplotlib's own signature)
        with settings(_STYLE):
            return super().set_title(*args, **kwargs)

    def legend(self, *args: Any, **kwargs: Any) -> Legend:  # noqa: ANN401
        with settings(_STYLE):
            return super().legend(*args, **kwargs)

    def text(self, *args: Any, **kwargs: Any) -> Text:  # noqa: ANN401
        with settings(_STYLE):
            return super().text(*args, **kwargs)

    def annotate(self, *args: Any, **kwargs: Any) -> Annotation:  # noqa: ANN401
        with settings(_STYLE):
            return super().annotate(*args, **kwargs)


class _StyledFigure(Figure):
    """A figure whose axes have the project's style, whatever matplotlib's global settings are."""

    def add_subplot(self, *args: Any, **kwargs: Any) -> Axes:  # noqa: ANN401
        # Artists read the settings when they are made, so each has to be made with the style in force.
        with settings(_STYLE):
            return super().add_subplot(*args, **{"axes_class": _StyledAxes, **kwargs})

    def legend(self, *args: Any, **kwargs: Any) -> Legend:  # noqa: ANN401
        with settings(_STYLE):
            return super().legend(*args, **kwargs)

    def savefig(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        for text in self.findobj(Text):
            text.set_parse_math(False)  # a dollar in the name of a class is a dollar
        # A figure is saved as PNG and as SVG. Laid out once, both take half the time: matplotlib would lay it out for
        # each again, and while there is any layout engine, even an idle one, draw it into the void before each.
        engine = self.get_layout_engine()
        if isinstance(engine, ConstrainedLayoutEngine) and self.axes:
            engine.execute(self)
        self.set_layout_engine(None)
        super().savefig(*args, **kwargs)


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure in the project's style, laid out so that no label is cut off.

    Args:
        width: Width in inches. The report shows 7.5 inches at its full width.
        height: Height in inches.

    Returns:
        A figure without axes; call its `subplots` or `add_subplot`.
    """
    with settings(_STYLE):
        layout = ConstrainedLayoutEngine(w_pad=0.07, h_pad=0.07)
        return _StyledFigure(figsize=(width, height), layout=layout, facecolor="white")


def class_colours(classes: Sequence[str]) -> dict[str, str]:
    """Give every class its colour, by its position: the same class looks the same in all figures.

    Args:
        classes: Names of the classes in the order of the configuration; any number.

    Returns:
        A colour as "#rrggbb" per class: the first seven are safe for colour-blind readers.
    """
    return {
        name: _CLASS_PALETTE[position]
        if position < len(_CLASS_PALETTE)
        else _further_colour(position - len(_CLASS_PALETTE))
        for position, name in enumerate(classes)
    }


def model_colours(models: Iterable[str]) -> dict[str, str]:
    """Give every model its colour, by the order of the names: the same model looks the same in all figures of a run.

    Args:
        models: Names of all models of the run, in any order.

    Returns:
        A colour as "#rrggbb" per model. No more than seven models can be told apart by colour alone, so figures
        write the names beside what they draw.
    """
    return class_colours(sorted(models))


def _further_colour(index: int) -> str:
    """Make a colour past the end of a palette: the golden angle keeps the hues of neighbours apart."""
    hue = (0.13 + index * 0.618034) % 1.0
    lightness = (0.34, 0.52, 0.43)[index % 3]
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.6)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
