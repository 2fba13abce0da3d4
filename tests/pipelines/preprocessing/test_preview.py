import numpy as np
import pandas as pd
import pytest

from conftest import partitions
from leukosmear.model_images import load_side
from leukosmear.parameters import AugmentationParameters, PreviewParameters
from leukosmear.pipelines.preprocessing.preview import draw_augmentations


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
