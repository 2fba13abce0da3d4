"""Exported models run by the runtimes that they were made for, on one thread."""

from collections.abc import Callable
from importlib.metadata import version

import numpy as np

from leukosmear.export.extra import require

# Applies a model to one image: from uint8 (1, height, width, channels) to probabilities (1, n_classes).
Apply = Callable[[np.ndarray], np.ndarray]


def open_tflite(model: bytes) -> Apply:
    """Open a TFLite model in LiteRT; probabilities of whole numbers are turned into fractions."""
    interpreter = require("ai_edge_litert.interpreter").Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    taken, given = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]
    scale, zero = given["quantization"]

    def apply(pixels: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(taken, pixels)
        interpreter.invoke()
        output = interpreter.get_tensor(given["index"])
        return (output.astype(np.float32) - zero) * scale if scale else output

    return apply


def open_onnx(model: bytes) -> Apply:
    """Open an ONNX model in ONNX Runtime."""
    onnxruntime = require("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda pixels: session.run(None, {name: pixels})[0]


def name_runtimes() -> dict[str, str]:
    """Name the runtime behind each way of opening a model, with its version."""
    return {
        "keras": f"Keras {version('keras')}",
        "tflite": f"LiteRT {version('ai-edge-litert')}",
        "onnx": f"ONNX Runtime {version('onnxruntime')}",
    }
