import json

import numpy as np
import pandas as pd
import pytest

from conftest import as_split
from leukosmear.pipelines.preprocessing.figures import SIDE_COLOURS, draw_split
from leukosmear.pipelines.preprocessing.nodes import measure_leakage


@pytest.fixture
def accepted() -> pd.DataFrame:
    """Eight images: 0 to 2 in train, 3 in validation, the others in test."""
    return pd.DataFrame(
        {
            "image_id": [f"A/{i}" for i in range(8)],
            "label": "A",
            "stream_id": ["A/red"] * 5 + ["A/white"] * 3,
            "smear_id": ["A 1"] * 4 + ["A 2"] * 3 + [None],
            # 4 is a copy of 0; 5 is a copy of 3, which is not in train.
            "sha256": list("abcdadef"),
            # 4 and 6 show the field of 0, 7 that of 3.
            "field_id": ["f0", "f1", "f2", "f3", "f0", "f5", "f0", "f3"],
            # 4, 5 and 6 were taken with images of train.
            "acquisition_id": ["p", "p", "q", "r", "p", "q", "p", "s"],
        }
    )


@pytest.fixture
def manifest(accepted: pd.DataFrame) -> pd.DataFrame:
    sides = ["train"] * 3 + ["validation"] + ["test"] * 4
    return as_split(accepted, side=sides)


def test_leakage_counts_what_train_has_in_common_with_the_other_sides(
    manifest: pd.DataFrame, accepted: pd.DataFrame
) -> None:
    # The hashes are found by the image, not by the row.
    assert measure_leakage(manifest, accepted.iloc[::-1]) == {
        "protocol": "random",
        "validation": {
            "n_images": 1,
            "identical_copy": {"n_images": 0, "share": 0.0},
            "same_field": {"n_images": 0, "share": 0.0},
            "same_acquisition": {"n_images": 0, "share": 0.0},
            "same_stream": {"n_images": 1, "share": 1.0},
            "same_smear": {"n_images": 1, "share": 1.0},
        },
        "test": {
            "n_images": 4,
            "identical_copy": {"n_images": 1, "share": 0.25},
            "same_field": {"n_images": 2, "share": 0.5},
            "same_acquisition": {"n_images": 3, "share": 0.75},
            "same_stream": {"n_images": 1, "share": 0.25},
            "same_smear": {"n_images": 0, "share": 0.0},
        },
    }


def test_leakage_into_an_empty_side_is_none_and_json_has_no_nan(manifest: pd.DataFrame, accepted: pd.DataFrame) -> None:
    without = manifest[manifest["side"] != "validation"]
    leakage = json.loads(json.dumps(measure_leakage(without, accepted), allow_nan=False))
    assert leakage["validation"]["n_images"] == 0
    assert leakage["validation"]["same_field"] == {"n_images": 0, "share": None}


def test_a_split_of_other_images_is_an_error(manifest: pd.DataFrame, accepted: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"the 7 accepted images. Found 1 others in it, such as \['A/0'\]"):
        measure_leakage(manifest, accepted.iloc[1:])


def test_figure_colours_every_image_by_its_side_and_draws_the_borders(manifest: pd.DataFrame) -> None:
    (axes,) = draw_split(manifest).axes
    assert axes.get_title(loc="left") == "A: 8 images"
    assert [text.get_text() for text in axes.get_yticklabels()] == ["red", "white"]
    red, white = (np.asarray(image.get_array())[0] for image in axes.get_images())
    as_hex = ["#{:02x}{:02x}{:02x}".format(*(round(255 * value) for value in pixel)) for pixel in red]
    colours = [SIDE_COLOURS[side] for side in ["train"] * 3 + ["validation"] + ["test"]]
    assert as_hex == [*colours, "#ffffff", "#ffffff", "#ffffff"]
    assert (white[:5] == 1).all()
    assert not (white[5:] == 1).all(axis=1).any()
    borders = [
        sorted({point[0] for segment in lines.get_segments() for point in segment}) for lines in axes.collections
    ]
    # Acquisitions p p q r p, then q p s.
    assert borders == [[2, 3, 4], [6, 7]]
