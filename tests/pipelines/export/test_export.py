import io
import json
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from ai_edge_litert.interpreter import Interpreter
from keras import layers
from PIL import Image

from conftest import encode, partitions
from leukosmear.export import converting
from leukosmear.model_images import load_side
from leukosmear.parameters import ExportParameters
from leukosmear.pipelines.export.nodes import convert_network, run_formats
from leukosmear.prediction.usage import Usage
from leukosmear.preparation import Preparation

EXPORT = ExportParameters(calibration_images=8, seed=0, opset=17, warm_up_calls=1)
FORMATS = ("tflite_float32", "tflite_float16", "tflite_int8", "onnx")
# Largest difference in probability: rounding of float32, of float16, and 256 steps that several layers round to.
TOLERANCE = {"tflite_float32": 1e-5, "tflite_float16": 5e-3, "tflite_int8": 0.05, "onnx": 1e-5}
USAGE = Usage(
    model="blue_or_yellow",
    family="network",
    classes=("Blau", "Gelb, übrig"),
    images={"Blau": 8, "Gelb, übrig": 8},
    split={"protocol": "random", "fold": 0, "seed": 0},
    preparation=Preparation(height=16, width=16, interpolation="nearest"),
    input={"dtype": "uint8", "shape": [16, 16, 3], "batch": "any number of images"},
    output={"dtype": "float32", "meaning": "probability of each class"},
    temperature=1.0,
    negative_class=None,
    threshold=None,
    weights={"sha256": "ab" * 32, "n_bytes": 700},
    milliseconds=1.0,
    versions={},
).model_dump(mode="json")


class Data(NamedTuple):
    """Sixteen images, none of which has a black or a white pixel."""

    model_images: dict
    split: pd.DataFrame


@pytest.fixture(scope="module")
def data() -> Data:
    image_ids = [f"{label}/{index}" for label in "AB" for index in range(8)]
    base = np.where(np.array([name[0] == "A" for name in image_ids])[:, None], [[60, 80, 150]], [[150, 140, 80]])
    pixels = np.random.default_rng(0).integers(-20, 20, (16, 16, 16, 3)) + base[:, None, None]
    manifest = pd.DataFrame({"image_id": image_ids, "label": [name[0] for name in image_ids]})
    return Data(partitions(pixels.astype(np.uint8), image_ids), manifest.assign(side=["train", "test"] * 8))


@pytest.fixture(scope="module")
def network() -> keras.Model:
    """Tells blue from yellow: blue less red, averaged, is 90 of 255 in blue images, and -70 in yellow ones."""
    network = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(2, 1, use_bias=False, name="convolution"),
            layers.BatchNormalization(name="normalization"),
            layers.ReLU(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2, activation="softmax", name="classes"),
        ],
        name="blue_or_yellow",
    )
    network.get_layer("convolution").set_weights([np.array([[[[-1, 1], [0, 0], [1, -1]]]], "float32")])
    network.get_layer("classes").set_weights([np.array([[5, -5], [-5, 5]], "float32"), np.zeros(2, "float32")])
    return network


@pytest.fixture(scope="module")
def files(network: keras.Model, data: Data) -> dict[str, bytes]:
    return dict(zip(FORMATS, convert_network(network, USAGE, *data, EXPORT), strict=True))


@pytest.fixture(scope="module")
def ran(network: keras.Model, files: dict[str, bytes], data: Data) -> tuple[pd.DataFrame, dict]:
    return run_formats(network, *files.values(), *data, EXPORT)


def test_every_format_says_of_raw_pixels_what_the_network_says(ran: tuple[pd.DataFrame, dict]) -> None:
    outputs = {name: table.set_index("image_id") for name, table in ran[0].groupby("format")}
    assert set(outputs) == {"keras", *FORMATS}
    expected = outputs["keras"]
    assert list(expected.index) == [f"{label}/{index}" for label in "AB" for index in (1, 3, 5, 7)]
    # Of blue images 5 * 2 * 90 / 255, but for the normalization's 0.001, is how much the logits differ.
    assert expected.loc["A/1", "p_A"] == pytest.approx(1 / (1 + np.exp(-3.5)), abs=0.01)
    for name, tolerance in TOLERANCE.items():
        difference = (outputs[name][["p_A", "p_B"]] - expected[["p_A", "p_B"]]).abs().to_numpy().max()
        assert difference <= tolerance, name
        predicted = outputs[name][["p_A", "p_B"]].idxmax(axis=1).str[2:]
        assert (predicted == outputs[name]["label"]).all(), name


def test_runs_say_by_what_how_large_and_how_fast(ran: tuple[pd.DataFrame, dict], files: dict[str, bytes]) -> None:
    runs = ran[1]
    assert runs["keras"] == {"runtime": f"Keras {keras.__version__}", "milliseconds": None}
    assert runs["onnx"]["runtime"] == f"ONNX Runtime {onnxruntime.__version__}"
    for name in FORMATS:
        assert runs[name]["bytes"] == len(files[name])
        assert 0 < runs[name]["milliseconds"] < 1000
    json.dumps(runs)


def test_int8_takes_grey_levels_as_they_are_and_computes_in_whole_numbers(files: dict[str, bytes]) -> None:
    interpreter = Interpreter(model_content=files["tflite_int8"])
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    assert (taken["dtype"], taken["quantization"]) == (np.uint8, (1.0, 0))
    assert (given["dtype"], given["quantization"]) == (np.uint8, (1 / 256, 0))
    kinds = {np.dtype(tensor["dtype"]).kind for tensor in interpreter.get_tensor_details()}
    assert kinds <= {"i", "u"}


def test_weights_take_2_bytes_in_float16_and_batch_normalization_is_folded(files: dict[str, bytes]) -> None:
    kinds = {np.dtype(t["dtype"]) for t in Interpreter(model_content=files["tflite_float16"]).get_tensor_details()}
    assert np.dtype(np.float16) in kinds
    interpreter = Interpreter(model_content=files["tflite_float32"])
    operations = [operation["op_name"] for operation in interpreter._get_ops_details()]
    # The convolution has taken up rescaling, normalization and ReLU; the delegate is how LiteRT runs all of it.
    assert [name for name in operations if name != "DELEGATE"] == [
        "CAST",
        "CONV_2D",
        "MEAN",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]


def test_onnx_has_the_opset_asked_for_and_takes_batches(
    files: dict[str, bytes], network: keras.Model, data: Data
) -> None:
    proto = onnx.load_from_string(files["onnx"])
    onnx.checker.check_model(proto)
    assert {entry.domain: entry.version for entry in proto.opset_import}[""] == 17
    session = onnxruntime.InferenceSession(files["onnx"], providers=["CPUExecutionProvider"])
    assert [(given.name, given.type) for given in session.get_inputs()] == [("pixels", "tensor(uint8)")]
    assert session.get_inputs()[0].shape == ["n_images", 16, 16, 3]
    assert session.get_outputs()[0].shape == ["n_images", 2]
    pixels = load_side(*data, "test").pixels[:3]
    (found,) = session.run(["probabilities"], {"pixels": pixels})
    np.testing.assert_allclose(found, network.predict(pixels, verbose=0), atol=1e-5)


@pytest.mark.parametrize("name", FORMATS)
def test_the_usage_travels_inside_of_every_file(name: str, files: dict[str, bytes]) -> None:
    if name == "onnx":
        session = onnxruntime.InferenceSession(files[name], providers=["CPUExecutionProvider"])
        usage = json.loads(session.get_modelmeta().custom_metadata_map["usage"])
    else:
        with zipfile.ZipFile(io.BytesIO(files[name])) as archive:
            usage = json.loads(archive.read("usage.json"))
            assert archive.read("labels.txt").decode().split("\n") == USAGE["classes"]
    assert usage["classes"] == USAGE["classes"]
    assert usage["input"]["dtype"] == "uint8"
    assert usage["input"]["batch"] == ("any number of images" if name == "onnx" else "1 image")
    assert usage["output"]["dtype"] == ("uint8" if name == "tflite_int8" else "float32")


def test_the_documentation_says_how_to_apply_a_file(
    project: Path, files: dict[str, bytes], data: Data, ran: tuple[pd.DataFrame, dict], tmp_path: Path
) -> None:
    page = (project / "docs/export.md").read_text(encoding="utf-8")
    namespace: dict = {}
    exec(page.split("```python\n")[1].split("```")[0], namespace)
    path = tmp_path / "network_int8.tflite"
    path.write_bytes(files["tflite_int8"])
    images = load_side(*data, "test")
    found = namespace["classify"](str(path), encode(Image.fromarray(images.pixels[0])))
    expected = ran[0].set_index(["format", "image_id"]).loc[("tflite_int8", images.image_ids[0])]
    assert found == {"Blau": expected["p_A"], "Gelb, übrig": expected["p_B"]}


def test_only_calibration_images_of_the_train_split_are_read(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(converting, "convert_to_float", lambda network, half: b"")
    monkeypatch.setattr(converting, "convert_to_int8", lambda network, examples: seen.append(examples) or b"")
    monkeypatch.setattr(converting, "convert_to_onnx", lambda network, opset: onnx.ModelProto())
    network = keras.Sequential([keras.Input((16, 16, 3)), layers.GlobalAveragePooling2D()])
    convert_network(network, USAGE, *data, EXPORT.model_copy(update={"calibration_images": 3}))
    train = load_side(*data, "train").pixels
    assert len(seen[0]) == 3
    assert all((train == example).all(axis=(1, 2, 3)).sum() == 1 for example in seen[0])


@pytest.mark.parametrize("module", ["ai_edge_litert", "onnx", "onnxruntime", "tf2onnx"])
def test_a_missing_package_names_the_extra_that_brings_it(
    module: str, monkeypatch: pytest.MonkeyPatch, data: Data
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModuleNotFoundError, match=rf"no module `{module}.*pip install -e \"\.\[export\]\""):
        convert_network(None, USAGE, *data, EXPORT)


def test_another_backend_is_an_error_that_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, data: Data) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match=r"TensorFlow backend.*Found jax.*KERAS_BACKEND=tensorflow kedro run"):
        convert_network(None, USAGE, *data, EXPORT)
