"""A table that the user may have or not."""

from typing import Any, NoReturn

import pandas as pd
from kedro.io import AbstractDataset, DatasetError

from leukosmear.datasets.storage import file_system_of


class OptionalCSVDataset(AbstractDataset[NoReturn, pd.DataFrame]):
    """Reads some columns of a CSV file as text; without a `filepath` the table is empty.

    Args:
        filepath: Where the file lies, any path that fsspec knows; None where there is none.
        columns: Names of the columns that are read; the file may have others.
        setting: Name of the setting that the path comes from, for messages.
        metadata: For Kedro-Viz.
    """

    def __init__(
        self, *, filepath: str | None, columns: list[str], setting: str, metadata: dict[str, Any] | None = None
    ) -> None:
        self._filepath = filepath
        self._columns = columns
        self._setting = setting
        self.metadata = metadata

    def load(self) -> pd.DataFrame:
        """Read the table.

        Raises:
            DatasetError: If the file is missing, is no CSV, or lacks a column.
        """
        if self._filepath is None:
            return pd.DataFrame({name: pd.Series(dtype="str") for name in self._columns})
        expected = f"Expected a CSV file with the columns {', '.join(self._columns)} at '{self._filepath}'."
        ways_out = f"Correct the file or the setting `{self._setting}`, or set it to null to go without."
        try:
            fs, path = file_system_of(self._filepath)
            with fs.open(path, "rb") as file:
                table = pd.read_csv(
                    file,
                    dtype="str",
                    keep_default_na=False,
                    na_values=[""],
                    index_col=False,  # or a comma at the end of the lines would shift all columns by one
                    skipinitialspace=True,
                )
        except (OSError, ValueError) as error:
            raise DatasetError(f"{expected} Reading it failed: {error}. {ways_out}") from error
        missing = [name for name in self._columns if name not in table]
        if missing:
            raise DatasetError(f"{expected} Found {', '.join(table.columns)}. {ways_out}")
        # What spreadsheets leave around a value is no part of it, and nothing but blanks is no value.
        return table[self._columns].apply(lambda column: column.str.strip()).replace("", None)

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse: the table is an input."""
        raise DatasetError("The table is read only.")

    def _exists(self) -> bool:
        if self._filepath is None:
            return True
        fs, path = file_system_of(self._filepath)
        return bool(fs.isfile(path))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "columns": self._columns}
