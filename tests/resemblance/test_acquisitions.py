import pandas as pd
import pytest

from leukosmear.resemblance import acquisitions
from leukosmear.resemblance.acquisitions import name_fields
from leukosmear.resemblance.streams import name_streams

NOBODY = pd.DataFrame({"image_id": pd.Series(dtype="str"), "patient_id": pd.Series(dtype="str")})


def pairs(*links: str) -> pd.DataFrame:
    """Pairs written as "A/1-A/2"."""
    return pd.DataFrame([link.split("-") for link in links], columns=["image_id_a", "image_id_b"])


def stream(label: str, scale_bar: str, numbers: range) -> pd.DataFrame:
    images = pd.DataFrame({"image_id": [f"{label}/smear {n}" for n in numbers], "label": label, "scale_bar": scale_bar})
    return images.assign(field_id=images["image_id"])


def name_acquisitions(images: pd.DataFrame, patients: pd.DataFrame, images_per_block: int) -> pd.Series:
    return acquisitions.name_acquisitions(images.assign(stream_id=name_streams(images)), patients, images_per_block)


def test_a_field_is_named_after_its_first_image_and_links_carry_over() -> None:
    image_ids = pd.Series(["A/1", "A/2", "A/3", "A/4", "A/5"], index=[10, 11, 12, 13, 14])
    fields = name_fields(image_ids, pairs("A/2-A/4"), pairs("A/4-A/5"))
    assert fields.to_dict() == {10: "A/1", 11: "A/2", 12: "A/3", 13: "A/2", 14: "A/2"}


def test_without_pairs_every_image_is_a_field_of_its_own() -> None:
    image_ids = pd.Series(["A/1", "A/2"])
    assert list(name_fields(image_ids, pairs())) == ["A/1", "A/2"]


def test_a_stream_is_cut_into_equal_blocks_in_the_order_of_numbers() -> None:
    images = stream("A", "red", range(1, 13)).sort_values("image_id")  # 1, 10, 11, 12, 2, ...
    groups = name_acquisitions(images, NOBODY, images_per_block=4).set_axis(images["image_id"])
    assert [groups[f"A/smear {n}"] for n in (1, 4, 5, 8, 9, 12)] == [
        "A/red/01", "A/red/01", "A/red/02", "A/red/02", "A/red/03", "A/red/03",
    ]  # fmt: skip


@pytest.mark.parametrize(("n", "sizes"), [(5, [5]), (6, [3, 3]), (9, [5, 4]), (1, [1])])
def test_blocks_are_as_nearly_the_wanted_length_as_equal_lengths_allow(n: int, sizes: list[int]) -> None:
    groups = name_acquisitions(stream("A", "red", range(n)), NOBODY, images_per_block=4)
    assert list(groups.value_counts(sort=False)) == sizes


def test_streams_of_one_class_that_interleave_are_kept_apart() -> None:
    images = pd.concat([stream("A", "red", range(0, 8, 2)), stream("A", "white", range(1, 8, 2))], ignore_index=True)
    groups = name_acquisitions(images, NOBODY, images_per_block=4)
    assert list(groups) == ["A/red/01"] * 4 + ["A/white/01"] * 4


def test_a_bar_seen_on_a_few_images_makes_no_stream() -> None:
    images = pd.concat([stream("A", "red", range(20)), stream("A", "odd", range(20, 21))], ignore_index=True)
    groups = name_acquisitions(images, NOBODY, images_per_block=10)
    assert groups.iloc[-1] == "A/red/02"
    assert set(groups) == {"A/red/01", "A/red/02"}


@pytest.mark.parametrize(
    ("kinds", "streams"),
    [
        (["red"] * 19 + ["odd"], ["A/red"] * 19 + ["A/odd"]),
        (["red"] * 20 + ["odd"], ["A/red"] * 21),
        (["odd"] + ["white"] * 10 + ["red"] * 10, ["A/white"] * 11 + ["A/red"] * 10),
        (["white"] * 20 + ["red"] * 20 + ["odd"] + ["white"], ["A/white"] * 20 + ["A/red"] * 21 + ["A/white"]),
        ([f"kind {n:02d}" for n in range(30)], [f"A/kind {n:02d}" for n in range(30)]),
    ],
    ids=["a twentieth", "less than a twentieth", "comes first", "after the stream before it", "all kinds are rare"],
)
def test_a_kind_of_bar_on_a_handful_of_images_is_no_stream(kinds: list[str], streams: list[str]) -> None:
    images = stream("A", "", range(len(kinds))).assign(scale_bar=kinds)
    # File order is that of the numbers, not that of the rows.
    named = name_streams(images.iloc[::-1])
    assert list(named.sort_index()) == streams


def test_a_rare_kind_shifts_no_border_of_blocks() -> None:
    images = stream("A", "red", range(41))
    images.loc[3, "scale_bar"] = "odd"
    groups = name_acquisitions(images, NOBODY, images_per_block=10)
    assert groups.value_counts(sort=False).tolist() == [11, 10, 10, 10]


def test_blocks_that_share_a_field_are_united() -> None:
    images = stream("A", "red", range(12))
    images.loc[11, "field_id"] = images.loc[0, "field_id"]
    groups = name_acquisitions(images, NOBODY, images_per_block=4)
    assert list(groups) == ["A/red/01"] * 4 + ["A/red/02"] * 4 + ["A/red/01"] * 4


def test_patients_take_precedence_and_the_rest_is_guessed() -> None:
    images = stream("A", "red", range(4))
    patients = pd.DataFrame({"image_id": ["A/smear 0", "A/smear 3"], "patient_id": ["P7", "P7"]})
    groups = name_acquisitions(images, patients, images_per_block=4)
    assert list(groups) == ["P7", "A/red/01", "A/red/01", "P7"]


def test_patients_that_share_a_field_are_united_so_that_no_split_cuts_it() -> None:
    images = stream("A", "red", range(3))
    images.loc[2, "field_id"] = images.loc[0, "field_id"]
    patients = pd.DataFrame({"image_id": images["image_id"], "patient_id": ["P1", "P2", "P3"]})
    assert list(name_acquisitions(images, patients, images_per_block=4)) == ["P1", "P2", "P1"]


def test_no_images_are_no_groups() -> None:
    images = stream("A", "red", range(0))
    assert name_acquisitions(images, NOBODY, images_per_block=4).empty
    assert name_fields(images["image_id"], pairs()).empty
