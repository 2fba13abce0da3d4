"""Whether predictions belong to a split: made for it, by a model that learnt from its train side."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pandas as pd

from leukosmear.schemas import SPLIT_NAME
from leukosmear.splitting.table import list_names


def require_same_split(
    predictions: pd.DataFrame, split: pd.DataFrame, name: str = "the predictions", partly: bool = False
) -> None:
    """Check that predictions were made for a split.

    Args:
        predictions: Columns `protocol`, `fold`, `seed`, `image_id`, `side` and `label`.
        split: The split; the same columns.
        name: What the predictions are called in messages.
        partly: Whether they may be of some of a side's images only.

    Raises:
        ValueError: If protocol, fold or seed differ, an image stands on another side or under another label, or images
            of a side have no prediction.
    """
    found = list_names(predictions)
    if found != list_names(split):
        raise _not_of_this_split(name, split, f"those of {'; '.join(map(str, found))}")
    here = split.set_index("image_id")[["side", "label"]].reindex(predictions["image_id"])
    differs = (here.to_numpy() != predictions[["side", "label"]].to_numpy()).any(axis=1)
    if differs.any():
        row = predictions[differs].iloc[0]
        now = here[differs].iloc[0]
        raise _not_of_this_split(
            name,
            split,
            f"{differs.sum():,} of {len(predictions):,} images that stand elsewhere in it, such as {row['image_id']}: "
            f"{row['label']} in {row['side']}, now "
            + ("not there" if pd.isna(now["side"]) else f"{now['label']} in {now['side']}"),
        )
    missing = split[split["side"].isin(set(predictions["side"])) & ~split["image_id"].isin(predictions["image_id"])]
    if len(missing) and not partly:
        raise _not_of_this_split(
            name, split, f"none for {len(missing):,} images, such as {missing['image_id'].iloc[0]}"
        )


def require_trained_on(training: Mapping[str, Any], split: pd.DataFrame) -> None:
    """Check that a model learnt from the train and validation images of a split.

    Predictions alone do not tell: they may be of a split that was dealt anew while the model was trained.

    Args:
        training: The record of the training; its `model` and `split_sha256`.
        split: The split.

    Raises:
        ValueError: If the model learnt from another one.
    """
    if training["split_sha256"] != hash_split(split):
        raise _not_of_this_split(training["model"], split, "a model that learnt from other images than its train side")


def hash_split(split: pd.DataFrame) -> str:
    """Compute a hash of a split: of its name, and of each image's label and side, in whichever order.

    Args:
        split: Columns `protocol`, `fold`, `seed`, `image_id`, `label` and `side`.
    """
    rows = split[[*SPLIT_NAME, "image_id", "label", "side"]].astype("str").sort_values("image_id")
    return hashlib.sha256(rows.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def _not_of_this_split(name: str, split: pd.DataFrame, found: str) -> ValueError:
    (wanted,) = list_names(split)
    settings = ",".join(f"{key}={value}" for key, value in wanted._asdict().items())
    return ValueError(
        f"Expected {name} to belong to the split of {wanted}. Found {found}. Run `kedro run "
        f"--pipelines=preprocessing,modelling,baselines,reporting --params={settings}` with the same --env."
    )
