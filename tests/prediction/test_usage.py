import io
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError
from kedro_datasets.tensorflow import TensorFlowModelDataset
from PIL import Image

from conftest import encode
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.parameters import ImageParameters
from leukosmear.pipelines.preprocessing.nodes import make_model_images
from leukosmear.prediction.usage import describe_usage
from leukosmear.preparation.description import describe_preparation

IMAGES = ImageParameters(
    size=32, aspect_ratio=1.25, interpolation="bicubic", decoding_margin=1.5, images_per_partition=8, workers=1
)
TRAINING = {"model": "small", "classes": ["A", "B"], "input_shape": [32, 40, 3]}


@pytest.fixture(scope="module")
def smear() -> bytes:
    """A JPEG that can be decoded at half its size, and has a bar at the right of its lower edge."""
    pixels = np.random.default_rng(0).integers(90, 220, (12, 16, 3), np.uint8).repeat(16, 0).repeat(16, 1)
    pixels[180:184, 200:240] = 0
    return encode(Image.fromarray(pixels), "JPEG")


@pytest.fixture(scope="module")
def accepted() -> pd.DataFrame:
    box = {"bar_left": 198, "bar_top": 178, "bar_right": 242, "bar_bottom": 186}
    return pd.DataFrame([{"image_id": "A/0", "file_name": "A/0.jpg", "label": "A", "width": 256, "height": 192, **box}])


@pytest.fixture(scope="module")
def prepare(project: Path) -> Callable[[bytes, dict], np.ndarray]:
    """The function of docs/export.md that follows a usage to the letter."""
    page = (project / "docs/export.md").read_text(encoding="utf-8")
    namespace: dict = {}
    exec(page.split("```python\n")[1].split("```")[0], namespace)
    return namespace["prepare"]


def test_who_follows_the_usage_gets_the_pixels_that_the_network_was_trained_on(
    smear: bytes, accepted: pd.DataFrame, prepare: Callable[[bytes, dict], np.ndarray]
) -> None:
    usage = describe_usage(TRAINING, describe_preparation(accepted, IMAGES), accepted)
    assert [step["step"] for step in usage["preparation"]] == ["decode", "fill", "resize"]
    assert usage["preparation"][0]["least"] == [60, 48]
    (make,) = make_model_images(ImageFolder(("A",), {"A/0.jpg": lambda: smear}), accepted, IMAGES).values()
    prepared = prepare(smear, usage)
    np.testing.assert_array_equal(prepared, make()["pixels"][0])
    assert list(prepared.shape) == usage["input"]["shape"]
    assert usage["classes"] == ["A", "B"]
    assert usage["data"] == {"images": {"A": 1}}
    plain = np.asarray(Image.open(io.BytesIO(smear)).resize((40, 32), Image.Resampling.BICUBIC))
    assert (prepared != plain).any()  # the bar is filled


@pytest.mark.parametrize("why", ["no image has a bar", "bars are left to be seen"])
def test_nothing_is_filled_where(why: str, accepted: pd.DataFrame) -> None:
    images = IMAGES.model_copy(update={"mask_scale_bar": why == "no image has a bar", "decoding_margin": None})
    if images.mask_scale_bar:
        accepted = accepted.assign(bar_left=pd.NA)
    steps = describe_preparation(accepted, images)
    assert [step["step"] for step in steps] == ["decode", "resize"]
    assert "least" not in steps[0]


def test_images_of_another_size_than_those_of_the_training_are_an_error(accepted: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"32 x 40 pixels.*Found.*\[64, 64, 3\].*Run the modelling"):
        describe_usage(TRAINING | {"input_shape": [64, 64, 3]}, describe_preparation(accepted, IMAGES), accepted)


def test_a_network_whose_file_holds_code_is_not_loaded(tmp_path: Path) -> None:
    """As the catalog loads networks: what runs code on loading, such as a Lambda layer, is refused."""
    dataset = TensorFlowModelDataset(filepath=str(tmp_path / "network.keras"))
    dataset.save(keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)]))
    with pytest.raises(DatasetError, match="safe_mode"):
        dataset.load()
