from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from conftest import examine
from leukosmear.datasets.image_folder import ImageFolderDataset
from leukosmear.parameters import SameFieldParameters
from leukosmear.resemblance.landmarks import find_landmarks
from leukosmear.resemblance.same_field import (
    best_shift,
    beyond_chance,
    correlate,
    evidence,
    search_same_fields,
    stand_out,
)

PARAMETERS = SameFieldParameters(workers=2)
NOTHING_HIDDEN = np.zeros((4, 4), dtype=bool)


def fields(n: int, size: int = 240) -> np.ndarray:
    """Blurred noise: pictures with structure everywhere, no two alike."""
    noise = np.random.default_rng(0).normal(size=(n, size, size))
    smooth = ndimage.gaussian_filter(noise, (0, 3, 3))
    return np.clip(128 + 40 * smooth / smooth.std(), 0, 255).astype(np.uint8)


def frames(field: np.ndarray, *corners: tuple[int, int]) -> np.ndarray:
    return np.stack([field[y : y + 112, x : x + 112] for y, x in corners])


def search(thumbnails: np.ndarray, **parameters: float) -> pd.DataFrame:
    hidden = np.zeros(thumbnails.shape, dtype=bool)
    return search_same_fields(thumbnails, hidden, PARAMETERS.model_copy(update=parameters))


def test_correlation_of_hand_made_pictures() -> None:
    a = np.arange(16).reshape(4, 4)
    assert correlate(a, a, NOTHING_HIDDEN, NOTHING_HIDDEN, (0, 0)) == (1.0, pytest.approx(1.0))
    assert correlate(a, -a, NOTHING_HIDDEN, NOTHING_HIDDEN, (0, 0)) == (1.0, pytest.approx(-1.0))
    # b begins in the second row and third column of a: 3 x 2 of 16 pixels in common
    b = np.zeros((4, 4), int)
    b[:3, :2] = a[1:, 2:]
    assert correlate(a, b, NOTHING_HIDDEN, NOTHING_HIDDEN, (1, 2)) == (6 / 16, pytest.approx(1.0))
    assert correlate(a, b, NOTHING_HIDDEN, NOTHING_HIDDEN, (4, 0)) == (0.0, 0.0)
    assert correlate(a, np.ones((4, 4)), NOTHING_HIDDEN, NOTHING_HIDDEN, (0, 0)) == (1.0, 0.0)


def test_hidden_pixels_do_not_count() -> None:
    a = np.arange(16).reshape(4, 4)
    b, hidden = a.copy(), NOTHING_HIDDEN.copy()
    b[3, 3], hidden[3, 3] = -200, True
    assert correlate(a, b, NOTHING_HIDDEN, NOTHING_HIDDEN, (0, 0))[1] < 0.5
    assert correlate(a, b, NOTHING_HIDDEN, hidden, (0, 0))[1] == pytest.approx(1.0)


def test_a_shift_that_is_a_little_off_is_mended() -> None:
    a, b = stand_out(frames(fields(1)[0], (0, 0), (30, 17)))
    hidden = np.zeros(a.shape, dtype=bool)
    row, column, overlap, correlation = best_shift(a, b, hidden, hidden, (32, 15), min_overlap=0.25)
    assert (row, column) == (30, 17)
    assert overlap == pytest.approx(82 * 95 / 112**2)
    assert correlation > 0.9


@pytest.mark.parametrize("shift", [(0, 0), (0, 60), (45, -20), (-30, 30)], ids=str)
def test_a_field_photographed_twice_is_found_whatever_the_shift(shift: tuple[int, int]) -> None:
    others = fields(8)
    corner = (44, 44)
    pair = frames(others[0], corner, (corner[0] + shift[0], corner[1] + shift[1]))
    thumbnails = np.concatenate([pair[:1], frames(others[1], corner), pair[1:], others[2:, :112, :112]])
    found = search(thumbnails)
    assert found[["a", "b", "row", "column"]].to_numpy().tolist() == [[0, 2, *shift]]


def test_different_stain_exposure_and_noise_do_not_hide_a_pair() -> None:
    a, b = frames(fields(1)[0], (0, 0), (20, 30)).astype(float)
    noise = np.random.default_rng(1).normal(0, 4, b.shape)
    shade = np.linspace(-30, 30, 112)
    thumbnails = np.clip(np.stack([a, 0.7 * b + 60 + noise + shade]), 0, 255).astype(np.uint8)
    assert len(search(thumbnails)) == 1


def test_too_little_overlap_is_no_pair() -> None:
    thumbnails = frames(fields(1)[0], (0, 0), (56, 0))
    assert len(search(thumbnails, min_overlap=0.45)) == 1
    assert search(thumbnails, min_overlap=0.55).empty


def test_mirrored_and_turned_copies_are_not_claimed() -> None:
    picture = fields(1)[0, :112, :112]
    assert search(np.stack([picture, picture[:, ::-1], np.rot90(picture)])).empty


def test_empty_fields_have_nothing_in_common() -> None:
    noise = np.random.default_rng(0).integers(228, 232, (6, 112, 112)).astype(np.uint8)
    assert search(noise).empty
    assert search(np.full((3, 112, 112), 230, np.uint8)).empty
    assert search(np.empty((0, 112, 112), np.uint8)).empty


def test_a_scale_bar_makes_no_pair() -> None:
    thumbnails = fields(6)[:, :112, :112].copy()
    thumbnails[:, 60:, 60:] = fields(1, 52)[0]  # the same in all, as a bar is
    hidden = np.zeros(thumbnails.shape, dtype=bool)
    hidden[:, 60:, 60:] = True
    assert search_same_fields(thumbnails, hidden, PARAMETERS).empty
    landmarks = find_landmarks(thumbnails, hidden, 40, 1)
    assert (landmarks.position.min(axis=1) < 60 - 12).all()


def test_landmarks_move_with_the_frame() -> None:
    thumbnails = frames(fields(1)[0], (0, 0), (10, 6))
    landmarks = find_landmarks(thumbnails, np.zeros(thumbnails.shape, dtype=bool), 200, 1)
    first, second = (set(map(tuple, landmarks.position[landmarks.image == image])) for image in (0, 1))
    inside = {(y - 10, x - 6) for y, x in first if 26 < y < 90 and 26 < x < 90}
    assert len(inside) >= 10
    assert inside <= second


def test_the_search_does_not_depend_on_threads() -> None:
    thumbnails = fields(70)[:, :112, :112]
    hidden = np.zeros(thumbnails.shape, dtype=bool)
    one, three = (find_landmarks(thumbnails, hidden, 40, workers) for workers in (1, 3))
    np.testing.assert_array_equal(one.position, three.position)
    np.testing.assert_array_equal(one.descriptor, three.descriptor)


def test_all_shifted_fields_of_the_sample_are_found_and_no_others(project: Path) -> None:
    found = examine(ImageFolderDataset(path=str(project / "data/01_raw/sample")).load()).same_field_pairs
    truth = pd.read_csv(project / "data/01_raw/sample_truth.csv").set_index("image_id")
    field = truth["field_id"]
    assert (field[found["image_id_a"]].to_numpy() == field[found["image_id_b"]].to_numpy()).all()
    n_partners = field.map(field.value_counts())
    assert set(found["image_id_a"]) | set(found["image_id_b"]) == set(field.index[n_partners > 1])


def test_evidence_is_correlation_times_the_root_of_the_overlap() -> None:
    fits = pd.DataFrame({"correlation": [0.8, 0.4], "overlap": [0.25, 1.0]})
    assert evidence(fits).tolist() == [0.4, 0.4]


def test_the_threshold_lies_where_chance_reaches_it_once_in_twenty_data_sets() -> None:
    chance = np.random.default_rng(0).normal(0.1, 0.05, 10_000)
    # the normal distribution lies beyond 4.89 standard deviations in 0.05 of 100,000 cases
    assert beyond_chance(chance, 100_000) == pytest.approx(0.1 + 4.89 * 0.05, abs=0.005)
    assert beyond_chance(chance, 100) < beyond_chance(chance, 100_000)


def test_a_mirrored_copy_in_the_data_set_does_not_pass_for_chance() -> None:
    chance = np.random.default_rng(0).normal(0.1, 0.05, 200)
    with_copies = np.concatenate([chance, [1.0, 1.0]])
    assert beyond_chance(with_copies, 1000) == pytest.approx(beyond_chance(chance, 1000), abs=0.01)


def test_where_too_little_is_known_of_chance_everything_passes() -> None:
    assert beyond_chance(np.full(19, 0.3), 1000) == -1
    assert beyond_chance(np.concatenate([np.full(19, 0.3), [-0.6]]), 1000) == -1  # one had too little overlap


def test_lone_round_cells_are_not_taken_for_one_another() -> None:
    """At high magnification a field holds one round cell, and any two of them fit well."""
    rows, columns = np.mgrid[:112, :112]
    generator = np.random.default_rng(0)
    noise = ndimage.gaussian_filter(generator.normal(size=(80, 112, 112)), (0, 4, 4))
    pictures = []
    for texture in 12 * noise / noise.std():
        (y, x), radius = generator.uniform(35, 77, 2), generator.uniform(14, 26)
        pictures.append(200 + texture - 90 / (1 + np.exp((np.hypot(rows - y, columns - x) - radius) / 2)))
    thumbnails = np.clip(pictures, 0, 255).astype(np.uint8)
    assert len(search(thumbnails)) <= 1


@pytest.mark.parametrize("n", [1, 3])
def test_a_single_landmark_in_the_data_set_is_no_trouble(n: int) -> None:
    thumbnails = np.full((n, 112, 112), 230, np.uint8)
    thumbnails[0, 56, 56] = 0
    assert search(thumbnails).empty
