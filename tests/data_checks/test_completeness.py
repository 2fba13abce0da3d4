import pandas as pd
import pytest

from leukosmear.data_checks.completeness import check_archive
from leukosmear.data_checks.verdicts import Check

SIZES = {"A/0.png": 10, "A/1.png": 11, "B/2.png": 1234}


def compare(on_disk: dict[str, int], in_archive: dict[str, int]) -> Check:
    inventory = pd.DataFrame({"file_name": list(on_disk), "n_bytes": list(on_disk.values())})
    return check_archive(inventory, pd.DataFrame({"name": list(in_archive), "n_bytes": list(in_archive.values())}))


def test_without_an_archive_there_is_nothing_to_compare() -> None:
    assert compare(SIZES, {})["verdict"] == "not checked"


@pytest.mark.parametrize("prefix", ["", "archive/Original/", "archive\\Original\\"], ids=["flat", "nested", "Windows"])
def test_files_are_compared_by_class_and_name(prefix: str) -> None:
    archive = {"A/0.png": 10, "A/gone.png": 5, "B/2.png": 1235}
    check = compare(SIZES, {prefix + name: size for name, size in archive.items()})
    assert check["verdict"] == "warn"
    assert check["found"] == "3 files in the archive: 1 missing, 1 extra, 1 of another size"
    assert check["details"] == [
        "A/gone.png: missing, in the archive only",
        "A/1.png: extra, not in the archive",
        "B/2.png: 1,234 bytes, 1,235 in the archive",
    ]


def test_names_with_line_ends_and_backslashes_are_found() -> None:
    files = SIZES | {r"A/line\nend.png": 3, r"A/back\\slash.png": 4}  # as both listings write them
    assert compare(files, files)["verdict"] == "pass"


def test_files_of_a_folder_without_classes_are_compared_by_name() -> None:
    assert compare({"Im1_0.png": 1}, {"ALL_IDB2/img/Im1_0.png": 1})["verdict"] == "pass"


def test_masks_and_clutter_in_the_archive_are_not_taken_for_photographs() -> None:
    archive = {f"Original/{name}": size for name, size in SIZES.items()} | {f"Segmented/{name}": 1 for name in SIZES}
    clutter = {"__MACOSX/Original/A/._0.png": 1, "Original/A/.DS_Store": 1}
    assert compare(SIZES, archive | clutter)["verdict"] == "pass"


def test_files_that_lead_out_of_the_archive_are_named_and_not_compared() -> None:
    leading_out = {"../../evil.png": 1, "/etc/A/1.png": 3, "data/../../A/0.png": 2, "x\\..\\..\\A\\2.png": 4}
    check = compare(SIZES, {f"./{name}": size for name, size in SIZES.items()} | leading_out)
    assert check["verdict"] == "warn"
    assert check["found"].endswith("0 missing, 0 extra, 0 of another size, 4 that lead out of it")
    assert [line.split(":")[0] for line in check["details"]] == list(leading_out)
