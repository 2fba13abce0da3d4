"""The committed sample: what it holds, that it can be drawn again, that only its cells tell the class."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from scipy.ndimage import binary_erosion, gaussian_filter
from skimage.color import rgb2lab
from skimage.filters import threshold_otsu
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from conftest import configuration
from leukosmear.pipelines.sample_data.nodes import draw_sample, plan_sample
from leukosmear.synthetic.parameters import SampleDataParameters

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "data/01_raw/sample"


@pytest.fixture(scope="module")
def parameters() -> SampleDataParameters:
    text = (ROOT / "conf/base/parameters_sample_data.yml").read_text()
    return SampleDataParameters(**yaml.safe_load(text)["sample_data"])


@pytest.fixture(scope="module")
def save_args() -> dict[str, object]:
    return configuration("local")["catalog"]["sample_images"]["dataset"]["save_args"]


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return pd.read_csv(ROOT / "data/01_raw/sample_truth.csv")


def read(image_id: str) -> np.ndarray:
    with Image.open(SAMPLE / f"{image_id}.jpg") as image:
        return np.asarray(image)


def test_the_files_are_those_of_the_truth_and_small(truth):
    files = list(SAMPLE.rglob("*.jpg"))

    assert {str(file.relative_to(SAMPLE).with_suffix("")) for file in files} == set(truth["image_id"])
    assert len(files) == 240
    assert sum(file.stat().st_size for file in files) <= 3_000_000


def test_the_truth_is_that_of_the_parameters(truth, parameters):
    pd.testing.assert_frame_equal(plan_sample(parameters), truth)


# The last file of each class, and one from the middle.
@pytest.mark.parametrize("number", [31, 60])
@pytest.mark.parametrize("label", ["Benign", "Early", "Pre", "Pro"])
def test_drawing_again_gives_the_same_pixels(label, number, truth, parameters, save_args):
    image_id = f"{label}/synthetic-{label.lower()}-{number:03d}"
    buffer = BytesIO()

    drawn = draw_sample(truth, parameters)[image_id]()
    drawn.save(buffer, format="JPEG", **save_args)

    # No tolerance: the lock file pins Pillow, and with it the JPEG library.
    np.testing.assert_array_equal(np.asarray(Image.open(buffer)), read(image_id))


def test_exactly_one_pair_of_files_is_identical(truth):
    contents = pd.Series({i: (SAMPLE / f"{i}.jpg").read_bytes() for i in truth["image_id"]})

    identical = set(contents.index[contents.duplicated(keep=False)])

    copies = truth[truth["photograph_id"] != truth["image_id"]]
    assert identical == {*copies["image_id"], *copies["photograph_id"]}
    assert len(identical) == 2


def test_some_fields_are_shown_twice_shifted(truth):
    photographs = truth.drop_duplicates("photograph_id")

    assert 6 <= photographs.duplicated("field_id").sum() <= 30


def accuracy(features: np.ndarray | pd.DataFrame, labels: pd.Series) -> float:
    model = make_pipeline(StandardScaler(), SVC(C=10))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return float(cross_val_score(model, features, labels, cv=folds).mean())


def background_colour(image: np.ndarray) -> np.ndarray:
    """Mean and standard deviation of red, green and blue away from the stained cells and the scale bar."""
    image = image[::2, ::2]  # four times faster, and as telling
    redness = gaussian_filter(rgb2lab(image)[..., 1], 0.5)
    is_background = redness < max(threshold_otsu(redness), 6.0)
    is_background[92:, 92:] = False
    # off the cells' borders, as blur and the camera's sharpening reach some pixels far
    background = image[binary_erosion(is_background, iterations=3)].astype(float)
    return np.concatenate([background.mean(axis=0), background.std(axis=0)])


@pytest.fixture(scope="module")
def backgrounds(truth) -> np.ndarray:
    return np.stack([background_colour(read(image_id)) for image_id in truth["image_id"]])


def test_the_background_does_not_tell_the_class(truth, backgrounds):
    # chance is 0.25; on the real data set the same six numbers reach 0.985
    assert accuracy(backgrounds, truth["label"]) <= 0.40


def test_the_background_does_tell_the_acquisition(truth, backgrounds):
    """The check above can fail: the same six numbers do carry what differs in the background."""
    assert accuracy(backgrounds, truth["acquisition_id"]) >= 0.8


def test_the_scale_bar_does_not_tell_the_class(truth):
    shares = pd.crosstab(truth["scale_bar"], truth["label"], normalize="columns")

    np.testing.assert_allclose(shares, 0.25)


def test_the_cells_tell_the_class(truth):
    cells = truth[["n_cells", "nucleus_diameter_um", "nuclear_fraction", "n_nucleoli"]]

    assert accuracy(cells, truth["label"]) >= 0.95
