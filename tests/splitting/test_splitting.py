import logging
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from conftest import examine
from leukosmear.datasets.image_folder import ImageFolderDataset
from leukosmear.parameters import SplitParameters
from leukosmear.schemas import Splits
from leukosmear.splitting import choose_split, deal_splits, list_folds
from leukosmear.splitting.dealing import choose_groups
from leukosmear.splitting.promises import assert_disjoint, assert_held_out, require_every_class

SPLIT = SplitParameters(train=0.7, validation=0.15, seed=1)


def parameters(**changes: object) -> SplitParameters:
    return SplitParameters(**{**SPLIT.model_dump(), **changes})


def split_images(images: pd.DataFrame, parameters: SplitParameters) -> pd.DataFrame:
    """The chosen split, as preprocessing makes it."""
    return choose_split(deal_splits(images, parameters), parameters)


def images(**counts: int) -> pd.DataFrame:
    """So many images of each class, each a field of its own, in one acquisition a class."""
    rows = [(f"{label}/{i}", label) for label, n in counts.items() for i in range(n)]
    table = pd.DataFrame(rows, columns=["image_id", "label"])
    return table.assign(
        field_id=table["image_id"], acquisition_id=table["label"] + "/none/00", stream_id=table["label"] + "/none"
    )


def smears(**blocks: dict[str, int]) -> pd.DataFrame:
    """So many blocks of four images of each class and kind of scale bar, the kinds' files in turn."""
    rows = [
        (label, kind, block, image)
        for label, kinds in blocks.items()
        for block in range(max(kinds.values()))
        for image in range(4)
        for kind, n in kinds.items()
        if block < n
    ]
    table = pd.DataFrame(rows, columns=["label", "scale_bar", "block", "image"])
    table["acquisition_id"] = table["label"] + "/" + table["scale_bar"] + "/" + table["block"].map("{:02d}".format)
    table["image_id"] = table["acquisition_id"] + "-" + table["image"].astype(str)
    table["field_id"] = table["image_id"]
    table["stream_id"] = table["label"] + "/" + table["scale_bar"]
    return table.drop(columns=["block", "image", "scale_bar"])


def sides_of(manifest: pd.DataFrame, column: str) -> pd.Series:
    return manifest.groupby(column)["side"].agg(lambda sides: sorted(set(sides)))


def test_random_split_of_the_real_data_set_has_the_sizes_that_the_paper_implies() -> None:
    manifest = split_images(images(Benign=504, Early=985, Pre=963, Pro=804), SPLIT)
    Splits.validate(manifest)
    assert manifest["side"].value_counts().to_dict() == {"train": 2277, "test": 493, "validation": 486}


def test_random_split_is_stratified_and_depends_on_the_seed_alone() -> None:
    manifest = split_images(images(A=20, B=40), SPLIT)
    counts = manifest.groupby(["label", "side"]).size().to_dict()
    assert counts == {
        ("A", "train"): 14, ("A", "validation"): 3, ("A", "test"): 3,
        ("B", "train"): 28, ("B", "validation"): 6, ("B", "test"): 6,
    }  # fmt: skip
    pd.testing.assert_frame_equal(manifest, split_images(images(A=20, B=40), SPLIT))
    other = split_images(images(A=20, B=40), parameters(seed=2))
    assert (manifest["side"] != other["side"]).any()


def test_random_split_of_a_seed_stays_what_it_was_in_earlier_versions() -> None:
    """Results that were published with a seed have to stay reproducible."""
    assert "".join(split_images(images(A=10), SPLIT)["side"].str[:2]) == "trtrtrtetrtrtetrtrva"


def test_a_class_too_small_to_split_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"Class 'Rare' has too few images.*6 images give 4, 0, 2"):
        split_images(images(A=20, Rare=6), SPLIT)


def test_shares_that_leave_no_test_split_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"leave some images for the test split. Found 0\.7 \+ 0\.3"):
        split_images(images(A=20), parameters(validation=0.3))


@pytest.mark.parametrize("protocol", ["random", "acquisition", "leave_stream_out"])
def test_manifest_keeps_the_order_of_the_inventory(protocol: str) -> None:
    table = smears(A={"red": 4, "white": 4}, B={"red": 5}).iloc[::-1].reset_index(drop=True)
    manifest = split_images(table, parameters(protocol=protocol, folds=3))
    Splits.validate(manifest)
    names = ["protocol", "fold", "seed"]
    assert list(manifest.columns) == [*names, "image_id", "label", "field_id", "acquisition_id", "stream_id", "side"]
    assert manifest[names].drop_duplicates().to_numpy().tolist() == [[protocol, 0, 1]]
    for column in ("image_id", "label", "field_id", "acquisition_id", "stream_id"):
        assert list(manifest[column]) == list(table[column])
    pd.testing.assert_frame_equal(manifest, split_images(table, parameters(protocol=protocol, folds=3)))


def test_acquisition_split_puts_every_acquisition_to_test_once() -> None:
    table = smears(A={"red": 3, "white": 4}, B={"red": 7})
    tested = []
    for fold in range(7):
        manifest = split_images(table, parameters(protocol="acquisition", fold=fold))
        sides = sides_of(manifest, "acquisition_id")
        # Fourteen equal blocks in seven folds: one of each class for test, one for validation.
        assert sorted(side for (side,) in sides) == ["test"] * 2 + ["train"] * 10 + ["validation"] * 2
        assert set(manifest.groupby("label")["side"].nunique()) == {3}
        tested += [name for name, (side,) in sides.items() if side == "test"]
    assert sorted(tested) == sorted(set(table["acquisition_id"]))


def test_acquisition_split_depends_on_the_seed() -> None:
    table = smears(A={"red": 7}, B={"red": 7})
    tests = {tuple(split_images(table, parameters(protocol="acquisition", seed=seed))["side"]) for seed in range(4)}
    assert len(tests) > 1


def test_validation_of_the_acquisition_split_is_the_next_folds_test_split() -> None:
    table = smears(A={"red": 8}, B={"red": 9})
    manifests = [split_images(table, parameters(protocol="acquisition", folds=4, fold=k)) for k in range(4)]
    for fold, manifest in enumerate(manifests):
        following = manifests[(fold + 1) % 4]
        assert list(manifest["side"] == "validation") == list(following["side"] == "test")


def test_a_field_on_two_sides_is_refused() -> None:
    """The data gate unites acquisitions that share a field; a table in which they are apart did not come from it."""
    table = smears(A={"red": 6}, B={"red": 6})
    table.loc[table["image_id"].isin([f"A/red/{block:02d}-0" for block in range(6)]), "field_id"] = "shared"
    with pytest.raises(AssertionError, match=r"every field_id on one side of the split\. Found 1 .*'shared'"):
        split_images(table, parameters(protocol="acquisition", folds=3))


def test_too_few_acquisitions_for_the_folds_are_an_error() -> None:
    table = smears(A={"red": 7}, B={"red": 6})
    with pytest.raises(
        ValueError, match=r"at least 7 acquisitions.*Found 6 in class 'B' .*fewer `split.folds`.*images_per_block"
    ):
        split_images(table, parameters(protocol="acquisition"))
    with pytest.raises(ValueError, match=r"Found 1 in class 'A', 1 in class 'B'.*choose `protocol: random`"):
        split_images(images(A=20, B=20), parameters(protocol="acquisition", folds=3))


def test_a_fold_that_does_not_exist_is_an_error() -> None:
    table = smears(A={"red": 7, "white": 7}, B={"red": 7})
    for protocol, n in {"random": 7, "acquisition": 7, "leave_stream_out": 2}.items():
        with pytest.raises(ValueError, match=rf"Expected `fold` from 0 to {n - 1}.*{n} folds.*Found {n}"):
            split_images(table, parameters(protocol=protocol, fold=n))


@pytest.mark.parametrize(
    ("fold", "expected"),
    [(0, {"A": "A/red", "B": "B/large"}), (2, {"A": "A/white", "B": "B/large"}), (3, {"A": "A/red", "B": "B/red"})],
    ids=lambda value: str(value),
)
def test_fold_counts_the_streams_of_each_class_round(fold: int, expected: dict[str, str]) -> None:
    table = smears(A={"white": 2, "red": 2, "small": 2}, B={"red": 2, "large": 2}, C={"red": 2})
    assert choose_groups(table, "stream_id", fold) == expected


def test_held_out_streams_are_the_test_images_of_their_classes(caplog: pytest.LogCaptureFixture) -> None:
    table = smears(A={"red": 7, "white": 8}, B={"red": 7, "large": 9}, C={"red": 7})
    with caplog.at_level(logging.INFO):
        manifest = split_images(table, parameters(protocol="leave_stream_out", fold=1))
    tested = manifest[manifest["side"] == "test"]
    stream = tested["acquisition_id"].str.rsplit("/", n=1).str[0]
    # Of C, which has one stream, a seventh of its seven acquisitions.
    assert stream.value_counts().to_dict() == {"A/white": 32, "B/red": 28, "C/red": 4}
    validation = manifest[manifest["side"] == "validation"]
    assert validation.groupby("label")["acquisition_id"].nunique()["C"] == 1
    assert set(validation["label"]) == {"A", "B", "C"}
    assert sides_of(manifest, "acquisition_id").str.len().max() == 1
    warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warned) == 1
    assert "cannot be held out: 'C'." in warned[0]
    assert "Held out of class 'A': the 32 images of stream 'A/white'" in caplog.text


def test_a_stream_is_held_out_whole_although_an_acquisition_spans_two() -> None:
    table = smears(A={"red": 4, "white": 4}, B={"red": 4, "white": 4})
    united = table["acquisition_id"].isin(["A/red/00", "A/white/00"])
    table.loc[united, "acquisition_id"] = "A/red/00"
    manifest = split_images(table, parameters(protocol="leave_stream_out", fold=0))
    is_red = table["stream_id"].str.endswith("/red")
    assert set(manifest.loc[is_red, "side"]) == {"test"}
    assert "test" not in set(manifest.loc[~is_red, "side"])
    assert sides_of(manifest[~is_red], "acquisition_id").str.len().max() == 1
    assert sides_of(manifest, "acquisition_id").str.len()["A/red/00"] == 2


def test_a_patient_in_two_classes_of_one_stream_is_on_one_side() -> None:
    table = smears(A={"red": 4, "white": 4}, B={"red": 5}, C={"red": 5})
    table.loc[table["acquisition_id"].isin(["B/red/00", "C/red/00", "C/red/01"]), "acquisition_id"] = "patient"
    for fold in range(2):
        manifest = split_images(table, parameters(protocol="leave_stream_out", fold=fold))
        assert len(sides_of(manifest, "acquisition_id")["patient"]) == 1


def test_nothing_to_hold_out_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"images of two streams.*Found one stream in each.*protocol: acquisition"):
        split_images(smears(A={"red": 7}, B={"red": 7}), parameters(protocol="leave_stream_out"))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (smears(A={"red": 3, "white": 1}, B={"red": 9}), r"2 acquisitions of class 'A' besides the .*'A/red'.*Found 1"),
        (smears(A={"red": 3, "white": 3}, B={"red": 2}), r"3 acquisitions of class 'B', for train, val.*Found 2"),
    ],
    ids=["one block beside the held-out stream", "two blocks in a class of one stream"],
)
def test_too_few_acquisitions_beside_the_streams_are_an_error(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        split_images(table, parameters(protocol="leave_stream_out"))


def test_a_class_that_misses_from_a_side_is_an_error() -> None:
    divided = pd.DataFrame({"label": list("AAABBB"), "side": ["train", "validation", "test"] * 2})
    require_every_class(divided)
    divided.loc[5, "side"] = "train"
    with pytest.raises(ValueError, match=r"Found none of class 'B' in test: .*Try another `split.fold`"):
        require_every_class(divided)


def test_patients_who_have_two_classes_can_leave_a_side_without_one() -> None:
    """Both classes have three patients for three folds, and yet this seed's folds are not one of each."""
    counts = {"p0": "AAB", "p1": "BBBB", "p2": "AAAB", "p3": "AAA"}
    rows = [(label, patient) for patient, labels in counts.items() for label in labels]
    table = pd.DataFrame(rows, columns=["label", "acquisition_id"])
    table["image_id"] = table["field_id"] = table.index.astype(str)
    table["stream_id"] = table["label"]
    with pytest.raises(ValueError, match=r"Expected images of every class in each of train.*Found none of class 'B'"):
        split_images(table, parameters(protocol="acquisition", folds=3, seed=0))


def test_a_class_without_acquisitions_of_its_own_cannot_be_divided() -> None:
    table = smears(A={"red": 4, "white": 4}, B={"red": 3})
    # Each of four patients has three images in B, and four in A.
    table.loc[table["label"] == "B", "acquisition_id"] = [f"A/white/{block:02d}" for block in range(4)] * 3
    with pytest.raises(ValueError, match=r"3 acquisitions of class 'B', for train, validation, test. Found 0"):
        split_images(table, parameters(protocol="leave_stream_out"))


@pytest.mark.parametrize("column", ["acquisition_id", "field_id"])
def test_the_assertion_of_disjoint_groups_can_fail(column: str) -> None:
    manifest = split_images(smears(A={"red": 4}, B={"red": 4}), parameters(protocol="acquisition", folds=3))
    assert_disjoint(manifest)
    first = {side: manifest.index[manifest["side"] == side][0] for side in ("train", "test")}
    broken = manifest.copy()
    broken.loc[first["test"], column] = manifest.loc[first["train"], column]
    name = manifest.loc[first["train"], column]
    with pytest.raises(AssertionError, match=rf"every {column} on one side.*Found 1 on two or more, such as \['{name}"):
        assert_disjoint(broken)


def test_the_assertion_of_held_out_streams_can_fail() -> None:
    table = smears(A={"red": 4, "white": 4}, B={"red": 4})
    manifest = split_images(table, parameters(protocol="leave_stream_out", fold=0))
    divided = manifest.copy()
    assert_held_out(divided, "stream_id", ["A/red"])
    with pytest.raises(AssertionError, match=r"stream_id \['A/white'\] in test. Found 16 elsewhere"):
        assert_held_out(divided, "stream_id", ["A/white"])
    kept = np.flatnonzero(divided["stream_id"] == "A/white")
    # One image of the blocks that remain changes sides: its acquisition is torn.
    divided.loc[kept[0], "side"] = "validation" if divided.loc[kept[0], "side"] == "train" else "train"
    with pytest.raises(AssertionError, match="every acquisition_id on one side"):
        assert_held_out(divided, "stream_id", ["A/red"])


def test_every_fold_of_a_protocol_is_dealt() -> None:
    table = smears(A={"red": 4, "white": 4, "large": 4}, B={"red": 4, "white": 4})
    n_folds = {
        protocol: len(list_folds(Splits.validate(deal_splits(table, parameters(protocol=protocol, folds=4)))))
        for protocol in ("random", "acquisition", "leave_stream_out")
    }
    assert n_folds == {"random": 4, "acquisition": 4, "leave_stream_out": 3}
    draws = list_folds(deal_splits(table, parameters(folds=4))).values()
    assert len({tuple(split["side"]) for split in draws}) == 4
    streams = list_folds(deal_splits(table, parameters(protocol="leave_stream_out"))).values()
    tested = [set(split.loc[split["side"] == "test", "stream_id"]) for split in streams]
    assert tested == [{"A/large", "B/red"}, {"A/red", "B/white"}, {"A/white", "B/red"}]


def test_a_fold_that_cannot_be_dealt_stops_only_the_run_that_wants_it(caplog: pytest.LogCaptureFixture) -> None:
    table = smears(A={"red": 3, "white": 1}, B={"red": 9})
    folds = list_folds(deal_splits(table, parameters(protocol="leave_stream_out", fold=1)))
    assert list(folds) == [1]
    assert "Fold 0 of protocol leave_stream_out cannot be dealt, and is left out: Expected at least 2" in caplog.text


def test_smears_are_held_out_whole_though_streams_span_them() -> None:
    table = smears(A={"red": 4, "white": 4}, B={"red": 5})
    # One smear is a whole stream and half of the other.
    second = table["acquisition_id"].isin(["A/red/02", "A/red/03"])
    table["smear_id"] = np.where(
        table["label"] == "B", "B 1", np.where(second | (table["stream_id"] == "A/white"), "A 2", "A 1")
    )
    first, other = list_folds(deal_splits(table, parameters(protocol="leave_smear_out"))).values()
    for split, held_out in ((first, "A 1"), (other, "A 2")):
        is_tested = split["side"] == "test"
        assert set(table["smear_id"][is_tested]) == {held_out, "B 1"}
        assert is_tested[table["smear_id"] == held_out].all()


@pytest.mark.parametrize(("known", "found"), [(0, 32), (31, 1)], ids=["no table", "a table that lacks an image"])
def test_smears_that_are_not_known_cannot_be_held_out(known: int, found: int) -> None:
    table = smears(A={"red": 4, "white": 2}, B={"red": 2})
    table["smear_id"] = pd.Series(["A 1"] * known, dtype="str").reindex(table.index)
    with pytest.raises(ValueError, match=rf"Found none for {found}, .*the setting `smears` .*--params=smears=FILE"):
        split_images(table, parameters(protocol="leave_smear_out"))


def test_a_protocol_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(
        ValueError, match=r"one of random, acquisition, leave_stream_out, leave_smear_out\. Found 'stream'"
    ):
        deal_splits(images(A=20), parameters(protocol="stream"))


def test_a_split_that_was_not_dealt_cannot_be_chosen() -> None:
    splits = deal_splits(images(A=20), parameters(folds=3))
    with pytest.raises(ValueError, match=r"protocol random, fold 0, seed 2\. Found protocol random, fold 0, seed 1;"):
        choose_split(splits, parameters(seed=2))


@pytest.mark.parametrize("fold", range(7))
def test_the_sample_splits_by_the_acquisitions_that_the_gate_guessed(project: Path, fold: int) -> None:
    images = _sample(project)
    manifest = split_images(
        images, SplitParameters(protocol="acquisition", train=0.7, validation=0.15, fold=fold, seed=42)
    )
    assert manifest.groupby(["label", "side"]).size().min() >= 5


@cache
def _sample(project: Path) -> pd.DataFrame:
    return examine(ImageFolderDataset(path=str(project / "data/01_raw/sample")).load()).admit()
