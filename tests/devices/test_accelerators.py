import logging
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from devices import device_probe
from leukosmear.devices.accelerators import Accelerators, Device, all_accelerators, choose_precision
from leukosmear.devices.distribution import make_portable, normalise_together
from leukosmear.networks.compact import compact_cnn
from leukosmear.networks.imagenet import resnet50
from leukosmear.networks.paper import paper_cnn
from leukosmear.training.batches import shareable

# Compiling takes most of the time; what is compiled is small.
TWO_DEVICES = (
    "--xla_force_host_platform_device_count=2 --xla_backend_optimization_level=0 "
    "--xla_llvm_disable_expensive_passes=true"
)


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    return device_probe.draw_weights()


@pytest.fixture(scope="module")
def probed(request, weights, tmp_path_factory) -> dict[str, np.ndarray]:
    """What a process with another backend, or with two devices, gives."""
    if request.param == "jax":
        pytest.importorskip("jax", reason='needs the extra: pip install -e ".[jax]"')
    folder = tmp_path_factory.mktemp(request.param)
    np.savez(folder / "weights.npz", **weights)
    command = [sys.executable, device_probe.__file__, str(folder / "weights.npz"), str(folder / "results.npz")]
    # Kernels of oneDNN, which GPUs do not use, refuse the share of a device that gets no image of a last batch.
    environment = {
        **os.environ, "KERAS_BACKEND": request.param, "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"
    }  # fmt: skip
    if request.param == "jax":
        environment["XLA_FLAGS"] = TWO_DEVICES
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(np.load(folder / "results.npz"))


@pytest.mark.parametrize("probed", ["jax"], indirect=True, scope="module")
def test_backends_agree(probed, weights) -> None:
    """On changed images by the same random numbers, on probabilities, and on losses after some steps."""
    expected = device_probe.forward(weights)
    np.testing.assert_allclose(probed["augmented"], expected["augmented"], atol=0.01)
    for name in ("compact_cnn", "paper_cnn"):
        np.testing.assert_allclose(probed[name], expected[name], atol=1e-4)
    np.testing.assert_allclose(probed["one device"], device_probe.losses(weights, 16), rtol=2e-3)


@pytest.mark.parametrize("probed", ["jax", "tensorflow"], indirect=True, scope="module")
def test_two_devices_train_like_one(probed) -> None:
    assert probed["found"] == "2 x CPU"
    np.testing.assert_allclose(probed["two devices"], probed["one device"], rtol=1e-4)
    assert np.ptp(probed["two devices"][:, 0]) > 1e-3  # it has learnt
    assert np.isfinite(probed["left over"]).all()


@pytest.mark.parametrize(
    ("devices", "precision"),
    [
        ([Device("CPU")], "float32"),
        ([Device("GPU", "Tesla P100", 6.0)], "float32"),
        ([Device("GPU", "Tesla V100", 7.0)], "mixed_float16"),
        ([Device("GPU", "Tesla T4", 7.5)], "mixed_float16"),
        ([Device("GPU", "NVIDIA A100", 8.0)] * 2, "mixed_bfloat16"),
        ([Device("GPU", "NVIDIA A100", 8.0), Device("GPU", "Tesla T4", 7.5)], "mixed_float16"),
        ([Device("GPU", "AMD Instinct")], "float32"),
        ([Device("TPU", "TPU v4")], "mixed_bfloat16"),
    ],
    ids=lambda value: value if isinstance(value, str) else " + ".join(device.name or device.kind for device in value),
)
def test_precision_suits_the_chip(devices: list[Device], precision: str) -> None:
    assert choose_precision(devices) == precision


def test_gpus_are_named_and_their_memory_grows(monkeypatch, caplog) -> None:
    grown = []
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["gpu"] if kind == "GPU" else [])
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", lambda gpu, on: grown.append((gpu, on)))
    details = {"device_name": "NVIDIA A100", "compute_capability": (8, 0)}
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    with caplog.at_level(logging.INFO), all_accelerators() as accelerators:
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    assert str(accelerators) == "GPU (NVIDIA A100), mixed_bfloat16"
    assert grown == [("gpu", True)]
    assert "Training on GPU (NVIDIA A100) in mixed_bfloat16; Keras' backend is tensorflow" in caplog.text


def test_precision_is_given_back_whatever_happens() -> None:
    def fail() -> None:
        with all_accelerators("mixed_float16") as accelerators:
            assert accelerators == Accelerators("CPU", "mixed_float16")
            assert keras.config.dtype_policy().name == "mixed_float16"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert keras.config.dtype_policy().name == "float32"


def test_other_backends_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with (
        pytest.raises(ValueError, match=r"tensorflow or jax\. Found torch\. Set the environment variable"),
        all_accelerators(),
    ):
        pass


@pytest.mark.parametrize("build", [compact_cnn, paper_cnn, resnet50])
def test_output_is_float32_in_mixed_precision(build) -> None:
    with all_accelerators("mixed_float16"):
        network = build((32, 32, 3), 2)
    assert network.layers[-1].compute_dtype == "float32"
    assert network.layers[-2].compute_dtype == "float16"


def test_a_network_trained_in_mixed_precision_computes_in_float32(weights, tmp_path: Path) -> None:
    pixels, labels = device_probe.batches(8)[0]
    with all_accelerators("mixed_float16"):
        network = device_probe.networks()["compact_cnn"]
        trainer = keras.Sequential([keras.Input(device_probe.SHAPE), network])
        trainer.compile("adam", "categorical_crossentropy", jit_compile=False)
        trainer.fit(pixels, labels, verbose=0)
        assert trainer.optimizer.name == "loss_scale_optimizer"  # else small gradients would be lost
    make_portable(network)
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras", safe_mode=True)
    reference = device_probe.networks()["compact_cnn"]
    reference.set_weights(network.get_weights())
    assert "float16" not in loaded.to_json()
    for model in (network, loaded):
        probabilities = keras.ops.convert_to_numpy(model(pixels, training=False))
        assert probabilities.dtype == np.float32
        np.testing.assert_array_equal(probabilities, reference(pixels, training=False))


def test_normalization_counts_all_images_only_while_several_devices_train(monkeypatch) -> None:
    body = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization(name="inner")])
    network = keras.Sequential([keras.Input((4,)), keras.layers.BatchNormalization(name="outer"), body])
    layers = network.layers[0], body.layers[0]
    normalise_together(network)
    assert not any(layer.synchronized for layer in layers)
    monkeypatch.setattr("leukosmear.devices.distribution.count_replicas", lambda: 2)
    normalise_together(network)
    assert all(layer.synchronized for layer in layers)
    make_portable(network)
    assert not any(layer.synchronized for layer in layers)


@pytest.mark.parametrize(("n", "used"), [(16, 2), (17, 2), (18, 3), (3, 1)])
def test_a_batch_too_small_for_all_devices_is_left_out(monkeypatch, n: int, used: int) -> None:
    monkeypatch.setattr("leukosmear.training.batches.count_replicas", lambda: 2)
    batches = device_probe.batches(n)
    shared = shareable(batches)
    assert len(shared) == used
    for index in range(used):
        np.testing.assert_array_equal(shared[index][0], batches[index][0])
