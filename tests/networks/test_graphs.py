import keras
import numpy as np
from keras import layers

from leukosmear.networks.graphs import as_graph


def test_one_graph_serves_batches_of_any_size():
    traced = []
    double = keras.Sequential([keras.Input((2, 2, 3)), layers.Rescaling(2.0)])

    def watched(pixels):
        traced.append(pixels.shape)
        return double(pixels, training=False)

    graph = as_graph(watched, (2, 2, 3))
    for n in (4, 1, 3):
        images = np.full((n, 2, 2, 3), 10 * n, np.uint8)
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(graph(images)), np.full((n, 2, 2, 3), 20.0 * n))
    assert len(traced) == (1 if keras.backend.backend() == "tensorflow" else 3)
