"""A Keras network on disk."""

from kedro_datasets.tensorflow import TensorFlowModelDataset

from leukosmear.datasets.atomic import SavesWhole


class NetworkDataset(SavesWhole, TensorFlowModelDataset):
    """A network as `.keras`, with all that it takes to compute with it."""
