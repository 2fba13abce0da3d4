"""From a Keras network to the bytes of a TFLite or ONNX file.

TensorFlow does the converting; what it is given takes raw uint8 pixels, as the network itself does.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from leukosmear.export.extra import require

# What the file inside of a TFLite file, and the entry in an ONNX file's metadata, is called.
USAGE = "usage"


def refuse_other_backends() -> None:
    """Stop where Keras runs on another backend than TensorFlow.

    Raises:
        RuntimeError: If so; only TensorFlow has converters to these formats.
    """
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise RuntimeError(
            f"Expected the TensorFlow backend of Keras, whose converters make TFLite and ONNX. Found {backend}. "
            "Networks that were trained on another one can be exported, too: run "
            "KERAS_BACKEND=tensorflow kedro run --pipelines=export"
        )


def convert_to_float(network: keras.Model, half: bool) -> bytes:
    """Convert a network to TFLite with weights in floating point.

    Args:
        network: Takes pixels of 0 to 255, returns probabilities.
        half: Store weights in 16 bits instead of 32; most processors still compute in 32.

    Returns:
        A model that takes one image of uint8.
    """
    import tensorflow as tf

    pixels = keras.Input(network.input_shape[1:], batch_size=1, dtype="uint8", name="pixels")
    model = keras.Model(pixels, network(pixels, training=False))

    def halve(converter: Any) -> None:  # noqa: ANN401 - TensorFlow is imported late
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]

    return _convert(model, halve if half else lambda converter: None)


def convert_to_int8(network: keras.Model, examples: np.ndarray) -> bytes:
    """Convert a network to TFLite that computes in whole numbers of 8 bits only.

    Post-training quantization after Jacob et al., "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference" (CVPR 2018): weights per channel, and what flows between layers by the range
    that it has on example images.

    Args:
        network: Takes pixels of 0 to 255, returns probabilities.
        examples: uint8 array of shape (n, height, width, channels): training images.

    Returns:
        A model that takes one image of uint8 and returns uint8, probabilities in 256ths.
    """
    import tensorflow as tf

    pixels = keras.Input(network.input_shape[1:], batch_size=1, name="pixels")
    model = keras.Model(pixels, network(pixels, training=False))
    # One step of the input has to be one grey level, from 0. Where no example has the darkest and the brightest one,
    # steps would be smaller, and raw pixels would be read too dark or too bright.
    examples = examples.copy()
    examples[0, 0, 0], examples[0, -1, -1] = 0, 255

    def calibration() -> Iterator[list[np.ndarray]]:
        for image in examples:
            yield [image[np.newaxis].astype(np.float32)]

    def quantize(converter: Any) -> None:  # noqa: ANN401
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = calibration
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.uint8

    return _convert(model, quantize)


def _convert(model: keras.Model, configure: Callable[[Any], None]) -> bytes:
    """Convert by way of a SavedModel, which is where TensorFlow freezes variables and folds what is constant."""
    import tensorflow as tf

    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [tf.TensorSpec(model.inputs[0].shape, model.inputs[0].dtype, name="pixels")]
    archive.add_endpoint("serve", lambda pixels: model(pixels, training=False), signature)
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        configure(converter)
        return converter.convert()


def convert_to_onnx(network: keras.Model, opset: int) -> Any:  # noqa: ANN401 - onnx.ModelProto; onnx is an extra
    """Convert a network to ONNX.

    Args:
        network: Takes pixels of 0 to 255, returns probabilities.
        opset: Version of ONNX's operators.

    Returns:
        An `onnx.ModelProto` that takes any number of images of uint8 as `pixels` and returns `probabilities`.
    """
    import tensorflow as tf

    tf2onnx = require("tf2onnx")
    signature = [tf.TensorSpec(network.input_shape, tf.uint8, name="pixels")]
    function = tf.function(lambda pixels: {"probabilities": network(pixels, training=False)}, signature)
    proto, _ = tf2onnx.convert.from_function(function, signature, opset=opset)
    for tensor in (*proto.graph.input, *proto.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "n_images"  # else a number that changes from run to run
    return proto


def pack_tflite(model: bytes, usage: dict[str, Any]) -> bytes:
    """Put the usage and the names of the classes into a TFLite file.

    They are appended as a ZIP archive, which is how TFLite carries associated files
    (https://ai.google.dev/edge/litert/models/metadata): runtimes do not see them, and `unzip` takes them out.
    """
    packed = io.BytesIO(model)
    with zipfile.ZipFile(packed, "a") as archive:
        for name, text in ((f"{USAGE}.json", _to_json(usage)), ("labels.txt", "\n".join(usage["classes"]))):
            # Dated, so that equal models are equal files.
            archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), text)
    return packed.getvalue()


def pack_onnx(proto: Any, usage: dict[str, Any]) -> bytes:  # noqa: ANN401
    """Put the usage into an ONNX file's metadata."""
    require("onnx").helper.set_model_props(proto, {USAGE: _to_json(usage)})
    return proto.SerializeToString(deterministic=True)


def _to_json(usage: dict[str, Any]) -> str:
    return json.dumps(usage, indent=2, ensure_ascii=False)
