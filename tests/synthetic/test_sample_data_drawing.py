from pathlib import Path

import numpy as np
import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from PIL import Image

from conftest import configuration
from leukosmear.pipelines.sample_data import create_pipeline
from leukosmear.pipelines.sample_data.nodes import draw_sample, plan_sample
from leukosmear.synthetic.outline import Outline, overlap, patch_around, soft_step
from leukosmear.synthetic.parameters import SampleDataParameters
from leukosmear.synthetic.scale_bar import draw_scale_bar
from leukosmear.synthetic.seeding import generator
from leukosmear.synthetic.staining import HAEMOGLOBIN, N_DYES, Stain

ROOT = Path(__file__).parents[2]


def parameters(**changes) -> SampleDataParameters:
    block = yaml.safe_load((ROOT / "conf/base/parameters_sample_data.yml").read_text())["sample_data"]
    small = {"n_per_class": 4, "n_acquisitions": 2, "image_size": 96, "red_cells_per_frame": 15}
    return SampleDataParameters(**{**block, **small, **changes})


def test_light_falls_with_the_optical_density():
    densities = np.zeros((N_DYES, 3))
    densities[HAEMOGLOBIN] = [1.0, 0.5, 0.0]
    amounts = np.zeros((1, 2, N_DYES))
    amounts[0, 1, HAEMOGLOBIN] = 2.0

    light = Stain(densities).transmit(amounts)

    np.testing.assert_allclose(light, [[[1, 1, 1], [0.01, 0.1, 1]]])


def test_an_outline_follows_its_harmonics():
    outline = Outline(10.0, (2,), np.array([0.2]), np.array([0.0]))

    # radius * (1 + 0.2 cos 2a), for a = 0, 90 and 180 degrees
    np.testing.assert_allclose(outline.at(np.array([1, 1j, -1])), [12, 8, 12])
    assert outline.reach == pytest.approx(12)


def test_a_patch_measures_in_rows():
    patch = patch_around(x=20.0, y=10.0, reach=4.0, aspect_ratio=2.0)

    # the pixel of column 10, row 10 has its centre at (10.5 * 2, 10.5)
    row, column = 10 - patch.row, 10 - patch.column
    assert patch.distance[row, column] == pytest.approx(np.hypot(1.0, 0.5))


def test_a_patch_is_cut_at_the_frame():
    patch = patch_around(x=1.0, y=1.0, reach=3.0, aspect_ratio=1.0)

    in_frame, in_patch = overlap(patch, 0, 0, size=50)

    assert in_frame == (slice(0, 5), slice(0, 5))
    assert in_patch == (slice(2, 7), slice(2, 7))
    assert overlap(patch, 100, 0, size=50) is None


def test_a_soft_step_is_half_on_the_outline():
    np.testing.assert_allclose(soft_step(np.array([-5.0, 0.0, 5.0])), [0, 0.5, 1])


def test_generators_depend_on_their_names_alone():
    first, again, other = (generator(7, *names).random() for names in (("a", "b"), ("a", "b"), ("a", "c")))

    assert first == again
    assert first != other


@pytest.mark.parametrize("kind", ["white_box", "red", "large_200", "large_500"])
def test_a_scale_bar_changes_its_corner_only(kind):
    grey = np.full((224, 224, 3), 128, dtype=np.uint8)

    changed = (draw_scale_bar(grey, kind) != grey).any(axis=2)

    assert changed[184:, 184:].sum() > 15
    changed[184:, 184:] = False
    assert not changed.any()


def test_an_image_does_not_depend_on_what_else_is_drawn():
    sample = parameters(n_identical_pairs=0)
    truth = plan_sample(sample)
    drawings = draw_sample(truth, sample)
    image_id = truth["image_id"].iloc[-1]

    alone = np.asarray(drawings[image_id]())
    for other in reversed(truth["image_id"].iloc[:3].tolist()):
        drawings[other]()
    larger = parameters(n_identical_pairs=0, n_per_class=6)
    in_larger = np.asarray(draw_sample(plan_sample(larger), larger)[image_id]())

    assert alone.shape == (96, 96, 3)
    np.testing.assert_array_equal(np.asarray(drawings[image_id]()), alone)
    np.testing.assert_array_equal(in_larger, alone)


def test_a_shifted_photograph_shows_the_same_cells():
    sample = parameters(n_identical_pairs=0, shifted_fraction=0.5, n_per_class=8, image_size=224)
    truth = plan_sample(sample)
    pair = next(group for _, group in truth.groupby("field_id") if len(group) == 2)
    first, second = pair.to_dict("records")
    drawings = draw_sample(truth, sample)

    # each cut to what both show, above the scale bar
    crops = []
    for row, other in ((first, second), (second, first)):
        left, top = (max(other[axis] - row[axis], 0) for axis in ("offset_x", "offset_y"))
        width, height = (224 - abs(other[axis] - row[axis]) for axis in ("offset_x", "offset_y"))
        image = np.asarray(drawings[row["image_id"]]().convert("L"), dtype=float)
        crops.append(image[top : top + height, left : left + width][: height - 70])

    assert not np.array_equal(*crops)
    assert np.corrcoef(crops[0].ravel(), crops[1].ravel())[0, 1] > 0.9


def test_a_class_is_a_matter_of_configuration(tmp_path):
    look = parameters().model_dump()["classes"]["Early"]
    sample = parameters(classes={"Mine": look}, n_identical_pairs=1)
    catalog = configuration("local")["catalog"]
    entries = {name: catalog[name] for name in ("sample_images", "sample_truth")}
    entries["sample_images"]["path"] = str(tmp_path / "images")
    entries["sample_truth"]["filepath"] = str(tmp_path / "truth.csv")
    catalog = DataCatalog.from_config(entries)
    catalog["params:sample_data"] = MemoryDataset(sample)

    SequentialRunner().run(create_pipeline(), catalog)

    files = sorted((tmp_path / "images/Mine").iterdir())
    assert [file.name for file in files] == [f"synthetic-mine-00{k}.jpg" for k in (1, 2, 3, 4)]
    assert len({file.read_bytes() for file in files}) == 3
    with Image.open(files[0]) as image:
        assert (image.size, image.mode, image.format) == ((96, 96), "RGB", "JPEG")
