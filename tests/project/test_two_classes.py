"""Two classes by configuration alone: several folders as one class, and the flat folder of ALL-IDB."""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from conftest import Apart, configuration, examine, noisy, write_folder
from leukosmear.data_checks.verdicts import DataGateError
from leukosmear.datasets.image_folder import ImageFolder, ImageFolderDataset
from leukosmear.parameters import SplitParameters, ValidationParameters
from leukosmear.pipelines.data_validation import nodes
from leukosmear.splitting import choose_split, deal_splits

FOLDERS = {"ALL": ["Early", "Pre", "Pro"], "Benign": ["Benign"]}
ENDINGS = {"ALL": ["1"], "Healthy": ["0"]}


def parameters(**given: object) -> ValidationParameters:
    return ValidationParameters(**configuration("local")["parameters"]["data_validation"] | given)


def subtypes(root: Path) -> ImageFolder:
    names = [*(f"Benign/b{i}.png" for i in range(12)), *(f"{f}/{i}.png" for f in FOLDERS["ALL"] for i in range(6))]
    write_folder(root, {name: noisy(seed) for seed, name in enumerate(names)})
    return ImageFolderDataset(path=str(root)).load()


def all_idb(root: Path) -> ImageFolder:
    """Twelve images of each class, numbered through, as in ALL_IDB2."""
    names = [f"Im{i:03d}_{1 if i <= 12 else 0}.png" for i in range(1, 25)]
    write_folder(root, {name: noisy(seed) for seed, name in enumerate(names)})
    return ImageFolderDataset(path=str(root)).load()


def test_several_folders_make_up_a_class(tmp_path: Path) -> None:
    folder, validation = subtypes(tmp_path), parameters(classes=FOLDERS)
    examined = examine(folder, validation=validation)
    images = examined.admit()
    assert images.groupby("label").size().to_dict() == {"ALL": 18, "Benign": 12}
    assert set(images.loc[images["label"] == "ALL", "image_id"]) == {
        f"{f}/{i}" for f in FOLDERS["ALL"] for i in range(6)
    }
    assert examined.verdict_of("classes")["found"] == "ALL 18, Benign 12"
    assert examined.report["dataset"]["n_classes"] == 2
    assert {name.split("/")[0] for name in images["acquisition_id"]} == {"ALL", "Benign"}
    counts = nodes.count_classes(images, folder, validation)
    assert counts["label"].tolist() == ["ALL", "Benign"]
    assert counts["share"].tolist() == [0.6, 0.4]


@pytest.mark.parametrize(
    ("classes", "labels"),
    [(ENDINGS, {"ALL": 12, "Healthy": 12}), (None, {"0": 12, "1": 12}), (["0", "1"], {"0": 12, "1": 12})],
    ids=["named", "as they are", "listed"],
)
def test_the_end_of_the_name_says_the_class(
    tmp_path: Path, classes: dict | list | None, labels: dict[str, int]
) -> None:
    images = examine(all_idb(tmp_path), validation=parameters(classes=classes, label_from="file_ending")).admit()
    assert images.groupby("label").size().to_dict() == labels
    assert images["image_id"].tolist() == [f"Im{i:03d}_{1 if i <= 12 else 0}" for i in range(1, 25)]
    dealing = SplitParameters(train=0.7, validation=0.15, seed=0)
    split = choose_split(deal_splits(images, dealing), dealing)
    assert split.groupby("label")["side"].nunique().tolist() == [3, 3]


@pytest.mark.parametrize(
    ("layout", "settings", "message"),
    [
        pytest.param(
            subtypes,
            {"classes": {"ALL": ["Early", "Pre"], "Benign": ["Benign"]}},
            "Pro: folder is not among the configured classes; 6 files, such as Pro/0.png",
            id="folder in no class",
        ),
        pytest.param(
            subtypes,
            {"classes": {"Pro": ["Early", "Pre"], "Benign": ["Benign"]}},
            "Pro: folder is not among the configured classes; 6 files",
            id="folder in no class, named like one",
        ),
        pytest.param(
            subtypes,
            {"classes": {**FOLDERS, "Other": ["Lymphoma"]}},
            "Lymphoma: configured, but there is no such folder",
            id="no such folder",
        ),
        pytest.param(
            all_idb,
            {"classes": {"ALL": ["1"], "Healthy": ["2"]}, "label_from": "file_ending"},
            "0: file ending is not among the configured classes; 12 files, such as Im013_0.png"
            "(.|\n)*2: configured, but there is no such file ending",
            id="ending in no class, and no such ending",
        ),
        pytest.param(
            subtypes, {"label_from": "file_ending"}, "a classifier needs at least two classes", id="no endings"
        ),
        pytest.param(
            all_idb,
            {"classes": ENDINGS},
            "one folder of images per class. Found 24 files in no folder, such as 'Im001_1.png'.*file_ending",
            id="no folders",
        ),
    ],
)
def test_what_is_in_no_class_stops_the_run(layout, settings: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataGateError, match=message):
        examine(layout(tmp_path), validation=parameters(**settings)).admit()


def test_a_file_without_an_ending_is_named(tmp_path: Path) -> None:
    folder = all_idb(write_folder(tmp_path, {"smear.png": noisy(99), "Im_.png": noisy(98)}))
    with pytest.raises(DataGateError, match=r"\(no ending\): file ending is not among.*2 files, such as Im_\.png"):
        examine(folder, validation=parameters(classes=ENDINGS, label_from="file_ending")).admit()


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ({"ALL": ["Early", "Pre"], "Benign": ["Benign", "Pre"]}, "Found Pre more than once"),
        ({"ALL": ["Early"], "Benign": []}, "Found none for a class"),
        ({"ALL": "Early"}, "valid list"),
    ],
    ids=["a folder in two classes", "a class of nothing", "no list"],
)
def test_classes_that_cannot_be_meant_are_refused(classes: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        parameters(classes=classes)


def test_archive_of_a_flat_folder_is_compared_by_name(tmp_path: Path) -> None:
    folder = all_idb(tmp_path)
    listing = pd.DataFrame({"name": [f"ALL_IDB2/img/{name}" for name in folder.files], "n_bytes": 1})
    listing["n_bytes"] = [len(read()) for read in folder.files.values()]
    examined = examine(folder, listing, validation=parameters(classes=ENDINGS, label_from="file_ending"))
    assert examined.verdict_of("completeness")["verdict"] == "pass"


def test_all_idb_runs_with_the_parameters_of_the_documentation(project: Path, tmp_path: Path, apart: Apart) -> None:
    all_idb(tmp_path / "img")
    parameters = yaml.safe_load(example(project / "docs/baselines.md"))
    made = "split,validation_html,model_images"
    apart.run("data_validation,preprocessing", made, raw_images=str(tmp_path / "img"), **parameters)
    report = apart.path("08_reporting") / "data_validation/validation_report.json"
    assert json.loads(report.read_text())["dataset"]["n_classes"] == 2
    assert "ALL = 1, Healthy = 0" in report.with_name("validation.html").read_text(encoding="utf-8")
    split = pd.read_parquet(apart.path("03_primary") / "random/fold0-seed42/split.parquet")
    counts = split.groupby(["label", "side"]).size()
    assert counts["ALL"].to_dict() == counts["Healthy"].to_dict() == {"train": 8, "validation": 1, "test": 3}


def example(page: Path) -> str:
    """The parameters that the documentation gives for ALL-IDB."""
    block = page.read_text(encoding="utf-8").split("```yaml\ndata_validation:")[-1].split("```")[0]
    return f"data_validation:{block}"
