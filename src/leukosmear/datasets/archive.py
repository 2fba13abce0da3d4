"""The listing of the archive that a data set was extracted from."""

import zipfile
from typing import Any, NoReturn

import pandas as pd
import rarfile
from kedro.io import AbstractDataset, DatasetError

from leukosmear.datasets.image_folder import readable
from leukosmear.datasets.storage import file_system_of


class ArchiveListingDataset(AbstractDataset[NoReturn, pd.DataFrame]):
    """Lists a .zip or .rar archive without extracting it.

    Only the directory of the archive is read: names are never used as paths, and a .rar needs no `unrar`.
    Without a `filepath` the listing is empty, which data validation reports as "not checked".
    """

    def __init__(self, *, filepath: str | None = None, metadata: dict[str, Any] | None = None) -> None:
        self._filepath = filepath
        self.metadata = metadata

    def load(self) -> pd.DataFrame:
        """List the files in the archive.

        Returns:
            One row per file: `name` (as in the archive, with `/` between folders, made readable as in an
            `ImageFolder`) and `n_bytes` (uncompressed).

        Raises:
            DatasetError: If the archive is missing, is neither .zip nor .rar, is damaged, or lists no files.
        """
        if self._filepath is None:
            return pd.DataFrame({"name": pd.Series(dtype="str"), "n_bytes": pd.Series(dtype="int64")})
        if not self.exists():
            raise DatasetError(
                f"Expected the data set's archive at '{self._filepath}'. Found no file there. Correct the "
                "setting `archive`, or set it to null to go without the comparison."
            )
        rows = [(readable(info.filename), info.file_size) for info in self._infos() if not info.is_dir()]
        if not rows:
            raise DatasetError(
                f"Expected the archive '{self._filepath}' to list files. Found none: it is empty or cut off. "
                "Download it again, or set `archive` to null to go without the comparison."
            )
        return pd.DataFrame(rows, columns=["name", "n_bytes"]).astype({"name": "str", "n_bytes": "int64"})

    def _infos(self) -> list[zipfile.ZipInfo] | list[rarfile.RarInfo]:
        try:
            fs, path = file_system_of(str(self._filepath))
            with fs.open(path, "rb") as file:
                if zipfile.is_zipfile(file):
                    with zipfile.ZipFile(file) as archive:
                        return archive.infolist()
                # Not strict, rarfile lists a cut off archive as far as it goes.
                file.seek(0)
                with rarfile.RarFile(file, errors="strict") as archive:
                    infos = archive.infolist()
                    if not infos and archive.needs_password():
                        raise rarfile.PasswordRequired("the names in it are encrypted; pack it without that")
                    return infos
        # On damaged archives the readers raise errors of many kinds, struct.error and UnicodeDecodeError among them.
        except Exception as error:
            raise DatasetError(
                f"Expected a .zip or .rar archive at '{self._filepath}'. Reading its listing failed: {error}. "
                "Download the archive again, or set `archive` to null to go without the comparison."
            ) from error

    def save(self, data: NoReturn) -> NoReturn:
        """Refuse: an archive is an input."""
        raise DatasetError("The archive is read only.")

    def _exists(self) -> bool:
        if self._filepath is None:
            return True
        fs, path = file_system_of(self._filepath)
        return bool(fs.isfile(path))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
