from pathlib import Path

import pandas as pd
import pytest
import yaml
from pydantic import ValidationError

from leukosmear.pipelines.sample_data.nodes import plan_sample
from leukosmear.synthetic.parameters import SampleDataParameters
from leukosmear.synthetic.plan import plan_photographs

ROOT = Path(__file__).parents[2]


def parameters(**changes) -> SampleDataParameters:
    block = yaml.safe_load((ROOT / "conf/base/parameters_sample_data.yml").read_text())["sample_data"]
    return SampleDataParameters(**{**block, **changes})


def file_numbers(plan: pd.DataFrame) -> pd.Series:
    return plan["image_id"].str.rsplit("-", n=1).str[1].astype(int)


def test_every_acquisition_holds_every_class_equally_often():
    plan = plan_photographs(parameters(n_per_class=12, n_acquisitions=4))

    counts = pd.crosstab(plan["acquisition_id"], plan["label"])

    assert counts.shape == (4, 4)
    assert (counts == 3).all(axis=None)


def test_an_acquisition_has_one_kind_of_scale_bar_and_all_kinds_occur():
    plan = plan_photographs(parameters())

    assert len(plan[["acquisition_id", "scale_bar"]].drop_duplicates()) == plan["acquisition_id"].nunique()
    assert set(plan["scale_bar"]) == {"white_box", "red", "large_200", "large_500"}


def test_acquisitions_interleave_in_file_order():
    plan = plan_photographs(parameters())

    for _, images in plan.groupby("label"):
        numbers = file_numbers(images)
        spans = numbers.groupby(images["acquisition_id"]).agg(lambda n: n.max() - n.min())
        # each acquisition visits every round of 12 files: its files spread over at least three rounds' width
        assert (spans > 36).all()


def test_a_larger_sample_starts_with_the_smaller_one():
    small, large = (plan_photographs(parameters(n_per_class=n)) for n in (24, 48))

    shared = large[file_numbers(large) <= 24].reset_index(drop=True)

    pd.testing.assert_frame_equal(shared, small)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_shifted_pairs_overlap_as_asked_and_share_class_and_acquisition(seed):
    plan = plan_photographs(parameters(seed=seed, shifted_fraction=0.5, n_identical_pairs=0))

    pairs = [group for _, group in plan.groupby("field_id") if len(group) > 1]

    assert pairs
    for pair in pairs:
        assert len(pair) == 2
        assert pair[["label", "acquisition_id"]].drop_duplicates().shape[0] == 1
        dx, dy = (pair[axis].diff().abs().iloc[1] for axis in ("offset_x", "offset_y"))
        assert 0.4 <= (1 - dx / 224) * (1 - dy / 224) <= 0.91
        assert pair[["offset_x", "offset_y"]].isin(range(225)).all(axis=None)


@pytest.mark.parametrize("n_pairs", [0, 1, 5])
def test_identical_pairs_are_as_many_as_asked(n_pairs):
    plan = plan_photographs(parameters(n_identical_pairs=n_pairs))

    copies = plan[plan["photograph_id"] != plan["image_id"]]

    assert len(copies) == n_pairs
    originals = plan.set_index("image_id").loc[copies["photograph_id"]]
    assert (originals["acquisition_id"].to_numpy() == copies["acquisition_id"].to_numpy()).all()


def test_the_truth_counts_cells_within_the_configured_numbers():
    sample = parameters(n_per_class=12, n_identical_pairs=0, shifted_fraction=0.0)

    truth = plan_sample(sample)

    for label, images in truth.groupby("label"):
        assert images["n_cells"].max() <= sample.classes[label].most_cells
        assert images["n_cells"].min() >= 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_per_class": 13}, "multiple of n_acquisitions"),
        ({"smallest_overlap": 0.95}, "smallest_overlap <= largest_overlap"),
        ({"n_identical_pairs": 9}, "n_identical_pairs <= 8"),
        ({"scale_bars": ["blue"]}, "scale_bars"),
        ({"n_per_clas": 12}, "Extra inputs"),
    ],
    ids=["unbalanced", "overlap", "too many pairs", "unknown bar", "unknown name"],
)
def test_parameters_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        parameters(**changes)


def test_a_class_with_fewest_above_most_is_refused():
    classes = parameters().model_dump()["classes"]
    classes["Early"]["fewest_cells"] = 20

    with pytest.raises(ValidationError, match="fewest_cells <= most_cells"):
        parameters(classes=classes)
