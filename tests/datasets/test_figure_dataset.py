import base64
from pathlib import Path
from typing import get_type_hints

import pytest
from kedro.io import DatasetError
from kedro_datasets._typing import ImagePreview
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from leukosmear.datasets.figure import FigureDataset
from leukosmear.figures import new_figure

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def a_figure(last: float = 3.0) -> Figure:
    figure = new_figure(3, 2)
    figure.subplots().plot([1.0, 2.0, last])
    return figure


class Unpaintable(Artist):
    """What cannot be drawn."""

    def draw(self, renderer: object) -> None:
        raise ValueError("no paint")


def test_saves_a_png_and_an_svg_and_loads_the_svg(tmp_path):
    dataset = FigureDataset(filepath=tmp_path / "new" / "folder" / "roc.png")
    assert not dataset.exists()
    dataset.save(a_figure())
    assert dataset.exists()
    assert (tmp_path / "new/folder/roc.png").read_bytes().startswith(PNG_SIGNATURE)
    text = dataset.load()
    assert text.startswith("<?xml")
    assert text.rstrip().endswith("</svg>")
    assert sorted(path.name for path in (tmp_path / "new/folder").iterdir()) == ["roc.png", "roc.svg"]


def test_a_dollar_in_a_name_is_no_mathematics(tmp_path):
    figure = new_figure(3, 2)
    axes = figure.subplots()
    axes.plot([1.0, 2.0], label="$x^$ <b>")
    axes.set_title("$x^$")
    axes.set_xticks([0, 1], ["$a^$", "b"])
    axes.legend()
    dataset = FigureDataset(filepath=tmp_path / "names.png")
    dataset.save(figure)  # as mathematics, these would be an error
    assert dataset.exists()


def test_equal_figures_give_equal_bytes_and_others_do_not(tmp_path):
    paths = [tmp_path / name for name in ("a.png", "b.png", "c.png")]
    for path, last in zip(paths, (3.0, 3.0, 4.0), strict=True):
        FigureDataset(filepath=path).save(a_figure(last))
    for suffix in (".png", ".svg"):
        first, again, other = (path.with_suffix(suffix).read_bytes() for path in paths)
        assert first == again
        assert first != other


def test_missing_svg_counts_as_missing(tmp_path):
    dataset = FigureDataset(filepath=tmp_path / "roc.png")
    dataset.save(a_figure())
    (tmp_path / "roc.svg").unlink()
    assert not dataset.exists()


def test_failed_drawing_leaves_what_was_there(tmp_path):
    dataset = FigureDataset(filepath=tmp_path / "roc.png")
    dataset.save(a_figure())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    broken = new_figure(3, 2)
    broken.subplots().add_artist(Unpaintable())
    with pytest.raises(DatasetError, match="no paint"):
        dataset.save(broken)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_failed_writing_leaves_no_temporary_file(tmp_path, monkeypatch):
    dataset = FigureDataset(filepath=tmp_path / "roc.png")

    def refuse(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(DatasetError, match="disk full"):
        dataset.save(a_figure())
    assert list(tmp_path.iterdir()) == []


def test_preview_is_the_png_as_kedro_viz_expects_it(tmp_path):
    dataset = FigureDataset(filepath=tmp_path / "roc.png")
    dataset.save(a_figure())
    assert base64.b64decode(dataset.preview()) == (tmp_path / "roc.png").read_bytes()
    assert get_type_hints(FigureDataset.preview)["return"] is ImagePreview


def test_resolution_is_the_size_in_pixels(tmp_path):
    FigureDataset(filepath=tmp_path / "roc.png", dpi=50).save(a_figure())
    header = (tmp_path / "roc.png").read_bytes()[16:24]
    assert (int.from_bytes(header[:4]), int.from_bytes(header[4:])) == (150, 100)


@pytest.mark.parametrize("filepath", ["roc.svg", "roc", "memory://bucket/roc.jpg"])
def test_refuses_other_paths(filepath):
    with pytest.raises(DatasetError, match=r"ends in '\.png', found"):
        FigureDataset(filepath=filepath)


def test_refuses_what_is_not_a_figure(tmp_path):
    with pytest.raises(DatasetError, match="found _StyledAxes"):
        FigureDataset(filepath=tmp_path / "roc.png").save(a_figure().axes[0])
