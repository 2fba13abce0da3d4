"""Datasets of kedro-datasets, saved whole or not at all."""

from collections.abc import Callable
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from kedro.io import AbstractDataset
from kedro.io.core import parse_dataset_definition

from leukosmear.datasets.storage import file_system_of, whole_file


class AtomicDataset(AbstractDataset[Any, Any]):
    """Saves any dataset of one file whole or not at all, whenever a run is killed; loads it as that dataset does.

    Datasets of kedro-datasets write into the file that was there. This one lets them write to a file beside it, which
    then takes its place.

    ```yaml
    model_table:
      type: leukosmear.datasets.atomic.AtomicDataset
      dataset: {type: pandas.CSVDataset, save_args: {index: false}}
      filepath: data/08_reporting/models.csv
    ```

    Args:
        filepath: Where the file lies: any path that fsspec and the dataset know.
        dataset: The dataset's type, or its type and its other arguments, as `partitions.PartitionedDataset` takes it.
        credentials: For the file system.
        metadata: For Kedro-Viz.
    """

    def __init__(
        self,
        *,
        filepath: str,
        dataset: str | dict[str, Any],
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._url = str(filepath)
        self._fs, path = file_system_of(self._url, credentials)
        self._filepath = PurePosixPath(path)
        self._definition = {"type": dataset} if isinstance(dataset, str) else dataset
        if credentials:
            self._definition = {**self._definition, "credentials": credentials}
        self.metadata = metadata

    @cached_property
    def _dataset(self) -> AbstractDataset[Any, Any]:
        # Made late: for a network, the dataset's import takes TensorFlow's seconds.
        return self._make(self._url)

    def _make(self, url: str) -> AbstractDataset[Any, Any]:
        kind, arguments = parse_dataset_definition(self._definition)
        return kind(**{"filepath": url, **arguments})

    @property
    def preview(self) -> Callable[..., Any]:
        """Show what the dataset shows; Kedro-Viz reads from its annotation of which kind that is."""
        preview: Callable[..., Any] = self._dataset.preview  # type: ignore[attr-defined]
        return preview

    def load(self) -> Any:  # noqa: ANN401 - whatever the dataset loads
        """Load what the dataset loads."""
        return self._dataset.load()

    def save(self, data: Any) -> None:  # noqa: ANN401 - whatever the dataset takes
        """Save the data, whole or not at all."""
        with whole_file(self._fs, str(self._filepath)) as unfinished:
            url = self._url.removesuffix(str(self._filepath)) + unfinished
            self._make(url).save(data)
        self._release()

    def _exists(self) -> bool:
        found: bool = self._fs.isfile(str(self._filepath))
        return found

    def _release(self) -> None:
        self._fs.invalidate_cache(str(self._filepath.parent))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._filepath), "dataset": self._definition["type"]}
