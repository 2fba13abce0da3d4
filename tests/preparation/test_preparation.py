"""From the bytes of a file to pixels."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from conftest import encode
from leukosmear.parameters import FeatureParameters, FrameParameters, ImageParameters
from leukosmear.preparation import Preparation, plan_preparations
from leukosmear.scale_bars import Region

IMAGES = ImageParameters(size=32, interpolation="bilinear", images_per_partition=8, workers=1)
FEATURES = FeatureParameters(size=64, corner_columns=4, corner_rows=4, histogram_bins=4)


def accepted(**box: int | None) -> pd.DataFrame:
    sides = dict.fromkeys(("bar_left", "bar_top", "bar_right", "bar_bottom")) | box
    return pd.DataFrame([{"width": 256, "height": 192, **sides}])


@pytest.mark.parametrize(
    ("interpolation", "value"), [("nearest", 250), ("box", 125), ("bilinear", 125)], ids=lambda v: str(v)
)
def test_resizing_interpolates(interpolation: str, value: int) -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, 1::2] = 250
    preparation = Preparation(height=32, width=32, interpolation=interpolation)
    prepared = preparation.apply(encode(Image.fromarray(stripes)))
    assert prepared.shape == (32, 32, 3)
    assert prepared[8, 8, 0] == pytest.approx(value, abs=1)


def test_places_of_bars_are_filled_and_hidden_in_every_image() -> None:
    """What is filled must not tell which bar was there: the second image has none, and is filled all the same."""
    bar = np.full((64, 64, 3), 200, np.uint8)
    bar[56:60, 40:60] = 0
    stain = np.full((64, 64, 3), 200, np.uint8)
    stain[57, 50] = 0
    region = Region(38 / 64, 54 / 64, 62 / 64, 62 / 64)
    preparation = Preparation(height=64, width=64, interpolation="nearest", filled=(region,))
    for picture in (bar, stain):
        image = Image.fromarray(picture)
        assert (preparation.finish(image) == 200).all()
        np.testing.assert_array_equal(image, picture)  # left as it was
    assert preparation.hidden.sum() == 8 * 24
    assert preparation.hidden[54:62, 38:62].all()


def test_a_bar_is_filled_whether_images_are_filled_together_or_alone() -> None:
    generator = np.random.default_rng(0)
    images = [Image.fromarray(generator.integers(90, 220, (48, 64, 3), np.uint8)) for _ in range(5)]
    preparation = Preparation(height=24, width=32, interpolation="bicubic", filled=(Region(0.7, 0.8, 1, 1),))
    together = [preparation.resize(image) for image in preparation.fill(images)]
    for image, prepared in zip(images, together, strict=True):
        np.testing.assert_array_equal(preparation.apply(encode(image)), prepared)


def test_its_json_prepares_the_same_pixels() -> None:
    pixels = np.random.default_rng(0).integers(90, 220, (12, 16, 3), np.uint8).repeat(16, 0).repeat(16, 1)
    smear = encode(Image.fromarray(pixels), "JPEG")
    frame = FrameParameters(aspect_ratio=1.25)
    images = IMAGES.model_copy(update={"square": False, "decoding_margin": 1.5})
    box = {"bar_left": 198, "bar_top": 178, "bar_right": 242, "bar_bottom": 186}
    plan = plan_preparations(accepted(**box), frame, images, FEATURES)
    assert (plan.model_images.shape, plan.features.shape) == ((32, 40), (64, 80))
    assert plan.model_images.least == plan.features.least == (120, 96)  # enough for both
    again = Preparation.model_validate_json(plan.model_images.model_dump_json())
    np.testing.assert_array_equal(again.apply(smear), plan.model_images.apply(smear))
    plain = np.asarray(Image.open(io.BytesIO(smear)).resize((40, 32), Image.Resampling.BILINEAR))
    assert (again.apply(smear) != plain).any()  # the bar is filled


@pytest.mark.parametrize("masked", [True, False])
def test_bars_that_are_to_be_seen_are_filled_for_measuring_only(masked: bool) -> None:
    box = {"bar_left": 198, "bar_top": 178, "bar_right": 242, "bar_bottom": 186}
    images = IMAGES.model_copy(update={"mask_scale_bar": masked, "decoding_margin": None})
    plan = plan_preparations(accepted(**box), FrameParameters(), images, FEATURES)
    assert (len(plan.model_images.filled), len(plan.features.filled)) == (int(masked), 1)
    assert plan.model_images.least is None
    assert plan_preparations(accepted(), FrameParameters(), images, FEATURES).features.filled == ()


@pytest.mark.parametrize("bar", [False, True], ids=["without scale bars", "with scale bars"])
def test_reduced_decoding_hardly_shows(bar: bool) -> None:
    """A camera's frame with detail of all sizes, 8 times as large as its model image."""
    generator = np.random.default_rng(0)
    layers = [np.kron(generator.normal(0, 12, (256 // n, 256 // n)), np.ones((n, n))) for n in (1, 4, 16, 64)]
    pixels = np.clip(150 + sum(layers), 0, 255).astype(np.uint8)
    pixels[224:240, 176:240] = 0 if bar else pixels[224:240, 176:240]
    data = encode(Image.fromarray(pixels).convert("RGB"), "JPEG", quality=90)
    filled = (Region(168 / 256, 216 / 256, 248 / 256, 248 / 256),) if bar else ()
    in_full = Preparation(height=32, width=32, interpolation="bilinear", filled=filled)
    reduced = in_full.model_copy(update={"least": (64, 64)})
    assert reduced.decode(data).size == (64, 64)
    difference = np.abs(in_full.apply(data).astype(int) - reduced.apply(data))
    assert 0 < difference.mean() < 1
    assert difference.max() < 16
    assert reduced.apply(data)[28:30, 22:30].min() > 80  # nothing of the bar, which is black
