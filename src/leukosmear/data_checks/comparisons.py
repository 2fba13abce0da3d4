"""The verdicts on what comparing the images with one another found."""

from typing import Any

import numpy as np
import pandas as pd

from leukosmear.data_checks.tables import known_rows
from leukosmear.data_checks.verdicts import Check, Verdict

# Share of images by which knowing the kind of scale bar may improve guessing the class, before the report warns.
MAX_SHORTCUT = 0.05
# Groups that a class needs so that each of train, validation and test can have one.
LEAST_GROUPS = 3
# How far from 1 the aspect ratio of round things may be, before the report warns.
MAX_SQUEEZE = 0.1


def check_labels(images: pd.DataFrame, duplicate_pairs: pd.DataFrame, same_field_pairs: pd.DataFrame) -> Check:
    """Check whether images of the same thing have the same label."""
    label = images.set_index("image_id")["label"]
    problems: dict[tuple[str, str], str] = {}
    doubts: dict[tuple[str, str], str] = {}
    for pairs, says in (
        (duplicate_pairs[duplicate_pairs["kind"] == "identical"], "identical"),
        (same_field_pairs, "of the same field of view"),
        (duplicate_pairs[duplicate_pairs["kind"] != "identical"], "near-identical"),
    ):
        differ = label[pairs["image_id_a"]].to_numpy() != label[pairs["image_id_b"]].to_numpy()
        named = doubts if says == "near-identical" else problems
        for a, b in pairs.loc[differ, ["image_id_a", "image_id_b"]].itertuples(index=False):
            named.setdefault((a, b), f"{a} and {b} are {says}")
    verdict: Verdict = "fail" if problems else ("warn" if doubts else "pass")
    found = f"{len(problems):,} pairs of different labels" + (f", {len(doubts):,} more in doubt" if doubts else "")
    return Check(
        check="labels",
        expected="one label for identical images and for images of one field of view",
        found=found,
        verdict=verdict,
        details=[*problems.values(), *doubts.values()],
    )


def check_duplicates(images: pd.DataFrame, duplicate_pairs: pd.DataFrame) -> Check:
    """Check whether every image is there once."""
    identical = duplicate_pairs["kind"] == "identical"
    involved = set(duplicate_pairs["image_id_a"]) | set(duplicate_pairs["image_id_b"])
    return Check(
        check="duplicates",
        expected="no identical or near-identical images",
        found=f"{identical.sum():,} identical and {(~identical).sum():,} near-identical pairs, of {len(involved):,} of "
        f"{len(images):,} images",
        verdict="warn" if len(duplicate_pairs) else "pass",
        details=[
            f"{row.image_id_a} and {row.image_id_b}: {row.kind}"
            + ("" if row.kind == "identical" else f", {row.distance} of 64 bits differ")
            for row in duplicate_pairs.itertuples()
        ],
    )


def check_same_fields(images: pd.DataFrame, same_field_pairs: pd.DataFrame) -> Check:
    """Check whether every field of view was photographed once."""
    repeated = images["field_id"].duplicated(keep=False)
    return Check(
        check="fields of view",
        expected="every field of view once; else a split by image puts one field on both sides",
        found=f"{len(same_field_pairs):,} pairs of one field; {repeated.sum():,} of {len(images):,} images share "
        f"theirs, {images['field_id'].nunique():,} fields in all",
        verdict="warn" if len(same_field_pairs) else "pass",
        details=[
            f"{row.image_id_a} and {row.image_id_b}: shifted by {row.shift_x:.0f}, {row.shift_y:.0f} pixels, overlap "
            f"{row.overlap:.0%}, correlation {row.correlation:.2f}"
            for row in same_field_pairs.itertuples()
        ],
    )


def check_scale_bars(images: pd.DataFrame) -> Check:
    """Check whether the kind of scale bar tells the class."""
    counts = pd.crosstab(images["scale_bar"], images["label"])
    by_bar = counts.max(axis=1).sum() / max(len(images), 1)
    by_chance = counts.sum().max() / len(images) if len(images) else 0.0
    return Check(
        check="scale bars",
        expected="a kind of scale bar that says nothing of the class; models do not see it unless the masking is off",
        found=f"{len(counts):,} kinds; guessing the class by the kind alone is right for {by_bar:.1%} of the images, "
        f"always guessing the largest class for {by_chance:.1%}",
        verdict="warn" if by_bar - by_chance > MAX_SHORTCUT else "pass",
        details=[
            f"{kind}: " + ", ".join(f"{label} {n:,}" for label, n in row.items() if n)
            for kind, row in counts.iterrows()
        ],
    )


def check_acquisitions(images: pd.DataFrame, patient_ids: pd.DataFrame) -> Check:
    """Check whether there are groups enough to hold some out."""
    groups = images.groupby("label")["acquisition_id"].nunique()
    known = len(known_rows(patient_ids, images))
    origin = "guessed from scale bars, file order and common fields: they are not patients"
    if known:
        origin = f"patients for {known:,} of {len(images):,} images" + (
            "" if known == len(images) else "; others guessed"
        )
    few = [label for label, n in groups.items() if n < LEAST_GROUPS]
    return Check(
        check="acquisitions",
        expected=f"at least {LEAST_GROUPS} groups of images in each class, to hold whole groups out",
        found=f"{images['acquisition_id'].nunique():,} groups ({origin})",
        verdict="warn" if few else "pass",
        details=[f"{label}: {n:,} groups" for label, n in groups.items()],
    )


def check_quality(images: pd.DataFrame) -> Check:
    """Check whether the images were taken alike."""
    flagged = images[images["quality"] != ""]
    counts = flagged["quality"].str.split(", ").explode().value_counts()
    return Check(
        check="quality",
        expected="images as sharp, bright and rich in contrast as others of their class",
        found=", ".join(f"{n:,} {flag}" for flag, n in counts.items()) or "no image that stands out",
        verdict="warn" if len(flagged) else "pass",
        details=[
            f"{row.file_name}: {row.quality} (sharpness {row.sharpness:.0f}, brightness {row.brightness:.0f}, "
            f"contrast {row.contrast:.0f})"
            for row in flagged.itertuples()
        ],
    )


def check_aspect(pixel_aspect: dict[str, Any]) -> Check:
    """Check whether the frames were squeezed."""
    aspect = pixel_aspect["aspect"]
    squeezed = aspect is not None and not np.isclose(aspect, 1, atol=MAX_SQUEEZE)
    found = "nothing to measure it on"
    if aspect is not None:
        found = (
            f"{aspect:.2f} times as tall as wide ({pixel_aspect['low']:.2f} to {pixel_aspect['high']:.2f}, "
            f"{pixel_aspect['n_images']:,} images)"
        )
    return Check(
        check="aspect ratio",
        expected="what is round as tall as it is wide",
        found=found,
        verdict="not checked" if aspect is None else ("warn" if squeezed else "pass"),
        details=[f"set `frame.aspect_ratio` to {aspect:.2f} times the width over the height of the files"]
        if squeezed
        else [],
    )
