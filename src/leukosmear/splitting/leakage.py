"""How much of what is evaluated a model has as good as seen in training."""

from typing import Any

import pandas as pd

# What an image can have in common with one of the training images, and the column that tells.
RELATIONS = {"identical_copy": "sha256", "same_field": "field_id", "same_acquisition": "acquisition_id"}


def describe_leakage(images: pd.DataFrame, side: str) -> dict[str, Any]:
    """Count the images of a side that have a relation in train.

    Args:
        images: Columns `side`, `sha256`, `field_id` and `acquisition_id`.
        side: Which side: validation or test.

    Returns:
        `n_images`, and for each of `identical_copy`, `same_field` and `same_acquisition` a dict of `n_images` and
        `share` (0 to 1, None where the side is empty): the images with one such or more in train.
    """
    train, here = images[images["side"] == "train"], images[images["side"] == side]
    leakage: dict[str, Any] = {"n_images": len(here)}
    for relation, column in RELATIONS.items():
        # A set, since pandas' isin takes over a second for each column of 100,000 texts.
        in_train = set(train[column])
        n_related = sum(name in in_train for name in here[column])
        leakage[relation] = {"n_images": n_related, "share": n_related / len(here) if len(here) else None}
    return leakage


def join_hashes(split: pd.DataFrame, accepted_images: pd.DataFrame) -> pd.DataFrame:
    """Add the files' hashes to a manifest.

    Args:
        split: One row per image; column `image_id`.
        accepted_images: Columns `image_id` and `sha256`.

    Returns:
        `split` with a column `sha256`.

    Raises:
        ValueError: If the manifest has images that were not accepted.
    """
    hashes = split["image_id"].map(accepted_images.set_index("image_id")["sha256"])
    unknown = list(split.loc[hashes.isna(), "image_id"])
    if unknown:
        raise ValueError(
            f"Expected a split of the {len(accepted_images):,} accepted images. Found {len(unknown):,} others in it, "
            f"such as {unknown[:3]}. Run the preprocessing pipeline again, so that the split is made anew."
        )
    return split.assign(sha256=hashes)
