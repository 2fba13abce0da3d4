"""What holds of the 3,256 real images, where they are there (`PBS_DATA_DIR`)."""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from conftest import Examined, configuration, examine
from leukosmear.data_checks.tables import check_table
from leukosmear.datasets.image_folder import ImageFolder, ImageFolderDataset
from leukosmear.decoding import decode
from leukosmear.parameters import SplitParameters, ValidationParameters
from leukosmear.pipelines.data_validation import nodes
from leukosmear.splitting import choose_split, deal_splits


@pytest.fixture(scope="module")
def folder(real_images: Path) -> ImageFolder:
    return ImageFolderDataset(path=str(real_images)).load()


@pytest.fixture(scope="module")
def examined(folder: ImageFolder) -> Examined:
    """What the data gate says of the real images."""
    return examine(folder, environment="taleqani")


def test_real_images_pass_the_gate_and_split_like_the_papers(folder: ImageFolder, examined: Examined) -> None:
    inventory = examined.admit()
    validation = ValidationParameters(**configuration("taleqani")["parameters"]["data_validation"])
    counts = nodes.count_classes(inventory, folder, validation)
    assert dict(zip(counts["label"], counts["n_images"], strict=True)) == {
        "Benign": 504, "Early": 985, "Pre": 963, "Pro": 804,
    }  # fmt: skip
    sizes = nodes.tabulate_sizes(inventory)
    assert set(sizes[["width", "height", "mode", "format"]].itertuples(index=False, name=None)) == {
        (224, 224, "RGB", "JPEG")
    }
    dealing = SplitParameters(train=0.7, validation=0.15, seed=42)
    manifest = choose_split(deal_splits(inventory, dealing), dealing)
    assert manifest["side"].value_counts().to_dict() == {"train": 2277, "test": 493, "validation": 486}


def test_duplicates_are_those_that_are_known(examined: Examined) -> None:
    """40 pairs are identical to the byte, all in Pro; 101 lie within 6 bits of the perceptual hash."""
    pairs = examined.duplicate_pairs
    identical = pairs[pairs["kind"] == "identical"]
    assert (len(identical), len(pairs)) == (40, 101)
    assert set(identical["image_id_a"].str.split("/").str[0]) == {"Pro"}


def test_same_fields_are_found_and_never_across_classes(examined: Examined) -> None:
    pairs = examined.same_field_pairs
    label = examined.inventory.set_index("image_id")["label"]
    assert (label[pairs["image_id_a"]].to_numpy() == label[pairs["image_id_b"]].to_numpy()).all()
    # Phase correlation of all pairs of each class, one by one, finds 494 with more than 40 % in common.
    assert (pairs["overlap"] > 0.4).sum() >= 494


def test_scale_bars_are_found_and_betray_the_class(examined: Examined) -> None:
    bars = pd.crosstab(examined.inventory["label"], examined.inventory["scale_bar"])
    assert (examined.inventory["scale_bar"] == "none").sum() <= 1
    # Benign has all four kinds that occur often, Early and Pre two, Pro one.
    assert (bars >= 20).sum(axis=1).to_dict() == {"Benign": 4, "Early": 2, "Pre": 2, "Pro": 1}
    assert examined.verdict_of("scale bars")["verdict"] == "warn"


def test_acquisitions_are_groups_enough_to_hold_out(examined: Examined) -> None:
    groups = examined.inventory.groupby("label")["acquisition_id"].nunique()
    assert 40 <= groups.sum() <= 60
    assert groups.min() >= 7  # one for each fold
    pairs = examined.inventory[["field_id", "acquisition_id"]].drop_duplicates()
    assert pairs["field_id"].is_unique  # no field is cut


def test_smears_are_those_of_the_rule_and_cut_no_field(examined: Examined, project: Path) -> None:
    listed = pd.read_csv(project / "conf/taleqani/smears.csv")
    rule = runpy.run_path(str(project / "benchmarks/taleqani_smears.py"))["name_smears"]
    pd.testing.assert_frame_equal(rule(examined.inventory), listed, check_dtype=False)
    assert listed["smear_id"].value_counts().to_dict() == {
        "Pre 2": 829, "Pro 1": 804, "Early 1": 619, "Early 2": 366, "Benign 2": 209, "Benign 1": 174, "Pre 1": 134,
        "Benign 3": 121,
    }  # fmt: skip
    check = check_table(examined.admit(), listed, "smear")
    assert (check["verdict"], check["details"]) == ("pass", [])


def test_frames_are_found_to_be_squeezed(examined: Examined) -> None:
    """A frame of 4:3 was saved as a square."""
    assert examined.verdict_of("aspect ratio")["found"].startswith("1.3")


def test_mean_colour_alone_tells_the_classes_apart(folder: ImageFolder) -> None:
    """Why an accuracy of 95 % on a split by image is no evidence of morphology: three numbers reach it."""
    names = sorted(folder.files)
    colours = np.array([np.asarray(decode(folder.files[name]()).rgb)[:190].mean((0, 1)) for name in names])
    labels = [name.split("/")[0] for name in names]
    model = make_pipeline(StandardScaler(), SVC(C=10))
    scores = cross_val_score(model, colours, labels, cv=StratifiedKFold(5, shuffle=True, random_state=0))
    print(f"mean colour above the scale bar, RBF-SVM, five folds by image: {scores.mean():.3f}")
    assert scores.mean() > 0.9
