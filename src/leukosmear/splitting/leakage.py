"""How much of what is evaluated a model has as good as seen in training."""

from typing import Any

import pandas as pd

# What an image can have in common with one of the training images, and the column that tells.
RELATIONS = {
    "identical_copy": "sha256",
    "same_field": "field_id",
    "same_acquisition": "acquisition_id",
    "same_stream": "stream_id",
    "same_smear": "smear_id",
}


def describe_leakage(images: pd.DataFrame, side: str) -> dict[str, Any]:
    """Count the images of a side that have a relation in train.

    Args:
        images: Columns `side`, `sha256`, `field_id`, `acquisition_id`, `stream_id` and `smear_id`.
        side: Which side: validation or test.

    Returns:
        `n_images`, and for each of `RELATIONS` a dict of `n_images` and `share` (0 to 1, None where the side is empty):
        the images with one such or more in train. What is not known, such as most smears, is no relation.
    """
    train, here = images[images["side"] == "train"], images[images["side"] == side]
    leakage: dict[str, Any] = {"n_images": len(here)}
    for relation, column in RELATIONS.items():
        # A set, since pandas' isin takes over a second for each column of 100,000 texts.
        in_train = set(train[column].dropna())
        n_related = sum(name in in_train for name in here[column])
        leakage[relation] = {"n_images": n_related, "share": n_related / len(here) if len(here) else None}
    return leakage


def join_inventory(split: pd.DataFrame, accepted_images: pd.DataFrame) -> pd.DataFrame:
    """Add to a split what only the inventory knows of its images.

    Args:
        split: One row per image; column `image_id`.
        accepted_images: Columns `image_id`, `sha256` and `smear_id`.

    Returns:
        `split` with columns `sha256` and `smear_id`.

    Raises:
        ValueError: If the split has images that were not accepted.
    """
    known = accepted_images.set_index("image_id")[["sha256", "smear_id"]]
    unknown = list(split.loc[~split["image_id"].isin(known.index), "image_id"])
    if unknown:
        raise ValueError(
            f"Expected a split of the {len(accepted_images):,} accepted images. Found {len(unknown):,} others in it, "
            f"such as {unknown[:3]}. Run the preprocessing pipeline again, so that the split is made anew."
        )
    return split.join(known, on="image_id")
