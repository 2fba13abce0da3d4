"""A matplotlib figure on disk, as a PNG for people and kedro-viz and an SVG for the report."""

import base64
import io
from typing import Any

from kedro.io import DatasetError
from kedro_datasets._typing import ImagePreview
from matplotlib.figure import Figure

from leukosmear.datasets.compaction import compact
from leukosmear.datasets.storage import FileDataset
from leukosmear.figures import settings

# Without a salt, matplotlib names the parts of an SVG at random, and two equal runs differ.
_SVG_SETTINGS = {"svg.hashsalt": "leukosmear", "svg.fonttype": "path"}
# Fitting letters to pixels is for small screens of old, and takes a third of the time.
_PNG_SETTINGS = {"text.hinting": "none"}


class FigureDataset(FileDataset[Figure, str]):
    """Saves a figure as PNG and, beside it, as SVG; loads the text of the SVG.

    Equal figures give equal files, byte for byte. Each file appears whole or not at all.

    `kedro_datasets.matplotlib.MatplotlibDataset` cannot load, so a report would have to draw every
    figure again.

    Args:
        filepath: Where the PNG goes: any path that fsspec knows and that ends in ".png".
        dpi: Resolution of the PNG, and of images inside the SVG, in pixels per inch.
        arguments: Those of every `FileDataset`.

    Raises:
        DatasetError: Where the path does not end in ".png".
    """

    def __init__(self, *, filepath: str, dpi: int = 144, **arguments: Any) -> None:  # noqa: ANN401
        super().__init__(filepath=filepath, **arguments)
        if self._filepath.suffix != ".png":
            raise DatasetError(
                f"FigureDataset expected a path that ends in '.png', found '{filepath}'. "
                "Correct `filepath` in the catalog; the SVG is saved beside the PNG by itself."
            )
        self._svg_path = self._filepath.with_suffix(".svg")
        self._dpi = dpi

    def save(self, data: Figure) -> None:
        """Save a figure as PNG and SVG.

        Args:
            data: The figure; not one of pyplot, which would keep it in memory for ever.

        Raises:
            DatasetError: Where the data is not a figure.
        """
        if not isinstance(data, Figure):
            raise DatasetError(
                f"FigureDataset expected a matplotlib.figure.Figure, found {type(data).__name__}. "
                "Return the figure itself from the node, not its axes."
            )
        # Both are drawn before either is written: a figure that cannot be drawn changes nothing on disk.
        png, svg = self._render(data, "png"), self._render(data, "svg")
        self._write(compact(svg.decode("utf-8")).encode("utf-8"), self._svg_path)
        self._write(png)

    def load(self) -> str:
        """Load the SVG.

        Returns:
            The text of the SVG file, from "<?xml" on.
        """
        text: str = self._fs.cat_file(str(self._svg_path)).decode("utf-8")
        return text

    def preview(self) -> ImagePreview:
        """Show the figure in kedro-viz.

        Returns:
            The bytes of the PNG in base64.
        """
        return ImagePreview(base64.b64encode(self._read()).decode("ascii"))

    def _render(self, figure: Figure, file_format: str) -> bytes:
        """Draw a figure in memory, without what changes from run to run or release to release."""
        unstable = {"svg": "Date", "png": "Software"}[file_format]
        # A PNG a tenth larger is written in half the time.
        options: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if file_format == "png" else {}
        buffer = io.BytesIO()
        with settings(_SVG_SETTINGS | _PNG_SETTINGS):
            figure.savefig(buffer, format=file_format, dpi=self._dpi, metadata={unstable: None}, **options)
        return buffer.getvalue()

    def files(self) -> list[str]:
        """Name the files that the figure consists of."""
        return [str(self._filepath), str(self._svg_path)]

    def _exists(self) -> bool:
        return super()._exists() and self._fs.isfile(str(self._svg_path))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath), "dpi": self._dpi}
