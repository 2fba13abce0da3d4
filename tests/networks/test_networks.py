from pathlib import Path

import keras
import numpy as np
import pytest

from leukosmear.networks.building import build_network
from leukosmear.networks.compact import compact_cnn
from leukosmear.networks.imagenet import densenet121, resnet50
from leukosmear.networks.paper import paper_cnn
from leukosmear.parameters import NetworkParameters


def answer(network: keras.Model, pixels: np.ndarray | list[np.ndarray]) -> np.ndarray:
    """Apply a network layer by layer, which takes less time than to trace a graph of it."""
    return keras.ops.convert_to_numpy(network(pixels, training=False))


@pytest.mark.parametrize("build", [paper_cnn, compact_cnn, resnet50, densenet121])
def test_networks_take_raw_pixels_and_return_probabilities(build, tmp_path: Path) -> None:
    network = build((32, 32, 3), 3)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    probabilities = answer(network, pixels)
    assert probabilities.shape == (2, 3)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-5)
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    np.testing.assert_array_equal(answer(loaded, pixels), probabilities)


@pytest.mark.parametrize("normalized", [False, True])
def test_paper_cnn_is_the_papers_sequence_of_layers(normalized: bool) -> None:
    network = paper_cnn((32, 32, 3), 4, filters=(8, 16), dense_units=10, batch_normalization=normalized)
    block = ["Conv2D", *["BatchNormalization"] * normalized, "ReLU", "MaxPooling2D"]
    assert isinstance(network, keras.Sequential)
    assert [type(layer).__name__ for layer in network.layers] == [
        "Rescaling",
        *block * 2,
        "Dropout", "Flatten", "Dense", "Dropout", "Dense",
    ]  # fmt: skip
    assert network.layers[0].scale == 1 / 255


def test_compact_cnn_is_compact() -> None:
    assert compact_cnn((112, 112, 3), 4).count_params() <= 300_000


def test_preprocessing_is_that_of_the_published_weights() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("float32")
    for build, module in [
        (resnet50, keras.applications.resnet50),
        (densenet121, keras.applications.densenet),
    ]:
        network = build((32, 32, 3), 2)
        body = next(layer for layer in network.layers if isinstance(layer, keras.Model))
        front = keras.Model(network.inputs, network.layers[network.layers.index(body) - 1].output)
        np.testing.assert_allclose(
            answer(front, [pixels]), module.preprocess_input(pixels.copy()), rtol=1e-3, atol=1e-3
        )


def test_images_are_resized_inside_and_a_frozen_body_is_not_trained() -> None:
    network = resnet50((48, 48, 3), 4, size=32, frozen=True)
    assert network.input_shape == (None, 48, 48, 3)
    assert len(network.trainable_weights) == 2


def test_weights_from_a_local_file(tmp_path: Path) -> None:
    body = keras.applications.ResNet50(include_top=False, weights=None, input_shape=(32, 32, 3))
    path = tmp_path / "body.weights.h5"
    body.save_weights(path)
    network = resnet50((32, 32, 3), 4, weights=str(path))
    loaded = next(layer for layer in network.layers if isinstance(layer, keras.Model))
    for mine, theirs in zip(loaded.get_weights(), body.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_weights_that_do_not_fit_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "other.weights.h5"
    compact_cnn((32, 32, 3), 4).save_weights(path)
    with pytest.raises(ValueError, match=r"to hold weights of resnet50 without its top.*weights: null"):
        resnet50((32, 32, 3), 4, weights=str(path))


def test_missing_weights_file_names_the_ways_out() -> None:
    with pytest.raises(ValueError, match=r"Found no file at 'gone.h5'. Either set `weights: null`.*download"):
        densenet121((32, 32, 3), 4, weights="gone.h5")


def test_imagenet_without_a_network_names_the_ways_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_network(*args: object, **kwargs: object) -> None:
        raise Exception("URL fetch failure: Name or service not known")

    monkeypatch.setattr("keras.src.applications.resnet.file_utils.get_file", no_network)
    with pytest.raises(ValueError, match=r"(?s)URL fetch failure.*`weights: null`.*set `weights` to its path"):
        resnet50((32, 32, 3), 4, weights="imagenet")


def test_network_is_named_by_its_import_path() -> None:
    parameters = NetworkParameters(
        builder="leukosmear.networks.compact.compact_cnn", options={"filters": [4, 8], "dropout": 0.1}
    )
    assert build_network(parameters, (32, 32, 3), 5).output_shape == (None, 5)


@pytest.mark.parametrize(
    ("builder", "options", "message"),
    [
        (
            "leukosmear.networks.compact.gone",
            {},
            "import path of a function.*Found 'leukosmear.networks.compact.gone'",
        ),
        ("nowhere.at.all", {}, "import path of a function"),
        (
            "leukosmear.networks.compact.compact_cnn",
            {"depth": 3},
            r"does not take the options \{'depth': 3\}",
        ),
        (
            "leukosmear.networks.compact.compact_cnn",
            {"filters": 3},
            r"does not take the options \{'filters': 3\}: 'int' object is not iterable",
        ),
    ],
)
def test_unknown_networks_and_options_are_errors(builder: str, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_network(NetworkParameters(builder=builder, options=options), (32, 32, 3), 2)
