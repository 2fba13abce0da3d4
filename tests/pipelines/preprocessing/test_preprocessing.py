import numpy as np
import pandas as pd
import pytest
from PIL import Image

from conftest import encode, partitions, plain
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.decoding import UnreadableImageError
from leukosmear.model_images import load_side
from leukosmear.parameters import (
    AugmentationParameters,
    ImageParameters,
    PreviewParameters,
)
from leukosmear.pipelines.preprocessing.nodes import make_model_images, resize
from leukosmear.pipelines.preprocessing.preview import draw_augmentations

NO_BARS = {f"bar_{side}": pd.Series(dtype="Int64") for side in ("left", "top", "right", "bottom")}


@pytest.mark.parametrize(
    ("interpolation", "value"), [("nearest", 250), ("box", 125), ("bilinear", 125)], ids=lambda v: str(v)
)
def test_resizing_interpolates(interpolation: str, value: int) -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, 1::2] = 250
    parameters = ImageParameters(size=32, interpolation=interpolation, images_per_partition=1, workers=1)
    resized = resize(Image.fromarray(stripes), parameters)
    assert resized.shape == (32, 32, 3)
    assert resized[8, 8, 0] == pytest.approx(value, abs=1)


def test_model_images_lie_in_partitions_and_come_back_by_split() -> None:
    accepted = pd.DataFrame({"image_id": [f"A/{i}" for i in range(5)], "label": "A"})
    accepted["file_name"] = accepted["image_id"] + ".png"
    accepted = accepted.assign(width=20, height=20, **NO_BARS)
    files = {
        name: (lambda i=i: encode(Image.new("RGB", (20, 20), (i, 0, 0))))
        for i, name in enumerate(accepted["file_name"])
    }
    parameters = ImageParameters(size=32, interpolation="box", images_per_partition=2, workers=2)
    made = make_model_images(ImageFolder(("A",), files), accepted, parameters)
    assert [len(make()["image_id"]) for make in made.values()] == [2, 2, 1]

    manifest = accepted.assign(side=["test", "train", "test", "train", "validation"]).iloc[::-1]
    loaded = load_side(made, manifest, "test")
    assert loaded.image_ids == ["A/2", "A/0"]
    assert loaded.pixels.shape == (2, 32, 32, 3)
    assert list(loaded.pixels[:, 0, 0, 0]) == [2, 0]
    assert list(loaded.labels) == [0, 0]


def test_each_partition_has_images_of_every_class() -> None:
    """Files are listed class by class; training on a large data set reads a few partitions at a time."""
    names = [f"{label}/{index}.png" for label in "ABC" for index in range(4)]
    accepted = pd.DataFrame({"image_id": [name[:-4] for name in names], "file_name": names, "width": 8, "height": 8})
    files = dict.fromkeys(names, lambda: encode(Image.new("RGB", (8, 8))))
    parameters = ImageParameters(size=32, interpolation="box", images_per_partition=4, workers=1)
    made = make_model_images(ImageFolder(("A", "B", "C"), files), accepted.assign(**NO_BARS), parameters)
    image_ids = [make()["image_id"].tolist() for make in made.values()]
    assert image_ids == [["A/0", "A/3", "B/2", "C/1"], ["A/1", "B/0", "B/3", "C/2"], ["A/2", "B/1", "C/0", "C/3"]]


@pytest.mark.parametrize("bar", [False, True], ids=["without scale bars", "with scale bars"])
def test_reduced_decoding_hardly_shows(bar: bool) -> None:
    """A camera's frame with detail of all sizes, 8 times as large as its model image."""
    generator = np.random.default_rng(0)
    layers = [np.kron(generator.normal(0, 12, (256 // n, 256 // n)), np.ones((n, n))) for n in (1, 4, 16, 64)]
    pixels = np.clip(150 + sum(layers), 0, 255).astype(np.uint8)
    pixels[224:240, 176:240] = 0 if bar else pixels[224:240, 176:240]
    data = encode(Image.fromarray(pixels).convert("RGB"), "JPEG", quality=90)

    def made(margin: float | None) -> np.ndarray:
        accepted = pd.DataFrame({"image_id": ["A/0"], "file_name": ["A/0.jpg"], "width": 256, "height": 256})
        box = {"bar_left": 168, "bar_top": 216, "bar_right": 248, "bar_bottom": 248}
        accepted = accepted.assign(**box) if bar else accepted.assign(**NO_BARS)
        parameters = ImageParameters(
            size=32, decoding_margin=margin, interpolation="bilinear", images_per_partition=1, workers=1
        )
        (make,) = make_model_images(ImageFolder(("A",), {"A/0.jpg": lambda: data}), accepted, parameters).values()
        return make()["pixels"].astype(int)

    in_full, reduced = made(None), made(2)
    difference = np.abs(in_full - reduced)
    assert 0 < difference.mean() < 1
    assert difference.max() < 16
    assert reduced[0, 28:30, 22:30].min() > 80  # nothing of the bar, which is black


def test_scale_bars_are_filled_at_the_same_place_of_every_image() -> None:
    """What is filled must not tell which bar was there: the second image has none, and is filled all the same."""
    bar = np.full((64, 64, 3), 200, np.uint8)
    bar[56:60, 40:60] = 0
    stain = np.full((64, 64, 3), 200, np.uint8)
    stain[57, 50] = 0
    pictures = {"A/0.png": bar, "A/1.png": stain}
    files = {name: (lambda pixels=pixels: encode(Image.fromarray(pixels))) for name, pixels in pictures.items()}
    accepted = pd.DataFrame({"image_id": ["A/0", "A/1"], "file_name": list(files), "width": 64, "height": 64})
    accepted = accepted.assign(bar_left=[38, pd.NA], bar_top=[54, pd.NA], bar_right=[62, pd.NA], bar_bottom=[62, pd.NA])
    parameters = ImageParameters(size=64, interpolation="nearest", images_per_partition=2, workers=1)

    def made(parameters: ImageParameters) -> np.ndarray:
        (make,) = make_model_images(ImageFolder(("A",), files), accepted, parameters).values()
        return make()["pixels"]

    assert (made(parameters) == 200).all()
    unmasked = made(parameters.model_copy(update={"mask_scale_bar": False}))
    np.testing.assert_array_equal(unmasked, np.stack([bar, stain]))


def test_a_squeezed_frame_is_restored() -> None:
    parameters = ImageParameters(size=48, aspect_ratio=4 / 3, interpolation="box", images_per_partition=1, workers=1)
    assert resize(Image.new("RGB", (96, 96)), parameters).shape == (48, 64, 3)


def test_an_image_without_pixels_is_an_error() -> None:
    stored = partitions(np.zeros((2, 4, 4, 3), np.uint8), ["A/0", "A/1"])
    manifest = pd.DataFrame({"image_id": ["A/0", "A/7"], "label": "A", "side": "train"})
    with pytest.raises(ValueError, match=r"1 are missing, such as \['A/7'\]. Run the preprocessing"):
        load_side(stored, manifest, "train")


def test_preview_shows_the_original_beside_its_variants(two_colours) -> None:
    augmentation = AugmentationParameters(
        rotation=20,
        width_shift=0.1,
        height_shift=0.1,
        shear=5,
        zoom=0.1,
        horizontal_flip=True,
        fill_mode="nearest",
    )
    figure = draw_augmentations(*two_colours, augmentation, PreviewParameters(images=2, variants=3, seed=0))
    pictures = [axes.get_images()[0].get_array() for axes in figure.axes]
    assert len(pictures) == 2 * 4
    assert [axes.get_ylabel() for axes in figure.axes[::4]] == ["A", "B"]
    assert not any(np.array_equal(pictures[0], variant) for variant in pictures[1:4])


def test_images_that_have_gone_since_validation_are_an_error() -> None:
    accepted = pd.DataFrame({"image_id": ["A/0"], "file_name": ["A/0.png"], "label": ["A"]})
    parameters = ImageParameters(size=32, interpolation="box", images_per_partition=2, workers=1)
    with pytest.raises(ValueError, match=r"1 of them gone, such as \['A/0.png'\]. Run the data_validation"):
        make_model_images(ImageFolder(("A",), {}), accepted, parameters)


def test_a_file_that_was_damaged_since_validation_is_named() -> None:
    accepted = pd.DataFrame(
        {"image_id": ["A/0", "A/1"], "file_name": ["A/0.png", "A/1.png"], "label": "A", "width": 24, "height": 24}
    ).assign(**NO_BARS)
    parameters = ImageParameters(size=32, interpolation="box", images_per_partition=2, workers=2)
    files = {"A/0.png": plain, "A/1.png": lambda: b""}
    (make,) = make_model_images(ImageFolder(("A",), files), accepted, parameters).values()
    with pytest.raises(UnreadableImageError, match=r"Expected 'A/1.png' as data.*the file is empty.*data_validation"):
        make()
