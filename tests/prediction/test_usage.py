"""Everything that is needed to answer for one image, in one file beside the model."""

from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError
from kedro_datasets.tensorflow import TensorFlowModelDataset
from PIL import Image

from conftest import encode
from leukosmear.parameters import FeatureParameters, FrameParameters, ImageParameters, PixelFeatureParameters
from leukosmear.prediction.usage import Usage, describe_estimator_usage, describe_usage
from leukosmear.preparation import plan_preparations

FEATURES = FeatureParameters(size=64, corner_columns=4, corner_rows=4, histogram_bins=4)
PIXELS = PixelFeatureParameters(size=2)
IMAGES = ImageParameters(size=32, interpolation="bilinear", images_per_partition=8, workers=1)
NETWORK = {"model": "small", "family": "network", "input_shape": [32, 32, 3]}
ESTIMATOR = {"model": "forest", "family": "estimator", "n_features": 12}
WEIGHTS = {"sha256": "ab" * 32, "n_bytes": 1234}


@pytest.fixture(scope="module")
def accepted() -> pd.DataFrame:
    box = {"bar_left": 198, "bar_top": 178, "bar_right": 242, "bar_bottom": 186}
    return pd.DataFrame(
        [{"label": "A", "width": 256, "height": 192, **box}, {"label": "B", "width": 256, "height": 192}]
    )


@pytest.fixture(scope="module")
def preparations(accepted: pd.DataFrame) -> dict:
    return plan_preparations(accepted, FrameParameters(), IMAGES, FEATURES).model_dump(mode="json")


@pytest.fixture(scope="module")
def predictions() -> pd.DataFrame:
    """Four validation images, all right but one: of B, with 0.4 for it, below which no image of B lies."""
    probabilities = np.array([0.9, 0.7, 0.6, 0.2])
    return pd.DataFrame(
        {"protocol": "random", "fold": 0, "seed": 3, "image_id": list("abcd"), "side": "validation"}
        | {"label": ["A", "A", "B", "B"], "p_A": probabilities, "p_B": 1 - probabilities}
    )


def test_a_networks_usage_survives_json_and_takes_a_file(
    accepted: pd.DataFrame, preparations: dict, predictions: pd.DataFrame
) -> None:
    described = describe_usage(
        NETWORK, predictions, 3.5, WEIGHTS, accepted, preparations, "A", "target_sensitivity", 1.0
    )
    usage = Usage.model_validate(described)
    assert (usage.classes, usage.images, usage.split) == (
        ("A", "B"), {"A": 1, "B": 1}, {"protocol": "random", "fold": 0, "seed": 3},
    )  # fmt: skip
    assert (usage.milliseconds, usage.weights.n_bytes, usage.features) == (3.5, 1234, None)
    # All of B are found from 0.4 on, the next lower probability of B is 0.3: halfway between.
    assert usage.threshold == pytest.approx(0.35)
    assert 0.05 < usage.temperature < 20
    data = encode(Image.effect_noise((256, 192), 40).convert("RGB"))
    pixels = usage.take(data)
    assert (pixels.shape, pixels.dtype) == ((1, *usage.input["shape"]), np.uint8)
    np.testing.assert_array_equal(pixels[0], usage.preparation.apply(data))


@pytest.mark.parametrize(
    ("table", "n_features"), [("pixel_features", 12), ("histogram_features", 12), ("background_features", 6)]
)
def test_an_estimators_usage_measures_a_file(
    table: str, n_features: int, accepted: pd.DataFrame, preparations: dict, predictions: pd.DataFrame
) -> None:
    described = describe_estimator_usage(
        table, FEATURES, PIXELS,
        training=ESTIMATOR, predictions=predictions, milliseconds=1.0, weights=WEIGHTS, accepted_images=accepted,
        preparations=preparations, negative_class=None, threshold_rule="youden", target_sensitivity=0.9,
    )  # fmt: skip
    usage = Usage.model_validate(described)
    assert usage.preparation.shape == ((32, 32) if table == "pixel_features" else (64, 64))
    assert (usage.threshold, usage.negative_class) == (None, None)
    row = usage.take(encode(Image.effect_noise((256, 192), 40).convert("RGB")))
    assert row.shape == (1, n_features)
    assert row.notna().all(axis=None)


def test_a_network_for_images_of_another_size_is_refused(
    accepted: pd.DataFrame, preparations: dict, predictions: pd.DataFrame
) -> None:
    other = NETWORK | {"input_shape": [64, 64, 3]}
    with pytest.raises(ValueError, match=r"32 x 32 pixels.*Found.*\[64, 64, 3\]"):
        describe_usage(other, predictions, 1.0, WEIGHTS, accepted, preparations, "A", "youden", 0.9)


def test_a_network_whose_file_holds_code_is_not_loaded(tmp_path: Path) -> None:
    """As the catalog loads networks: what runs code on loading, such as a Lambda layer, is refused."""
    dataset = TensorFlowModelDataset(filepath=str(tmp_path / "network.keras"))
    dataset.save(keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)]))
    with pytest.raises(DatasetError, match="safe_mode"):
        dataset.load()
