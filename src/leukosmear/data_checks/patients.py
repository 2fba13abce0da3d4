"""The check of the table of patients, and its rows that can be used."""

import pandas as pd

from leukosmear.data_checks.verdicts import Check

NO_ROW_FITS = (
    "no row names a usable image; an image_id is <class folder>/<file name without suffix>, as in the inventory"
)


def check_patients(images: pd.DataFrame, patient_ids: pd.DataFrame) -> Check:
    """Does the table of patients fit the images?"""
    expected = "one patient for each image, and no field of view of two patients"
    if patient_ids.empty:
        return Check(
            check="patients",
            expected=expected,
            found="no table of patients (setting `patients`)",
            verdict="not checked",
            details=[],
        )
    listed = patient_ids.drop_duplicates()
    complete = listed.dropna()
    twice = sorted(set(complete.loc[complete["image_id"].duplicated(keep=False), "image_id"]))
    incomplete = int(listed.isna().any(axis=1).sum())
    unknown = sorted(set(listed["image_id"].dropna()) - set(images["image_id"]))
    missing = sorted(set(images["image_id"]) - set(listed["image_id"]))
    known = known_patients(patient_ids, images)
    patient = images["image_id"].map(known.set_index("image_id")["patient_id"])
    shared = patient.groupby(images["field_id"]).nunique()
    return Check(
        check="patients",
        expected=expected,
        found=f"{listed['patient_id'].nunique():,} patients; {len(twice):,} images of two patients, {len(missing):,} "
        f"of none, {len(unknown):,} listed that are not usable images, {incomplete:,} incomplete rows, "
        f"{(shared > 1).sum():,} fields of several patients",
        # A table that fits none of the images would leave groups to guesses that the user meant to replace.
        verdict="fail"
        if twice or known.empty
        else ("warn" if missing or unknown or incomplete or (shared > 1).any() else "pass"),
        details=[
            *(f"{name}: listed with several patients" for name in twice),
            *(f"{field}: its field of view is of several patients" for field in shared.index[shared > 1]),
            *(f"{name}: no patient listed" for name in missing),
            *(f"{name}: listed, but no usable image of that name" for name in unknown),
            *([NO_ROW_FITS] if known.empty else []),
        ],
    )


def known_patients(patient_ids: pd.DataFrame, images: pd.DataFrame) -> pd.DataFrame:
    """Select the rows of a table of patients that can be used: of usable images, complete, the first of each image."""
    rows = patient_ids.dropna().drop_duplicates("image_id")
    return rows[rows["image_id"].isin(images["image_id"])]
