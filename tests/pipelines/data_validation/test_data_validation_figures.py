import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from conftest import encode, plain
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.pipelines.data_validation.acquisition_strips import draw_acquisitions, number_groups
from leukosmear.pipelines.data_validation.figures import (
    draw_class_distribution,
    draw_image_sizes,
    draw_quality,
    draw_scale_bars,
    one_line,
)
from leukosmear.pipelines.data_validation.same_field_sheet import draw_same_fields

ODD_NAMES = ["$x_1$", "a\nb", "<i>", "Ärger & mehr", "01", "NA", "e" * 60, "\\frac", "i"]


def inventory(labels: list[str], **columns: list) -> pd.DataFrame:
    """Usable images of these classes, alike but for what is given."""
    n = len(labels)
    values = {
        "image_id": [f"{label}/{index}" for index, label in enumerate(labels)],
        "label": labels,
        "scale_bar": ["none"] * n,
        "brightness": [200.0 + index for index in range(n)],
        "contrast": [30.0] * n,
        "sharpness": [100.0] * n,
        "quality": [""] * n,
        "acquisition_id": [f"{label}/none/01" for label in labels],
        "status": ["accepted"] * n,
    }
    table = pd.DataFrame(values | columns)
    table["stream_id"] = [f"{row.label}/{row.scale_bar}" for row in table.itertuples()]
    return table.assign(file_name=[f"{name}.png" for name in table["image_id"]])


def rejected(images: pd.DataFrame) -> pd.DataFrame:
    missing = ["scale_bar", "brightness", "contrast", "sharpness", "quality", "acquisition_id", "stream_id"]
    return images.assign(status="rejected", **dict.fromkeys(missing))


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def drawn(figure) -> bytes:
    """Draw a figure for good: what it holds is read only then."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg")
    return buffer.getvalue()


def test_bars_are_as_long_as_the_classes_are_large() -> None:
    table = pd.DataFrame({"label": ["A", "B"], "n_images": [30, 10], "share": [0.75, 0.25]})
    axes = draw_class_distribution(table).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [30, 10]
    assert [text.get_text() for text in axes.texts] == ["30  (75.0%)", "10  (25.0%)"]


def test_every_size_has_a_dot_with_its_count() -> None:
    table = pd.DataFrame(
        {"label": ["A", "B", "B"], "width": [24, 24, 30], "height": [24, 24, 20], "n_images": [3, 4, 1]}
    )
    axes = draw_image_sizes(table).axes[0]
    assert [text.get_text() for text in axes.texts] == ["24 x 24: 7", "30 x 20: 1"]
    assert axes.get_title(loc="left") == "Image sizes"


def test_of_many_sizes_only_common_ones_are_labelled() -> None:
    table = pd.DataFrame({"label": "A", "width": range(30, 130), "height": 40, "n_images": [50, 40, *[1] * 98]})
    axes = draw_image_sizes(table).axes[0]
    assert [text.get_text() for text in axes.texts] == ["30 x 40: 50", "31 x 40: 40"]
    assert axes.get_title(loc="left") == "100 image sizes"
    assert len(axes.collections[0].get_offsets()) == 100


def test_scale_bars_show_how_far_the_kind_gives_the_class_away():
    images = inventory(list("AAABBB"), scale_bar=["red 38 px"] * 4 + ["none"] * 2)
    axes = draw_scale_bars(pd.concat([images, rejected(inventory(["A"]))])).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["red 38 px", "none"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["A  (n = 3)", "B  (n = 3)"]
    assert texts(axes) == ["3\n75%", "0", "1\n25%", "2\n100%"]
    # Red is taken for A, none for B: 3 + 2 of 6 are right.
    assert "kind alone: 83.3% " in axes.get_xlabel()
    assert "largest class: 50.0%" in axes.get_xlabel()


def test_without_scale_bars_the_kind_says_nothing():
    axes = draw_scale_bars(inventory(list("AAB"))).axes[0]
    assert texts(axes) == ["2\n67%", "1\n33%"]
    assert "kind alone: 66.7% " in axes.get_xlabel()


def test_quality_marks_each_flag_at_the_measure_it_is_about():
    images = inventory(
        list("AAAB"),
        quality=["blurred, bright", "", "dark", ""],
        sharpness=[0.0, 100.0, 200.0, 300.0],  # an even picture has no place on a log axis
        brightness=[250.0, 200.0, 90.0, 210.0],
    )
    sharpness, brightness, contrast = draw_quality(images).axes
    assert sharpness.get_title(loc="left") == "Sharpness\n1 blurred"
    assert brightness.get_title(loc="left") == "Brightness\n1 dark, 1 bright"
    assert contrast.get_title(loc="left") == "Contrast\n0 low contrast"
    assert [line.get_xdata().tolist() for line in sharpness.lines] == [[0.1], []]
    assert [line.get_xdata().tolist() for line in brightness.lines] == [[250.0, 90.0], []]
    assert [line.get_xdata().tolist() for line in contrast.lines] == [[], []]


@pytest.mark.parametrize("draw", [draw_scale_bars, draw_quality, draw_acquisitions, draw_class_distribution])
def test_names_may_hold_anything(draw) -> None:
    kinds = [f"{name} {index}" for index, name in enumerate(ODD_NAMES)]
    table = inventory(ODD_NAMES * 2, scale_bar=kinds * 2).assign(n_images=3, share=1 / 18)
    figure = draw(table)
    svg = drawn(figure)
    assert svg.count(b'<g id="text_') >= len(ODD_NAMES)
    written = [text.get_text() for axes in figure.axes for text in [*axes.get_yticklabels(), *axes.texts]]
    assert all(any(one_line(name, 20)[:8] in one_line(text) for text in written) for name in ODD_NAMES)


@pytest.mark.parametrize("draw", [draw_scale_bars, draw_quality, draw_acquisitions])
@pytest.mark.parametrize("images", [rejected(inventory(list("AB"))), inventory([])], ids=["all rejected", "no file"])
def test_figures_say_that_there_is_nothing_to_draw(draw, images):
    figure = draw(images)
    assert texts(figure.axes[0]) == ["No usable image to draw."]
    drawn(figure)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Early", "Early"), ("a\n\tb", "a b"), ("x" * 28, "x" * 28), ("a" * 20 + "b" * 20, "a" * 14 + "…" + "b" * 13)],
)
def test_labels_fit_on_one_line(name, expected):
    assert one_line(name) == expected


def test_groups_are_numbered_class_by_class():
    images = inventory(
        list("AAAABB"),
        scale_bar=["red", "none", "none", "none", "red", "none"],
        acquisition_id=["patient 2", "patient 1", "patient 1", "patient 2", "patient 1", "patient 3"],
    )
    # Of A, `none` is the more frequent kind and comes first. Patient 1 is in two classes.
    assert number_groups(images) == {
        ("A", "patient 1"): 1,
        ("A", "patient 2"): 2,
        ("B", "patient 3"): 1,
        ("B", "patient 1"): 2,
    }


def test_pieces_of_a_united_group_share_a_colour_and_are_tied():
    groups = [f"A/none/{name}" for name in "xxyyzxx"]
    axes = draw_acquisitions(inventory(["A"] * 7, acquisition_id=groups)).axes[0]
    assert "A: 7 images, 3 groups" in texts(axes)
    assert [text for text in texts(axes) if len(text) == 1] == ["1", "2", "3", "1"]
    bands = axes.collections[0]
    assert [path.vertices[:, 0].min() for path in bands.get_paths()] == [0, 2, 4, 5]
    x, y, z, x_again = (tuple(colour) for colour in bands.get_facecolors())
    assert x == x_again
    assert len({x, y, z}) == 3
    tie, dots = axes.lines
    assert tie.get_xdata().tolist() == [1, 6]
    assert dots.get_xdata().tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5]
    # The y axis runs down, and the images get brighter.
    assert (np.diff(dots.get_ydata()) <= 0).all()


def photographs(shift: tuple[int, int], size: tuple[int, int] = (24, 20)) -> tuple[ImageFolder, pd.DataFrame]:
    """Two frames of one noisy field: `b` lies at `shift` (right, down) in `a`."""
    field = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    width, height = size
    frames = {
        "A/a": field[20 : 20 + height, 20 : 20 + width],
        "A/b": field[20 + shift[1] : 20 + shift[1] + height, 20 + shift[0] : 20 + shift[0] + width],
    }
    files = {f"{name}.png": encode(Image.fromarray(frame)) for name, frame in frames.items()}
    raw_images = ImageFolder(("A",), {name: lambda data=data: data for name, data in files.items()})
    return raw_images, inventory(["A", "A"], image_id=["A/a", "A/b"])


def pairs(correlations: list[float], shift: tuple[int, int] = (0, 0)) -> pd.DataFrame:
    table = pd.DataFrame({"correlation": correlations})
    return table.assign(image_id_a="A/a", image_id_b="A/b", shift_x=shift[0], shift_y=shift[1], overlap=0.5)


@pytest.mark.parametrize("shift", [(0, 0), (6, 4), (-6, 4), (6, -4), (-6, -4)])
def test_sheet_lays_a_pair_on_each_other_as_it_was_taken(shift):
    raw_images, images = photographs(shift)
    axes = draw_same_fields(raw_images, images, pairs([0.9], shift)).axes[0]
    of_a, of_b, both = (image.get_array() for image in axes.images)
    assert of_a.shape == (20 - abs(shift[1]), 24 - abs(shift[0]), 3)
    np.testing.assert_array_equal(of_a, of_b)
    assert both.shape == (20 + abs(shift[1]), 24 + abs(shift[0]), 3)
    assert (both == both[..., :1]).all()  # where both agree, red is as strong as cyan
    assert f"1.  correlation 0.900,  overlap 50%,  shift {shift[0]:+d}, {shift[1]:+d} px" in texts(axes)


def test_sheet_compares_frames_of_files_of_different_sizes():
    files = {"A/a.png": plain(size=(24, 20)), "A/b.png": plain(size=(48, 40))}
    raw_images = ImageFolder(("A",), {name: lambda data=data: data for name, data in files.items()})
    images = inventory(["A", "A"], image_id=["A/a", "A/b"])
    axes = draw_same_fields(raw_images, images, pairs([0.9], (6, 4))).axes[0]
    # In pixels of a: 24 - 6 and 20 - 4 of the common part, 24 + 6 and 20 + 4 of both.
    assert [image.get_array().shape[:2] for image in axes.images] == [(16, 18), (16, 18), (24, 30)]


def test_sheet_colours_what_does_not_fit():
    raw_images, images = photographs((6, 4))
    both = draw_same_fields(raw_images, images, pairs([0.9], (2, 0))).axes[0].images[2].get_array()
    coloured = (both != both[..., :1]).any(axis=-1)
    assert coloured.any()
    # The frames meet from the third column to the 24th; beyond, there is only one of them.
    assert not coloured[:, :2].any()
    assert not coloured[:, 24:].any()


def test_sheet_shows_the_weakest_pairs_first_and_spreads_over_the_correlations():
    raw_images, images = photographs((0, 0))
    correlations = [0.99] * 30 + [0.6, 0.7, 0.8]
    axes = draw_same_fields(raw_images, images, pairs(correlations), n_pairs=5).axes[0]
    captions = [text.split(",")[0] for text in texts(axes) if "correlation" in text]
    # Rank among all in front; evenly spread targets are 0.6, 0.6975, 0.795, 0.8925 and 0.99.
    assert captions == [
        "1.  correlation 0.600",
        "2.  correlation 0.700",
        "3.  correlation 0.800",
        "4.  correlation 0.990",
        "5.  correlation 0.990",
    ]


@pytest.mark.parametrize("n", [1, 2, 23, 24, 25, 200])
def test_sheet_shows_each_pair_once(n):
    raw_images, images = photographs((0, 0))
    axes = draw_same_fields(raw_images, images, pairs(np.geomspace(0.6, 1, n).tolist())).axes[0]
    ranks = [int(text.split(".")[0]) for text in texts(axes) if "correlation" in text]
    assert len(ranks) == min(n, 24)
    assert ranks == sorted(set(ranks))
    assert ranks[0] == 1
    assert ranks[-1] == n


def test_sheet_says_that_there_is_no_pair():
    raw_images, images = photographs((0, 0))
    axes = draw_same_fields(raw_images, images, pairs([])).axes[0]
    assert texts(axes) == ["No pair was found."]
