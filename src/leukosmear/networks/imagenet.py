"""The large networks that the paper compares itself with, from `keras.applications`."""

import warnings
from collections.abc import Callable
from pathlib import Path

import keras
from keras import layers

# Per-channel statistics of ImageNet, RGB, in grey levels from 0 to 255, as the published weights expect them:
# ResNet50 was trained in Caffe (mean removed), DenseNet121 in Torch (mean removed, divided by the deviation).
CHANNEL_MEAN = (123.68, 116.779, 103.939)
TORCH_MEAN = (0.485 * 255, 0.456 * 255, 0.406 * 255)
TORCH_DEVIATION = (0.229 * 255, 0.224 * 255, 0.225 * 255)

# How much of a batch norm's running statistics stays at each step, when training starts from random weights. Keras'
# 0.99 suits ImageNet's hundred thousand steps; after the few hundred of a smear data set a hundred stacked
# normalizations would still describe an earlier network, right on training batches and wrong on test images.
SCRATCH_MOMENTUM = 0.9


def resnet50(
    input_shape: tuple[int, int, int],
    n_classes: int,
    weights: str | None = None,
    size: int | None = None,
    frozen: bool = False,
) -> keras.Model:
    """Build ResNet50 (He et al. 2016, doi 10.1109/CVPR.2016.90) with a new classification layer.

    Args:
        input_shape: Height, width and channels of the images.
        n_classes: Number of classes.
        weights: `"imagenet"` to fetch published weights, a path of a weights file without the classification
            layer, or None to start from random weights.
        size: Height and width that images are resized to inside the network; None keeps them.
        frozen: Whether only the classification layer is trained.

    Raises:
        ValueError: If the weights cannot be had or do not fit.
    """

    def preprocess(pixels: keras.KerasTensor) -> keras.KerasTensor:
        blue_green_red = keras.ops.flip(pixels, axis=-1)
        return layers.Rescaling(1.0, offset=[-mean for mean in reversed(CHANNEL_MEAN)])(blue_green_red)

    return _transfer(keras.applications.ResNet50, preprocess, input_shape, n_classes, weights, size, frozen, "resnet50")


def densenet121(
    input_shape: tuple[int, int, int],
    n_classes: int,
    weights: str | None = None,
    size: int | None = None,
    frozen: bool = False,
) -> keras.Model:
    """Build DenseNet121 (Huang et al. 2017, doi 10.1109/CVPR.2017.243) with a new classification layer.

    Arguments and errors are those of `resnet50`.
    """

    def preprocess(pixels: keras.KerasTensor) -> keras.KerasTensor:
        return layers.Rescaling(
            [1 / deviation for deviation in TORCH_DEVIATION],
            offset=[-mean / deviation for mean, deviation in zip(TORCH_MEAN, TORCH_DEVIATION, strict=True)],
        )(pixels)

    return _transfer(
        keras.applications.DenseNet121,
        preprocess,
        input_shape,
        n_classes,
        weights,
        size,
        frozen,
        "densenet121",
    )


def _transfer(
    application: Callable[..., keras.Model],
    preprocess: Callable[[keras.KerasTensor], keras.KerasTensor],
    input_shape: tuple[int, int, int],
    n_classes: int,
    weights: str | None,
    size: int | None,
    frozen: bool,
    name: str,
) -> keras.Model:
    shape = input_shape if size is None else (size, size, input_shape[-1])
    body = _with_weights(application, shape, weights, name)
    body.trainable = not frozen
    inputs = keras.Input(input_shape)
    pixels = inputs if shape == tuple(input_shape) else layers.Resizing(*shape[:2])(inputs)
    # A frozen body keeps its batch statistics too, hence training=False.
    features = body(preprocess(pixels), training=False if frozen else None)
    features = layers.GlobalAveragePooling2D()(features)
    outputs = layers.Dense(n_classes, activation="softmax", dtype="float32")(features)
    return keras.Model(inputs, outputs, name=name)


def _with_weights(
    application: Callable[..., keras.Model], shape: tuple[int, ...], weights: str | None, name: str
) -> keras.Model:
    ways_out = (
        f"Either set `weights: null` in `{name}.network.options` to train from random weights, or download the "
        "weights file without top on a machine with a network and set `weights` to its path."
    )
    if weights is None:
        body = application(include_top=False, weights=None, input_shape=shape)
        for layer in body.layers:
            if isinstance(layer, layers.BatchNormalization):
                layer.momentum = SCRATCH_MOMENTUM
        return body
    if weights == "imagenet":
        try:
            return application(include_top=False, weights="imagenet", input_shape=shape)
        # Keras reports a failed download as a bare Exception.
        except Exception as error:
            raise ValueError(
                f"Expected to fetch {name}'s ImageNet weights from the network. That failed: {error}. {ways_out}"
            ) from error
    if not Path(weights).expanduser().is_file():
        raise ValueError(
            f"Expected `weights` of {name} to be 'imagenet', null or a weights file. Found no file at "
            f"'{weights}'. {ways_out}"
        )
    body = application(include_top=False, weights=None, input_shape=shape)
    try:
        with warnings.catch_warnings():
            # Keras only warns of layers that the file has nothing for, and leaves them at random.
            warnings.simplefilter("error", UserWarning)
            body.load_weights(Path(weights).expanduser())
    except (ValueError, OSError, UserWarning) as error:
        raise ValueError(
            f"Expected '{weights}' to hold weights of {name} without its top. Loading them failed: {error}. {ways_out}"
        ) from error
    return body
