import pandas as pd
import pytest

from data_checks.judged_images import NOBODY, images
from leukosmear.data_checks import comparisons as checks

NO_DUPLICATES = pd.DataFrame(columns=["image_id_a", "image_id_b", "kind", "distance"])
NO_PAIRS = pd.DataFrame(columns=["image_id_a", "image_id_b", "shift_x", "shift_y", "overlap", "correlation"])


def duplicates(a: str, b: str, kind: str) -> pd.DataFrame:
    return pd.DataFrame([[a, b, kind, 0 if kind == "identical" else 3]], columns=NO_DUPLICATES.columns)


def same_field(a: str, b: str) -> pd.DataFrame:
    return pd.DataFrame([[a, b, 10.0, -4.0, 0.8, 0.93]], columns=NO_PAIRS.columns)


@pytest.mark.parametrize(
    ("copies", "pairs", "verdict", "words"),
    [
        (NO_DUPLICATES, NO_PAIRS, "pass", None),
        (duplicates("A/0", "A/1", "identical"), same_field("B/2", "B/3"), "pass", None),
        (duplicates("A/0", "B/2", "identical"), NO_PAIRS, "fail", "A/0 and B/2 are identical"),
        (NO_DUPLICATES, same_field("A/1", "B/3"), "fail", "A/1 and B/3 are of the same field of view"),
        (duplicates("A/0", "B/2", "near-identical"), NO_PAIRS, "warn", "A/0 and B/2 are near-identical"),
    ],
    ids=["nothing alike", "alike within classes", "identical", "same field", "near-identical"],
)
def test_one_thing_has_one_label(copies: pd.DataFrame, pairs: pd.DataFrame, verdict: str, words: str | None) -> None:
    check = checks.check_labels(images(), copies, pairs)
    assert check["verdict"] == verdict
    assert check["details"] == ([words] if words else [])


def test_duplicates_are_counted_and_named() -> None:
    both = pd.concat([duplicates("A/0", "A/1", "identical"), duplicates("B/2", "B/3", "near-identical")])
    check = checks.check_duplicates(images(), both)
    assert check["verdict"] == "warn"
    assert check["found"] == "1 identical and 1 near-identical pairs, of 4 of 4 images"
    assert check["details"] == ["A/0 and A/1: identical", "B/2 and B/3: near-identical, 3 of 64 bits differ"]
    assert checks.check_duplicates(images(), NO_DUPLICATES)["verdict"] == "pass"


def test_fields_seen_twice_are_counted_and_named() -> None:
    check = checks.check_same_fields(images(field_id=["A/0", "A/0", "B/2", "B/3"]), same_field("A/0", "A/1"))
    assert check["verdict"] == "warn"
    assert check["found"] == "1 pairs of one field; 2 of 4 images share theirs, 3 fields in all"
    assert check["details"] == ["A/0 and A/1: shifted by 10, -4 pixels, overlap 80%, correlation 0.93"]
    assert checks.check_same_fields(images(), NO_PAIRS)["verdict"] == "pass"


def test_scale_bars_that_tell_the_class_are_a_shortcut() -> None:
    telling = checks.check_scale_bars(images(scale_bar=["red", "red", "white", "white"]))
    assert telling["verdict"] == "warn"
    assert "right for 100.0% of the images, always guessing the largest class for 50.0%" in telling["found"]
    assert telling["details"] == ["red: A 2", "white: B 2"]
    assert checks.check_scale_bars(images(scale_bar=["red", "white", "red", "white"]))["verdict"] == "pass"


def test_groups_are_too_few_to_hold_some_out() -> None:
    check = checks.check_acquisitions(images(), NOBODY)
    assert check["verdict"] == "warn"
    assert check["details"] == ["A: 2 groups", "B: 2 groups"]
    assert "they are not patients" in check["found"]
    enough = pd.concat([images(), images(acquisition_id=list("wxyz"))])
    assert checks.check_acquisitions(enough, NOBODY)["verdict"] == "pass"


def test_a_pair_of_different_labels_is_counted_once() -> None:
    check = checks.check_labels(images(), duplicates("A/1", "B/2", "identical"), same_field("A/1", "B/2"))
    assert check["found"] == "1 pairs of different labels"


def test_flagged_images_are_counted_by_flag_and_named() -> None:
    check = checks.check_quality(images(quality=["", "blurred, dark", "dark", ""]))
    assert check["verdict"] == "warn"
    assert check["found"] == "2 dark, 1 blurred"
    assert check["details"][0] == "A/1.png: blurred, dark (sharpness 100, brightness 200, contrast 30)"
    assert checks.check_quality(images())["verdict"] == "pass"


@pytest.mark.parametrize(("aspect", "verdict"), [(None, "not checked"), (1.05, "pass"), (1.31, "warn"), (0.8, "warn")])
def test_squeezed_frames_are_said_to_be(aspect: float | None, verdict: str) -> None:
    check = checks.check_aspect({"aspect": aspect, "low": aspect, "high": aspect, "n_images": 3})
    assert check["verdict"] == verdict
    assert len(check["details"]) == (verdict == "warn")
    assert all(f"to {aspect:.2f} times the width over the height" in line for line in check["details"])
