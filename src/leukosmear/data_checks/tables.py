"""The verdicts on tables that the user brings: of patients, and of smears."""

import pandas as pd

from leukosmear.data_checks.verdicts import Check

NO_ROW_FITS = (
    "no row names a usable image; an image_id is <class folder>/<file name without suffix>, as in the inventory"
)


def check_table(images: pd.DataFrame, table: pd.DataFrame, kind: str) -> Check:
    """Check whether a user's table of patients or smears fits the images.

    Args:
        images: The usable images; columns `image_id` and `field_id`.
        table: Columns `image_id` and `<kind>_id`; empty where the user has none.
        kind: "patient" or "smear".
    """
    expected = f"one {kind} for each image, and no field of view of two {kind}s"
    if table.empty:
        return Check(
            check=f"{kind}s",
            expected=expected,
            found=f"no table of {kind}s (setting `{kind}s`)",
            verdict="not checked",
            details=[],
        )
    listed = table.drop_duplicates()
    complete = listed.dropna()
    twice = sorted(set(complete.loc[complete["image_id"].duplicated(keep=False), "image_id"]))
    incomplete = int(listed.isna().any(axis=1).sum())
    unknown = sorted(set(listed["image_id"].dropna()) - set(images["image_id"]))
    missing = sorted(set(images["image_id"]) - set(listed["image_id"]))
    known = known_rows(table, images)
    of_image = images["image_id"].map(known.set_index("image_id")[f"{kind}_id"])
    shared = of_image.groupby(images["field_id"]).nunique()
    return Check(
        check=f"{kind}s",
        expected=expected,
        found=f"{listed[f'{kind}_id'].nunique():,} {kind}s; {len(twice):,} images of two {kind}s, {len(missing):,} "
        f"of none, {len(unknown):,} listed that are not usable images, {incomplete:,} incomplete rows, "
        f"{(shared > 1).sum():,} fields of several {kind}s",
        # A table that fits none of the images would leave to guesses, or undone, what the user meant to tell.
        verdict="fail"
        if twice or known.empty
        else ("warn" if missing or unknown or incomplete or (shared > 1).any() else "pass"),
        details=[
            *(f"{name}: listed with several {kind}s" for name in twice),
            *(f"{field}: its field of view is of several {kind}s" for field in shared.index[shared > 1]),
            *(f"{name}: no {kind} listed" for name in missing),
            *(f"{name}: listed, but no usable image of that name" for name in unknown),
            *([NO_ROW_FITS] if known.empty else []),
        ],
    )


def known_rows(table: pd.DataFrame, images: pd.DataFrame) -> pd.DataFrame:
    """Select the rows of a user's table that can be used: of usable images, complete, the first of each image."""
    rows = table.dropna().drop_duplicates("image_id")
    return rows[rows["image_id"].isin(images["image_id"])]
