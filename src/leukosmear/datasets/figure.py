"""A matplotlib figure on disk, as a PNG for people and kedro-viz and an SVG for the report."""

import base64
import io
import os
from pathlib import Path, PurePosixPath
from typing import Any

from kedro.io import AbstractVersionedDataset, DatasetError, Version
from kedro.io.core import get_protocol_and_path
from kedro_datasets._typing import ImagePreview
from matplotlib.figure import Figure

from leukosmear.datasets.atomic import whole_file
from leukosmear.datasets.compaction import compact
from leukosmear.figures import settings

# Without a salt, matplotlib names the parts of an SVG at random, and two equal runs differ.
_SVG_SETTINGS = {"svg.hashsalt": "leukosmear", "svg.fonttype": "path"}
# Fitting letters to pixels is for small screens of old, and takes a third of the time.
_PNG_SETTINGS = {"text.hinting": "none"}


class FigureDataset(AbstractVersionedDataset[Figure, str]):
    """Saves a figure as PNG and, beside it, as SVG; loads the text of the SVG.

    Equal figures give equal files, byte for byte. Each file is written under a temporary name and
    then renamed, so that an interrupted run leaves no half of one.

    `kedro_datasets.matplotlib.MatplotlibDataset` cannot load, so a report would have to draw every
    figure again.

    Example of an entry in a catalog:

    ```yaml
    roc_figure:
      type: leukosmear.datasets.figure.FigureDataset
      filepath: data/08_reporting/roc.png
    ```

    Args:
        filepath: Where the PNG goes, on a local disk; ends in ".png".
        dpi: Resolution of the PNG, and of images inside the SVG, in pixels per inch.
        version: Version to load and save, if the entry is versioned.
        metadata: Ignored by Kedro; kedro-viz reads it.

    Raises:
        DatasetError: Where the path does not end in ".png" or is not on a local disk.
    """

    def __init__(
        self,
        *,
        filepath: str | os.PathLike[str],
        dpi: int = 144,
        version: Version | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        protocol, path = get_protocol_and_path(filepath)
        if protocol != "file" or PurePosixPath(path).suffix != ".png":
            raise DatasetError(
                f"FigureDataset expected a local path that ends in '.png', found '{filepath}'. "
                "Correct `filepath` in the catalog; the SVG is saved beside the PNG by itself."
            )
        super().__init__(filepath=PurePosixPath(path), version=version)
        self._dpi = dpi
        self.metadata = metadata

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
        png_path = Path(self._get_save_path())
        # Both are drawn before either is written: a figure that cannot be drawn changes nothing on disk.
        png, svg = self._render(data, "png"), self._render(data, "svg")
        for path, content in (
            (png_path.with_suffix(".svg"), compact(svg.decode("utf-8")).encode("utf-8")),
            (png_path, png),
        ):
            with whole_file(path) as unfinished:
                unfinished.write_bytes(content)

    def load(self) -> str:
        """Load the SVG.

        Returns:
            The text of the SVG file, from "<?xml" on.
        """
        return Path(self._get_load_path()).with_suffix(".svg").read_text(encoding="utf-8")

    def preview(self) -> ImagePreview:
        """Show the figure in kedro-viz.

        Returns:
            The bytes of the PNG in base64.
        """
        return ImagePreview(base64.b64encode(Path(self._get_load_path()).read_bytes()).decode("ascii"))

    def _render(self, figure: Figure, file_format: str) -> bytes:
        """Draw a figure in memory, without what changes from run to run or release to release."""
        unstable = {"svg": "Date", "png": "Software"}[file_format]
        # A PNG a tenth larger is written in half the time.
        options: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if file_format == "png" else {}
        buffer = io.BytesIO()
        with settings(_SVG_SETTINGS | _PNG_SETTINGS):
            figure.savefig(buffer, format=file_format, dpi=self._dpi, metadata={unstable: None}, **options)
        return buffer.getvalue()

    def _exists(self) -> bool:
        path = Path(self._get_load_path())
        return path.is_file() and path.with_suffix(".svg").is_file()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "dpi": self._dpi, "version": self._version}
