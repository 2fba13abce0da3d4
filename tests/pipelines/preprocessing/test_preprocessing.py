import numpy as np
import pandas as pd
import pytest
from PIL import Image

from conftest import encode, partitions
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.model_images import load_split
from leukosmear.parameters import (
    AugmentationParameters,
    ImageParameters,
    PreviewParameters,
    SplitParameters,
)
from leukosmear.pipelines.preprocessing.nodes import make_model_images, resize, split_images
from leukosmear.pipelines.preprocessing.preview import draw_augmentations
from leukosmear.schemas import SplitManifest

SPLIT = SplitParameters(train=0.7, validation=0.15, seed=1)


def images(**counts: int) -> pd.DataFrame:
    rows = [(f"{label}/{i}", label) for label, n in counts.items() for i in range(n)]
    return pd.DataFrame(rows, columns=["image_id", "label"])


def test_split_of_the_real_data_set_has_the_sizes_that_the_paper_implies() -> None:
    manifest = split_images(images(Benign=504, Early=985, Pre=963, Pro=804), SPLIT)
    SplitManifest.validate(manifest)
    assert manifest["split"].value_counts().to_dict() == {"train": 2277, "test": 493, "validation": 486}


def test_split_is_stratified_and_depends_on_the_seed_alone() -> None:
    manifest = split_images(images(A=20, B=40), SPLIT)
    counts = manifest.groupby(["label", "split"]).size().to_dict()
    assert counts == {
        ("A", "train"): 14, ("A", "validation"): 3, ("A", "test"): 3,
        ("B", "train"): 28, ("B", "validation"): 6, ("B", "test"): 6,
    }  # fmt: skip
    pd.testing.assert_frame_equal(manifest, split_images(images(A=20, B=40), SPLIT))
    other = split_images(images(A=20, B=40), SPLIT.model_copy(update={"seed": 2}))
    assert (manifest["split"] != other["split"]).any()


def test_a_class_too_small_to_split_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"Class 'Rare' has too few images.*6 images give 4, 0, 2"):
        split_images(images(A=20, Rare=6), SPLIT)


def test_shares_that_leave_no_test_split_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"leave some images for the test split. Found 0\.7 \+ 0\.3"):
        split_images(images(A=20), SPLIT.model_copy(update={"validation": 0.3}))


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
    files = {
        name: (lambda i=i: encode(Image.new("RGB", (20, 20), (i, 0, 0))))
        for i, name in enumerate(accepted["file_name"])
    }
    parameters = ImageParameters(size=32, interpolation="box", images_per_partition=2, workers=2)
    made = make_model_images(ImageFolder(("A",), files), accepted, parameters)
    assert [len(make()["image_id"]) for make in made.values()] == [2, 2, 1]

    manifest = accepted.assign(split=["test", "train", "test", "train", "validation"]).iloc[::-1]
    loaded = load_split(made, manifest, "test")
    assert loaded.image_ids == ["A/2", "A/0"]
    assert loaded.pixels.shape == (2, 32, 32, 3)
    assert list(loaded.pixels[:, 0, 0, 0]) == [2, 0]
    assert list(loaded.labels) == [0, 0]


def test_an_image_without_pixels_is_an_error() -> None:
    stored = partitions(np.zeros((2, 4, 4, 3), np.uint8), ["A/0", "A/1"])
    manifest = pd.DataFrame({"image_id": ["A/0", "A/7"], "label": "A", "split": "train"})
    with pytest.raises(ValueError, match=r"1 are missing, such as \['A/7'\]. Run the preprocessing"):
        load_split(stored, manifest, "train")


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
