"""Files after the data gate."""

import hashlib

import pandas as pd
import pytest

from conftest import noisy
from leukosmear.decoding import UnreadableImageError
from leukosmear.preparation import accepted_files

GOOD = noisy(0)
ACCEPTED = pd.DataFrame(
    {"image_id": ["A/0"], "file_name": ["A/0.png"], "sha256": [hashlib.sha256(GOOD).hexdigest()], "label": ["A"]}
)


def missing() -> bytes:
    raise FileNotFoundError("it is gone")


def test_the_bytes_that_the_gate_saw_are_read() -> None:
    (file,) = accepted_files({"A/0.png": lambda: GOOD, "A/1.png": missing}, ACCEPTED)
    assert (file.image_id, file.read()) == ("A/0", GOOD)


@pytest.mark.parametrize(
    ("read", "found"),
    [
        (lambda: noisy(1), r"another content, with the SHA-256 \w{12}... instead of \w{12}"),
        (lambda: b"", "another content"),
        (missing, "it is gone"),
    ],
    ids=["replaced", "emptied", "unreadable"],
)
def test_a_file_that_changed_after_the_gate_is_refused(read, found: str) -> None:
    (file,) = accepted_files({"A/0.png": read}, ACCEPTED)
    with pytest.raises(UnreadableImageError, match=rf"Expected 'A/0.png' as data.*Found: {found}.*data_validation"):
        file.read()


def test_files_that_are_gone_are_named_before_any_is_read() -> None:
    with pytest.raises(ValueError, match=r"1 of them gone, such as \['A/0.png'\]. Run the data_validation"):
        accepted_files({}, ACCEPTED)
