"""Networks whose Grad-CAM can be worked out by hand: weights of 1 and -1, one grey channel."""

import keras
import numpy as np
import pytest
from keras import layers

from leukosmear.attention.gradcam import cut_network, heat_maps

BRIGHT = np.array([[200, 100], [40, 20]], np.uint8)


def pixels(*images: np.ndarray) -> np.ndarray:
    """Grey images with three equal channels."""
    return np.stack([np.repeat(image[..., np.newaxis], 3, axis=-1) for image in images])


def signs(name: str = "signs") -> layers.Layer:
    """Two features: the red channel less 100, and its negative."""
    kernel = np.zeros((1, 1, 3, 2), np.float32)
    kernel[0, 0, 0] = [1, -1]
    layer = layers.Conv2D(2, 1, name=name)
    layer.build((None, None, None, 3))
    layer.set_weights([kernel, np.array([-100, 100], np.float32)])
    return layer


def dense(weights: list[list[float]]) -> layers.Layer:
    layer = layers.Dense(2, activation="softmax", dtype="float32")
    layer.build((None, len(weights)))
    layer.set_weights([np.array(weights, np.float32), np.zeros(2, np.float32)])
    return layer


def pooled(side: int = 2) -> keras.Model:
    """Class 0 for images brighter than 100 on average, class 1 for darker ones."""
    inputs = keras.Input((side, side, 3))
    features = layers.GlobalAveragePooling2D()(signs()(inputs))
    return keras.Model(inputs, dense([[1, 0], [0, 1]])(features))


def flattened() -> keras.Model:
    """Sequential; only the upper left of the first feature speaks, for class 0."""
    return keras.Sequential(
        [keras.Input((2, 2, 3)), signs(), layers.Dropout(0.5), layers.Flatten(), dense([[4, 0]] + [[0, 0]] * 7)]
    )


def nested() -> keras.Model:
    """A body in a network, whose own output has no extent left; what leads to it is one layer and a plain operation."""
    inner = keras.Input((2, 2, 3))
    body = keras.Model(inner, layers.AveragePooling2D(2)(signs()(inner)), name="body")
    inputs = keras.Input((2, 2, 3))
    features = layers.GlobalAveragePooling2D()(body(keras.ops.flip(layers.Rescaling(1.0)(inputs), axis=-1)))
    return keras.Model(inputs, dense([[1, 0], [0, 1]])(features))


# Each of the four places of a feature adds a quarter of it to the score of its class, so the weight of the named
# class's feature is 1/4, and the other's 0: the map is a quarter of what is above 100, or of what is below it.
@pytest.mark.parametrize("build", [pooled, nested])
def test_the_map_is_what_speaks_for_the_named_class(build):
    cut = cut_network(build())
    assert cut.grid == (2, 2)
    maps, named = heat_maps(cut, pixels(BRIGHT, BRIGHT + 20))
    assert named.tolist() == [1, 0]
    np.testing.assert_allclose(maps[0], [[0, 0], [15, 20]])
    np.testing.assert_allclose(maps[1], [[30, 5], [0, 0]])


def test_a_sequential_network_that_flattens():
    maps, named = heat_maps(cut_network(flattened()), pixels(BRIGHT))
    assert named.tolist() == [0]
    # One of four places has the weight 4, so the mean is 1, for all places alike.
    np.testing.assert_allclose(maps[0], [[100, 0], [0, 0]])


def test_sure_predictions_keep_their_gradients():
    network = pooled()
    network.layers[-1].set_weights([np.array([[100, 0], [0, 100]], np.float32), np.zeros(2, np.float32)])
    assert network(pixels(BRIGHT), training=False)[0, 1] == 1  # the softmax is flat there
    maps, _ = heat_maps(cut_network(network), pixels(BRIGHT))
    np.testing.assert_allclose(maps[0], [[0, 0], [1500, 2000]])


@pytest.mark.parametrize("build", [flattened, nested])
def test_saved_and_loaded_networks_give_the_same(build, tmp_path):
    network = build()
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    before, after = (heat_maps(cut_network(one), pixels(BRIGHT))[0] for one in (network, loaded))
    assert before.any()
    np.testing.assert_array_equal(before, after)


def test_coarse_maps_are_enlarged_to_the_image():
    inputs = keras.Input((4, 4, 3))
    features = layers.GlobalAveragePooling2D()(layers.MaxPooling2D(2)(signs()(inputs)))
    network = keras.Model(inputs, dense([[1, 0], [0, 1]])(features))
    image = np.full((4, 4), 90, np.uint8)
    image[:2, :2] = 180
    maps, named = heat_maps(cut_network(network), pixels(image))
    assert named.tolist() == [0]
    assert maps.shape == (1, 4, 4)
    assert maps[0, 0, 0] == maps.max() == 20
    assert (np.diff(maps[0], axis=0) <= 0).all()


def test_the_network_is_left_as_it_was():
    network = pooled()
    before = network(pixels(BRIGHT), training=False)
    n_layers = len(network.layers)
    heat_maps(cut_network(network), pixels(BRIGHT))
    np.testing.assert_array_equal(network(pixels(BRIGHT), training=False), before)
    assert len(network.layers) == n_layers


def test_a_network_without_places_is_refused():
    network = keras.Sequential([keras.Input((1, 1, 3)), layers.Flatten(), dense([[1, 0]] * 3)])
    with pytest.raises(ValueError, match="Found none whose output has more than one row or column"):
        cut_network(network)


def test_a_network_that_ends_otherwise_is_refused():
    network = keras.Sequential([keras.Input((2, 2, 3)), signs(), layers.GlobalAveragePooling2D()])
    with pytest.raises(ValueError, match=r"in a dense layer or a softmax\. Found GlobalAveragePooling2D"):
        cut_network(network)


@pytest.mark.parametrize("build", [pooled, flattened, nested])
def test_what_is_cut_predicts_what_the_network_does(build):
    network = build()
    images = pixels(BRIGHT, BRIGHT + 1, BRIGHT // 2)
    cut = cut_network(network)
    expected = keras.ops.convert_to_numpy(network(images, training=False))
    for n in (3, 1):
        np.testing.assert_allclose(cut.predict(images[:n]), expected[:n], rtol=1e-6)
