"""Finding the machine's accelerators and training on all of them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import keras

logger = logging.getLogger(__name__)


@contextmanager
def all_accelerators() -> Iterator[str]:
    """Spread what is built and trained inside the `with` block over all of the machine's GPUs.

    One GPU, or none, needs no spreading. Works for the TensorFlow and the JAX backend of Keras.

    Yields:
        What was found, in words, such as `"2 x GPU (NVIDIA A100-SXM4-40GB)"` or `"CPU"`.
    """
    if keras.backend.backend() == "tensorflow":
        with _tensorflow_devices() as found:
            yield found
    else:
        with _other_devices() as found:
            yield found


@contextmanager
def _tensorflow_devices() -> Iterator[str]:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        try:
            # Else TensorFlow takes all of the memory, and a second program on the machine gets none.
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            logger.debug("TensorFlow was already started; it keeps the memory settings it has.")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", "unknown") for gpu in gpus]
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    found = _announce(devices[0].device_type, len(devices), names)
    if len(devices) == 1:
        yield found
        return
    with _mirrored_strategy(tuple(device.name for device in devices)).scope():
        yield found


@cache
def _mirrored_strategy(devices: tuple[str, ...]) -> Any:  # noqa: ANN401 - TensorFlow is imported late
    """Return the one strategy of the process: the collective operations of a second one would clash with it."""
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(devices)


@contextmanager
def _other_devices() -> Iterator[str]:
    devices = keras.distribution.list_devices()
    found = _announce(devices[0].split(":")[0].upper(), len(devices), [])
    if len(devices) == 1:
        yield found
        return
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
    try:
        yield found
    finally:
        keras.distribution.set_distribution(before)


def _announce(kind: str, n: int, names: list[str]) -> str:
    found = (f"{n} x {kind}" if n > 1 else kind) + (f" ({', '.join(sorted(set(names)))})" if names else "")
    logger.info("Accelerators found: %s; Keras backend: %s", found, keras.backend.backend())
    return found
