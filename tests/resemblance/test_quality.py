from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from leukosmear.parameters import QualityParameters
from leukosmear.resemblance.quality import estimate_aspect, flag_quality

PARAMETERS = QualityParameters(max_deviation=3.5, aspect_images=300, seed=0)
NO_BAR = {"bar_left": pd.NA, "bar_top": pd.NA, "bar_right": pd.NA, "bar_bottom": pd.NA}


def usual(label: str, n: int, **values: float) -> pd.DataFrame:
    """A class whose brightness and contrast have median 200 and 30 and robust standard deviation 1.4826 * 2."""
    steps = np.resize([-2.0, 0.0, 2.0, -3.0, 3.0], n)
    return pd.DataFrame(
        {
            "label": label,
            "status": "accepted",
            "brightness": values.get("brightness", 200) + steps,
            "contrast": values.get("contrast", 30) + steps,
            "sharpness": values.get("sharpness", 100) * np.exp(steps / 10),
        }
    )


def flags(first: dict[str, float], n: int = 50) -> list[str]:
    measurements = usual("A", n)
    for name, value in first.items():
        measurements.loc[1, name] = value
    return list(flag_quality(measurements, PARAMETERS))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # 3.5 robust standard deviations are 3.5 * 1.4826 * 2 = 10.4 grey levels, or a factor of exp(1.04) = 2.8.
        pytest.param({"brightness": 189.0}, "dark", id="dark"),
        pytest.param({"brightness": 190.0}, "", id="rather dark"),
        pytest.param({"brightness": 211.0}, "bright", id="bright"),
        pytest.param({"contrast": 19.0}, "low contrast", id="low contrast"),
        pytest.param({"contrast": 60.0}, "", id="high contrast"),
        pytest.param({"sharpness": 35.0}, "blurred", id="blurred"),
        pytest.param({"sharpness": 37.0}, "", id="rather soft"),
        pytest.param({"sharpness": 1000.0}, "", id="very sharp"),
        pytest.param(
            {"sharpness": 0.0, "brightness": 255.0, "contrast": 0.0}, "blurred, bright, low contrast", id="blank"
        ),
    ],
)
def test_what_is_far_from_usual_is_flagged(values: dict[str, float], expected: str) -> None:
    assert flags(values) == ["", expected] + [""] * 48


def test_a_small_class_has_nothing_usual() -> None:
    assert flags({"brightness": 0.0}, n=9) == [""] * 9
    assert flags({"brightness": 0.0}, n=10)[1] == "dark"


def test_images_are_compared_within_their_class() -> None:
    measurements = pd.concat([usual("A", 20, sharpness=1000), usual("B", 20, sharpness=10)], ignore_index=True)
    assert (flag_quality(measurements, PARAMETERS) == "").all()
    measurements["label"] = "A"
    measurements = measurements[:21]
    assert list(flag_quality(measurements, PARAMETERS))[20] == "blurred"


@pytest.mark.parametrize(("difference", "expected"), [(-3.0, ""), (-4.0, "dark")])
def test_among_images_all_alike_only_what_the_eye_sees_counts(difference: float, expected: str) -> None:
    measurements = usual("A", 30).assign(brightness=200.0, contrast=30.0, sharpness=100.0)
    measurements.loc[7, "brightness"] += difference
    assert flag_quality(measurements, PARAMETERS)[7] == expected


def test_rejected_files_have_no_flag_and_do_not_count() -> None:
    measurements = usual("A", 40).set_index(np.arange(100, 140))
    measurements.loc[100:119, ["status", "brightness", "contrast", "sharpness"]] = ["rejected", None, None, None]
    measurements.loc[125, "brightness"] = 100.0
    found = flag_quality(measurements, PARAMETERS)
    assert list(found.index) == list(range(100, 140))
    assert found[found != ""].to_dict() == {125: "dark"}


def disks(aspect: float, size: tuple[int, int] = (224, 224), n: int = 30) -> tuple[np.ndarray, pd.DataFrame]:
    """Blurred dark disks on white, `aspect` times taller than wide in files of some (width, height)."""
    generator = np.random.default_rng(0)
    x, y = np.meshgrid((np.arange(112) + 0.5) * size[0] / 112, (np.arange(112) + 0.5) * size[1] / 112)
    pictures = []
    for _ in range(n):
        grey = np.full((112, 112), 230.0)
        for _ in range(6):
            centre = generator.uniform(0.1, 0.9, 2) * size
            radius = generator.uniform(10, 25)
            distance = np.hypot((x - centre[0]) * np.sqrt(aspect), (y - centre[1]) / np.sqrt(aspect))
            grey -= generator.uniform(30, 90) / (1 + np.exp((distance - radius) / 3))
        pictures.append(np.clip(grey, 0, 255).astype(np.uint8))
    return np.stack(pictures), pd.DataFrame({"width": size[0], "height": size[1], **NO_BAR}, index=range(n))


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        pytest.param(1.0, (224, 224), id="round"),
        pytest.param(4 / 3, (224, 224), id="squeezed"),
        pytest.param(0.8, (224, 224), id="flattened"),
        pytest.param(1.0, (320, 240), id="round in 4 to 3"),
        pytest.param(4 / 3, (240, 320), id="squeezed in 3 to 4"),
    ],
)
def test_the_shape_of_pixels_is_found(aspect: float, size: tuple[int, int]) -> None:
    estimate = estimate_aspect(*disks(aspect, size), PARAMETERS)
    assert estimate is not None
    assert estimate.aspect == pytest.approx(aspect, rel=0.05)
    assert 0.9 * aspect < estimate.low < estimate.aspect < estimate.high < 1.1 * aspect
    assert estimate.n_images == 30


def test_scale_bars_are_painted_over() -> None:
    thumbnails, images = disks(1.0)
    thumbnails[:, 90:98, 40:100] = 0  # in the files: 120 pixels wide, 16 high
    disturbed = estimate_aspect(thumbnails, images, PARAMETERS)
    covered = estimate_aspect(
        thumbnails, images.assign(bar_left=80, bar_top=180, bar_right=200, bar_bottom=196), PARAMETERS
    )
    assert disturbed is not None
    assert disturbed.aspect < 0.9
    assert covered is not None
    assert covered.aspect == pytest.approx(1.0, abs=0.04)


def test_only_so_many_images_are_drawn_and_blank_ones_tell_nothing() -> None:
    thumbnails, images = disks(1.0)
    parameters = PARAMETERS.model_copy(update={"aspect_images": 12})
    estimate = estimate_aspect(thumbnails, images, parameters)
    assert estimate is not None
    assert estimate.n_images == 12
    assert estimate == estimate_aspect(thumbnails, images, parameters)
    thumbnails[:7] = 255
    some_blank = estimate_aspect(thumbnails, images, PARAMETERS)
    assert some_blank is not None
    assert replace(some_blank, n_images=23) == some_blank
    assert estimate_aspect(np.full((3, 112, 112), 9, np.uint8), images[:3], PARAMETERS) is None
    assert estimate_aspect(thumbnails[:0], images[:0], PARAMETERS) is None


def test_thumbnails_without_measurements_are_an_error() -> None:
    thumbnails, images = disks(1.0, n=3)
    with pytest.raises(ValueError, match="Found 2 and 3"):
        estimate_aspect(thumbnails, images[:2], PARAMETERS)


@pytest.mark.parametrize(("width", "expected"), [(224, 4 / 3), (299, 1.0)], ids=["as drawn", "unsqueezed"])
def test_the_sample_is_squeezed_as_it_was_drawn(project: Path, width: int, expected: float) -> None:
    thumbnails = []
    for path in sorted((project / "data/01_raw/sample").glob("*/*.jpg")):
        grey = Image.open(path).convert("L").resize((width, 224), Image.Resampling.BICUBIC)
        thumbnails.append(np.asarray(grey.resize((112, 112), Image.Resampling.BOX)))
    images = pd.DataFrame({"width": width, "height": 224, **NO_BAR}, index=range(len(thumbnails)))
    estimate = estimate_aspect(np.stack(thumbnails), images, PARAMETERS)
    assert estimate is not None
    assert estimate.aspect == pytest.approx(expected, rel=0.05)
