import sqlite3

import pytest
from kedro.io import DatasetError

from leukosmear.datasets.database import DatabaseDataset


def test_address_is_that_of_a_file_whose_folder_exists(tmp_path):
    dataset = DatabaseDataset(filepath=str(tmp_path / "new" / "studies.db"))
    assert not dataset.exists()
    address = dataset.load()
    assert address == f"sqlite:///{tmp_path.as_posix()}/new/studies.db"
    sqlite3.connect(address.removeprefix("sqlite:///")).execute("CREATE TABLE one (two)").connection.close()
    assert dataset.exists()


def test_nothing_is_saved_through_the_catalog(tmp_path):
    with pytest.raises(DatasetError, match="written to through its address"):
        DatabaseDataset(filepath=str(tmp_path / "studies.db")).save("anything")
