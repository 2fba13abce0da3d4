"""What holds of the 3,256 real images, where they are there (`PBS_DATA_DIR`)."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from leukosmear.datasets.image_folder import ImageFolder, ImageFolderDataset
from leukosmear.decoding import decode
from leukosmear.parameters import SplitParameters, ValidationParameters
from leukosmear.pipelines.data_validation import checks, nodes
from leukosmear.pipelines.preprocessing.splitting import split_by_image

PARAMETERS = ValidationParameters(
    classes=None, max_rejected_fraction=0, min_images_per_class=10, max_imbalance_ratio=3, workers=2
)


@pytest.fixture(scope="module")
def folder(real_images: Path) -> ImageFolder:
    return ImageFolderDataset(path=str(real_images)).load()


def test_real_images_pass_the_gate_and_split_like_the_papers(folder: ImageFolder) -> None:
    inventory = nodes.take_inventory(folder, PARAMETERS)
    counts = nodes.count_classes(inventory, folder)
    assert dict(zip(counts["label"], counts["n_images"], strict=True)) == {
        "Benign": 504, "Early": 985, "Pre": 963, "Pro": 804,
    }  # fmt: skip
    sizes = nodes.tabulate_sizes(inventory)
    assert set(sizes[["width", "height", "mode", "format"]].itertuples(index=False, name=None)) == {
        (224, 224, "RGB", "JPEG")
    }
    # 40 pairs of files are identical to the byte.
    assert inventory["sha256"].duplicated().sum() == 40
    manifest = split_by_image(checks.accepted(inventory), SplitParameters(train=0.7, validation=0.15, seed=42))
    assert manifest["split"].value_counts().to_dict() == {"train": 2277, "test": 493, "validation": 486}


def test_mean_colour_alone_tells_the_classes_apart(folder: ImageFolder) -> None:
    """Why an accuracy of 95 % on a split by image is no evidence of morphology: three numbers reach it."""
    names = sorted(folder.files)
    colours = np.array([np.asarray(decode(folder.files[name]()).rgb)[:190].mean((0, 1)) for name in names])
    labels = [name.split("/")[0] for name in names]
    model = make_pipeline(StandardScaler(), SVC(C=10))
    scores = cross_val_score(model, colours, labels, cv=StratifiedKFold(5, shuffle=True, random_state=0))
    print(f"mean colour above the scale bar, RBF-SVM, five folds by image: {scores.mean():.3f}")
    assert scores.mean() > 0.9
