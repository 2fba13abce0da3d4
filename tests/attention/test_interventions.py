import numpy as np
import pandas as pd
import pytest

from conftest import as_split
from leukosmear.attention.interventions import (
    background_colour,
    choose_donors,
    paint_over,
    plan_interventions,
    put_cells_on,
)
from leukosmear.attention.measuring import choose_examples, measure_attention, predict_altered
from leukosmear.attention.regions import shares_of_regions
from leukosmear.cells.regions import BACKGROUND, CELL, SCALE_BAR
from leukosmear.model_images import LabelledImages
from leukosmear.parameters import AttentionParameters
from leukosmear.schemas import Interventions

VIOLET = (90, 50, 150)
SIDE = 40
EDGE = (slice(0, 6), slice(0, 6))  # far from the cell


def smear(background: tuple[int, int, int], cell: tuple[int, int, int] = VIOLET) -> np.ndarray:
    image = np.full((SIDE, SIDE, 3), background, np.uint8)
    image[16:24, 16:24] = cell
    return image


def marked() -> np.ndarray:
    regions = np.full((SIDE, SIDE), BACKGROUND, np.uint8)
    regions[16:24, 16:24] = CELL
    regions[36:, 30:] = SCALE_BAR
    return regions


def test_shares_of_attention_and_of_area():
    regions = np.array([[[CELL, BACKGROUND], [BACKGROUND, SCALE_BAR]]] * 2, np.uint8)
    maps = np.array([[[6, 1], [1, 2]], [[0, 0], [0, 0]]], np.float32)
    shares = shares_of_regions(maps, regions)
    assert shares.iloc[0].to_dict() == pytest.approx(
        {"cells": 0.6, "background": 0.2, "scale_bar": 0.2}
        | {"cells_area": 0.25, "background_area": 0.5, "scale_bar_area": 0.25}
    )
    assert shares.loc[1, ["cells", "background", "scale_bar"]].isna().all()
    assert shares.loc[1, "background_area"] == 0.5


def test_painting_over_leaves_nothing_of_a_cell_and_all_of_the_background():
    painted = paint_over(smear((240, 230, 220)), marked())
    np.testing.assert_allclose(painted, np.full((SIDE, SIDE, 3), (240, 230, 220)), atol=1)


def test_painting_over_copies_texture_of_the_background():
    image = smear((0, 0, 0))
    checks = np.indices((SIDE, SIDE)).sum(axis=0) % 2 * 100
    free = marked() != CELL
    image[free] = checks[free][:, np.newaxis]
    assert paint_over(image, marked())[18:22, 18:22].std() > 40


def test_an_image_full_of_cells_is_painted_over_all_the_same():
    regions = np.full((SIDE, SIDE), CELL, np.uint8)
    assert paint_over(smear(VIOLET), regions).shape == (SIDE, SIDE, 3)


@pytest.mark.parametrize(
    "background", [np.array([10, 20, 30]), smear((10, 20, 30), (1, 1, 1))], ids=["colour", "image"]
)
def test_cells_keep_their_pixels_on_another_background(background):
    made = put_cells_on(smear((240, 230, 220)), marked(), background)
    assert made[20, 20].tolist() == list(VIOLET)
    assert (made[EDGE] == (10, 20, 30)).all()


def test_cells_fade_softly_into_another_background():
    regions = np.full((224, 224), BACKGROUND, np.uint8)
    regions[100:120, 100:120] = CELL
    made = put_cells_on(np.full((224, 224, 3), 240, np.uint8), regions, np.array([10, 20, 30]))
    reds = made[110, 110:130, 0].astype(int)
    assert reds[:10].min() == 240  # the cell itself; its margin fades
    assert reds[-4:].tolist() == [10] * 4
    assert np.abs(np.diff(reds)).max() < 120


def test_one_colour_for_all_is_the_mean_of_all_backgrounds():
    pixels = np.stack([smear((100, 0, 50)), smear((200, 0, 50))])
    assert background_colour(pixels, np.stack([marked()] * 2)).tolist() == [150, 0, 50]


def test_donors_take_turns():
    labels = np.array([0, 0, 0, 0, 1, 1, 2])
    assert choose_donors(labels, same_class=True).tolist() == [2, 3, 0, 1, 5, 4, -1]
    other = choose_donors(labels, same_class=False)
    assert other.tolist() == [4, 6, 5, 6, 0, 6, 0]
    assert (labels[other] != labels).all()


def test_one_class_alone_has_no_other_background():
    plans = plan_interventions(np.stack([smear((9, 9, 9))] * 2), np.stack([marked()] * 2), np.array([0, 0]))
    assert set(plans) == {"cells_on_plain_colour", "cells_painted_over", "cells_on_own_class"}


def by_background(pixels: np.ndarray) -> np.ndarray:
    """Names a class by the brightness of a corner, where there is never a cell."""
    assert pixels.dtype == np.uint8
    assert len(pixels) <= 3
    bright = (pixels[:, 0, 0, 0] > 128).astype(np.float32)
    return np.stack([1 - bright, bright], axis=1)


def four_smears() -> LabelledImages:
    pixels = np.stack([smear((60, 60, 60))] * 2 + [smear((220, 220, 220))] * 2)
    return LabelledImages(list("wxyz"), pixels, np.array([0, 0, 1, 1]), ["dark", "light"])


def rows_of(images: LabelledImages) -> pd.DataFrame:
    labels = [images.classes[index] for index in images.labels]
    return as_split(pd.DataFrame({"image_id": images.image_ids, "label": labels}))


def test_a_network_that_goes_by_the_background_is_found_out():
    table = predict_altered(
        by_background, four_smears(), rows_of(four_smears()), np.stack([marked()] * 4), batch_size=3
    )
    Interventions.validate(table)
    named = np.where(table["p_light"] > 0.5, "light", "dark")
    right = pd.Series(named == table["label"]).groupby(table["intervention"]).mean()
    assert right.to_dict() == {
        "cells_on_other_class": 0,
        "cells_on_own_class": 1,
        "cells_on_plain_colour": 0.5,
        "cells_painted_over": 1,
    }
    other = table["intervention"] == "cells_on_other_class"
    assert (named[other] == table.loc[other, "donor_label"]).all()
    assert table.loc[~other & (table["intervention"] != "cells_on_own_class"), "donor_label"].isna().all()


def test_attention_is_tabulated_and_examples_are_kept():
    import keras

    from leukosmear.attention.gradcam import cut_network

    layers = [
        keras.Input((SIDE, SIDE, 3)),
        keras.layers.Conv2D(2, 3),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2, activation="softmax", dtype="float32"),
    ]
    network = keras.Sequential(layers)
    images = four_smears()
    parameters = AttentionParameters(images=10, images_per_class=1, seed=0)
    table, examples = measure_attention(
        cut_network(network), images, rows_of(images), np.stack([marked()] * 4), 3, parameters
    )
    assert table["image_id"].tolist() == images.image_ids
    assert table["label"].tolist() == ["dark", "dark", "light", "light"]
    probabilities = keras.ops.convert_to_numpy(network(images.pixels, training=False))
    assert table["predicted"].tolist() == [images.classes[index] for index in probabilities.argmax(axis=1)]
    assert table["cells_area"].tolist() == [64 / 1600] * 4
    assert (table["grid_rows"].iloc[0], table["grid_columns"].iloc[0]) == (38, 38)
    shown = choose_examples(images, parameters)
    assert examples["image_id"].tolist() == [images.image_ids[index] for index in shown]
    assert images.labels[shown].tolist() == [0, 1]
    assert examples["attention"].shape == (2, SIDE, SIDE)
    np.testing.assert_array_equal(examples["pixels"], images.pixels[shown])
