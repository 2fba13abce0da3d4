"""Datasets of kedro-datasets, saved whole or not at all."""

from pathlib import PurePosixPath
from typing import Any

from kedro.io import AbstractDataset
from kedro.io.core import get_protocol_and_path, parse_dataset_definition

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
        self._fs, _ = file_system_of(self._url, credentials)
        self._filepath = PurePosixPath(get_protocol_and_path(self._url)[1])
        self._type, self._arguments = parse_dataset_definition(
            dataset if isinstance(dataset, dict) else {"type": dataset}
        )
        if credentials:
            self._arguments["credentials"] = credentials
        self._dataset = self._make(self._url)
        # Kedro-Viz asks whether there is a preview, and reads from its annotation of which kind.
        if hasattr(self._dataset, "preview"):
            self.preview = self._dataset.preview
        self.metadata = metadata

    def load(self) -> Any:  # noqa: ANN401 - whatever the dataset loads
        """Load what the dataset loads."""
        return self._dataset.load()

    def save(self, data: Any) -> None:  # noqa: ANN401 - whatever the dataset takes
        """Save the data, whole or not at all."""
        with whole_file(self._fs, str(self._filepath)) as unfinished:
            url = self._url.removesuffix(str(self._filepath)) + unfinished
            self._make(url).save(data)
        self._dataset.release()

    def _make(self, url: str) -> AbstractDataset[Any, Any]:
        return self._type(**{"filepath": url, **self._arguments})

    def _exists(self) -> bool:
        return self._dataset.exists()

    def _release(self) -> None:
        self._dataset.release()

    def _describe(self) -> dict[str, Any]:
        return {"dataset": str(self._dataset)}
