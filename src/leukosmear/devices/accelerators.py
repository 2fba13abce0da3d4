"""Finding the machine's accelerators and training on all of them, in the precision that suits them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras

from leukosmear.devices.distribution import WholeBatches

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Device:
    """What a backend says of one device.

    Attributes:
        kind: CPU, GPU or TPU.
        name: What its maker calls it; None if unknown, and for CPUs.
        capability: NVIDIA's compute capability, such as 8.0 for Ampere; None for anything else.
    """

    kind: str
    name: str | None = None
    capability: float | None = None


@dataclass(frozen=True)
class Accelerators:
    """What a training runs on.

    Attributes:
        found: The devices in words, such as `"2 x GPU (NVIDIA A100-SXM4-40GB)"` or `"CPU"`.
        precision: Keras' name of the precision: float32, mixed_bfloat16 or mixed_float16.
    """

    found: str
    precision: str

    def __str__(self) -> str:
        return self.found if self.precision == "float32" else f"{self.found}, {self.precision}"


@contextmanager
def all_accelerators(precision: str = "auto") -> Iterator[Accelerators]:
    """Spread what is built and trained inside the `with` block over all of the machine's GPUs.

    One GPU, or none, needs no spreading. Works for the TensorFlow and the JAX backend of Keras.

    Args:
        precision: Keras' name of the precision to compute with, or auto to take what `choose_precision` says.

    Yields:
        What was found and is used.

    Raises:
        ValueError: If Keras has another backend.
    """
    backend = keras.backend.backend()
    if backend not in ("tensorflow", "jax"):
        raise ValueError(
            f"Expected Keras to have the backend tensorflow or jax. Found {backend}. Set the environment variable "
            "KERAS_BACKEND to one of them."
        )
    devices = _tensorflow_devices() if backend == "tensorflow" else _jax_devices()
    accelerators = Accelerators(_describe(devices), choose_precision(devices) if precision == "auto" else precision)
    logger.info("Training on %s in %s; Keras' backend is %s", accelerators.found, accelerators.precision, backend)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(accelerators.precision)
    try:
        with _spread(len(devices), backend):
            yield accelerators
    finally:
        keras.config.set_dtype_policy(before)


def choose_precision(devices: list[Device]) -> str:
    """Name the precision in which devices compute fastest without losing accuracy, as Keras calls it.

    Matrix units for bfloat16 came with NVIDIA's Ampere (compute capability 8.0), and are what a TPU is made of. Volta
    and Turing (7.0 and 7.5) have them for float16 alone, whose range is so small that Keras has to scale the loss.
    Elsewhere both would only be slower. Weights are float32 in any case.
    """
    if all(device.kind == "TPU" for device in devices):
        return "mixed_bfloat16"
    lowest = min(device.capability or 0 for device in devices)
    if lowest >= 8:
        return "mixed_bfloat16"
    return "mixed_float16" if lowest >= 7 else "float32"


def _describe(devices: list[Device]) -> str:
    names = sorted({device.name for device in devices if device.name})
    kind = devices[0].kind
    return (f"{len(devices)} x {kind}" if len(devices) > 1 else kind) + (f" ({', '.join(names)})" if names else "")


def _tensorflow_devices() -> list[Device]:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        try:
            # Else TensorFlow takes all of the memory, and a second program on the machine gets none.
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            logger.debug("TensorFlow was already started; it keeps the memory settings it has.")
    if not gpus:
        return [Device("CPU")] * len(tf.config.list_logical_devices("CPU"))
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    capabilities = [".".join(map(str, detail.get("compute_capability", (0, 0)))) for detail in details]
    return [
        Device("GPU", detail.get("device_name"), float(capability))
        for detail, capability in zip(details, capabilities, strict=True)
    ]


def _jax_devices() -> list[Device]:
    import jax

    return [
        Device("CPU")
        if device.platform == "cpu"
        else Device(device.platform.upper(), device.device_kind, _capability(getattr(device, "compute_capability", "")))
        for device in jax.local_devices()
    ]


def _capability(value: Any) -> float | None:  # noqa: ANN401 - whatever a backend says
    """Read NVIDIA's compute capability; that of other makers is no number."""
    try:
        return float(value)
    except ValueError:
        return None


@contextmanager
def _spread(n_devices: int, backend: str) -> Iterator[None]:
    if n_devices == 1:
        yield
    elif backend == "tensorflow":
        import tensorflow as tf

        names = (device.name for device in tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices())
        with _mirrored_strategy(tuple(names)).scope():
            yield
    else:
        with WholeBatches(devices=keras.distribution.list_devices()).scope():
            yield


@cache
def _mirrored_strategy(devices: tuple[str, ...]) -> Any:  # noqa: ANN401 - TensorFlow is imported late
    """Return the one strategy of the process: the collective operations of a second one would clash with it."""
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(devices)
