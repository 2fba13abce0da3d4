"""Checks of the files of a data set, and of its classes."""

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from leukosmear.data_checks.labels import configured_classes, label_of, source_of
from leukosmear.data_checks.verdicts import Check, Verdict
from leukosmear.decoding import UnreadableImageError, decode
from leukosmear.inventory import accepted
from leukosmear.parameters import ValidationParameters


def check_readable(inventory: pd.DataFrame, max_rejected_fraction: float) -> Check:
    """Check whether there are images, and whether all but a few of the files can be used."""
    rejected = inventory[inventory["status"] == "rejected"]
    share = len(rejected) / len(inventory) if len(inventory) else 0.0
    verdict: Verdict = "pass" if rejected.empty else "warn"
    if share > max_rejected_fraction or len(rejected) == len(inventory):
        verdict = "fail"
    return Check(
        check="readable files",
        expected=f"images, and at most {max_rejected_fraction:.1%} unusable files",
        found=f"{len(inventory):,} files, {len(rejected):,} of them unusable ({share:.1%})",
        verdict=verdict,
        details=[f"{row.file_name}: {row.reason}" for row in rejected.itertuples()],
    )


def check_strays(beside: Mapping[str, Callable[[], bytes]]) -> Check:
    """Check whether images lie beside the class folders, where they have no class.

    Other files may lie there: tables, texts.

    Args:
        beside: The files beside the folders, by name, and what reads their bytes.
    """
    strays = [name for name, read in beside.items() if _is_image(read)]
    return Check(
        check="stray images",
        expected="images in class folders only",
        found=f"{len(strays):,} beside the class folders; they are left out",
        verdict="warn" if strays else "pass",
        details=[f"{name}: beside the class folders; move it into the folder of its class" for name in strays],
    )


def _is_image(read: Callable[[], bytes]) -> bool:
    try:
        decode(read())
    except (OSError, UnreadableImageError):
        return False
    return True


def check_classes(inventory: pd.DataFrame, sources: Iterable[str], parameters: ValidationParameters) -> Check:
    """Check whether classes are those of the configuration, and whether each has enough images.

    Args:
        inventory: Columns `file_name`, `label` and `status`.
        sources: The folders or endings that there are.
        parameters: The classes, and what says which one an image is of.
    """
    found = sorted(sources)
    classes = configured_classes(found, parameters)
    configured = {source for members in classes.values() for source in members}
    kind = parameters.label_from.replace("_", " ")
    problems = [
        f"{source}: {kind} is not among the configured classes{_example(inventory, source, parameters)}"
        for source in found
        if source not in configured
    ]
    problems += [f"{name}: configured, but there is no such {kind}" for name in sorted(configured - set(found))]
    counts = accepted(inventory)["label"].value_counts()
    present = sorted(label for label, members in classes.items() if set(members) & set(found))
    for name in present:
        n_images = int(counts.get(name, 0))
        if n_images < parameters.min_images_per_class:
            problems.append(
                f"{name}: {n_images} usable images, at least {parameters.min_images_per_class} are needed; "
                "add images, or leave the class out of the data set's folder"
            )
    if len(present) < 2:
        problems.append("a classifier needs at least two classes")
    labels = sorted({label_of(source, parameters) for source in found})
    return Check(
        check="classes",
        expected=f"{'classes ' + ', '.join(sorted(classes)) if classes else 'class folders'}, each with at "
        f"least {parameters.min_images_per_class} usable images",
        found=", ".join(f"{name} {int(counts.get(name, 0)):,}" for name in labels) or "no class folder",
        verdict="fail" if problems else "pass",
        details=problems,
    )


def _example(inventory: pd.DataFrame, source: str, parameters: ValidationParameters) -> str:
    names = [name for name in inventory["file_name"] if source_of(name, parameters) == source]
    return f"; {len(names):,} files, such as {names[0]}" if names else "; it is empty"


def check_balance(class_distribution: pd.DataFrame, max_imbalance_ratio: float) -> Check:
    """Check whether the classes are of comparable size: the paper's "validating class distribution"."""
    counts = class_distribution["n_images"]
    smallest = int(counts.min()) if len(counts) else 0
    ratio = counts.max() / smallest if smallest else None
    return Check(
        check="class balance",
        expected=f"the largest class at most {max_imbalance_ratio:g} times the smallest",
        found="undefined: a class without images" if ratio is None else f"{ratio:.2f} times",
        verdict="warn" if ratio is None or ratio > max_imbalance_ratio else "pass",
        details=[f"{row.label}: {row.n_images:,} images" for row in class_distribution.itertuples()],
    )


def check_sizes(inventory: pd.DataFrame) -> Check:
    """Check whether all images have one width, height, mode and format: the paper's "image class consistency"."""
    kinds = ["width", "height", "mode", "format"]
    images = accepted(inventory)
    counts = images.groupby(kinds).size().sort_values(ascending=False)
    if counts.empty:
        found, odd = "no usable images", images
    else:
        width, height, mode, file_format = counts.index[0]
        usual = (images[kinds] == pd.Series(counts.index[0], index=kinds)).all(axis=1)
        odd = images[~usual]
        found = f"{usual.sum():,} of {len(images):,} images are {width} x {height} {mode} {file_format}"
    return Check(
        check="image size and mode",
        expected="one width, height, colour mode and format; others are converted and resized",
        found=found,
        verdict="pass" if odd.empty else "warn",
        details=[f"{row.file_name}: {row.width} x {row.height} {row.mode} {row.format}" for row in odd.itertuples()],
    )
