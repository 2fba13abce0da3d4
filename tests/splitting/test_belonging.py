"""Results that do not belong to the split at hand are refused."""

import pandas as pd
import pytest

from conftest import as_split
from leukosmear.parameters import SplitParameters
from leukosmear.predictions import PREDICTED_SIDES, predictions_table
from leukosmear.splitting import choose_split, deal_splits, hash_split, require_same_split, require_trained_on

PARAMETERS = SplitParameters(train=0.5, validation=0.25, folds=3, seed=0)


def deal(**changes: object) -> pd.DataFrame:
    """A split of forty images, as preprocessing makes it."""
    names = pd.Series([f"{label}/{index}" for label in "AB" for index in range(20)])
    images = as_split(pd.DataFrame({"image_id": names, "label": names.str[0]})).drop(columns=["side"])
    parameters = PARAMETERS.model_copy(update=changes)
    return choose_split(deal_splits(images, parameters), parameters)


def predict(split: pd.DataFrame) -> pd.DataFrame:
    rows = split[split["side"].isin(PREDICTED_SIDES)]
    return predictions_table(rows, [[0.5, 0.5]] * len(rows), ["A", "B"])


def test_predictions_belong_to_the_split_that_they_were_made_for() -> None:
    require_same_split(predict(deal()).sample(frac=1, random_state=0), deal())
    require_same_split(predict(deal()).iloc[:3], deal(), partly=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"seed": 1},
            r"the split of protocol random, fold 0, seed 1\. Found those of protocol random, fold 0, seed 0\.",
        ),
        ({"fold": 1}, r"split of protocol random, fold 1, seed 0\. .*--params=protocol=random,fold=1,seed=0`"),
        ({"train": 0.6}, r"Found \d of 20 images that stand elsewhere in it, such as ./\d+: . in validation, now ._?"),
    ],
    ids=["another seed", "another fold", "other sizes"],
)
def test_predictions_of_another_split_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        require_same_split(predict(deal()), deal(**changes))


def test_other_labels_and_images_without_a_prediction_are_refused() -> None:
    split = deal()
    predictions = predict(split)
    with pytest.raises(ValueError, match=r"Found 1 of 20 images that stand elsewhere in it, such as ./\d+: C in val"):
        require_same_split(predictions.assign(label=["C", *predictions["label"][1:]]), split)
    with pytest.raises(ValueError, match=r"Found 1 of 20 images .* now not there"):
        require_same_split(predictions, split[split["image_id"] != predictions["image_id"].iloc[0]])
    with pytest.raises(ValueError, match=r"Found none for 1 images"):
        require_same_split(predictions.iloc[1:], split)


def test_predictions_of_a_split_that_was_dealt_anew_beside_a_training_are_refused() -> None:
    """They agree with the new split, but the model has learnt from images that are test images now."""
    before, now = deal(), deal(train=0.6)
    require_same_split(predict(now), now)
    training = {"model": "cnn", "split_sha256": hash_split(before)}
    require_trained_on(training, before.iloc[::-1])
    with pytest.raises(ValueError, match=r"Expected cnn to belong to the split .*learnt from other images"):
        require_trained_on(training, now)
