"""Division of the images into train, validation and test, by one of three protocols."""

import logging
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from leukosmear.parameters import SplitParameters
from leukosmear.schemas import SIDES
from leukosmear.splitting.promises import (
    REMEDIES,
    assert_disjoint,
    assert_held_out,
    is_in_streams,
    require_every_class,
)

logger = logging.getLogger(__name__)

# A stream is at least this share of its class.
SMALLEST_STREAM = 0.05


def split_by_image(images: pd.DataFrame, parameters: SplitParameters) -> pd.DataFrame:
    """Divide the images of each class at random: the paper's protocol.

    Train and validation get their shares rounded down, test the rest. On the real data set this gives the sizes
    that the paper's figures imply: 2,277, 486 and 493. Images of one slide, even of one field of view, can fall
    on different sides.

    Args:
        images: Columns `image_id` and `label`.
        parameters: Shares and seed.

    Returns:
        `images` with a column `side`; every class is on every side.

    Raises:
        ValueError: If the shares leave nothing for the test split, or a class is too small to be on every side.
    """
    if parameters.train + parameters.validation >= 1:
        raise ValueError(
            "Expected the shares of train and validation to leave some images for the test split. Found "
            f"{parameters.train} + {parameters.validation}. Lower one of them in `split`."
        )
    generator = np.random.default_rng(parameters.seed)
    split = pd.Series("", index=images.index, dtype="str")
    for label, members in images.groupby("label", sort=True):
        n = len(members)
        # Round before flooring: 0.7 * 10 must be 7, not 6.999...
        n_train = int(np.floor(round(parameters.train * n, 9)))
        n_validation = int(np.floor(round(parameters.validation * n, 9)))
        sizes = (n_train, n_validation, n - n_train - n_validation)
        if min(sizes) == 0:
            raise ValueError(
                f"Class '{label}' has too few images to be split: expected at least one image in each of "
                f"{', '.join(SIDES)}; {n} images give {', '.join(map(str, sizes))}. Add images, change the "
                "shares in `split`, or leave the class out."
            )
        split[generator.permutation(members.index)] = np.repeat(SIDES, sizes)
    return images.assign(side=split)


def split_by_acquisition(images: pd.DataFrame, parameters: SplitParameters) -> pd.DataFrame:
    """Divide the acquisitions, so that none of them, and no field of view, is on two sides.

    One fold of scikit-learn's `StratifiedGroupKFold` is the test split, the next one validation, the others train.
    The data gate has united acquisitions that share a field of view.

    Args:
        images: Columns `image_id`, `label`, `field_id` and `acquisition_id`.
        parameters: Folds, fold and seed.

    Returns:
        `images` with a column `side`; every class is on every side.

    Raises:
        ValueError: If a class has fewer groups of acquisitions than there are folds, or misses from a side.
    """
    n_groups = images.groupby("label")["acquisition_id"].nunique()
    few = n_groups[n_groups < parameters.folds]
    if len(few):
        raise ValueError(
            f"Expected at least {parameters.folds} acquisitions in each class, one for each of `split.folds`. Found "
            + ", ".join(f"{n} in class '{label}'" for label, n in few.items())
            + f" (those that share a field of view count as one). {REMEDIES}."
        )
    folds = _number_folds(images["label"], images["acquisition_id"], parameters.folds, parameters.seed)
    split = pd.Series("train", index=images.index, dtype="str")
    split[folds == parameters.fold] = "test"
    split[folds == (parameters.fold + 1) % parameters.folds] = "validation"
    divided = images.assign(side=split)
    require_every_class(divided)
    assert_disjoint(divided)
    return divided


def leave_stream_out(images: pd.DataFrame, parameters: SplitParameters) -> pd.DataFrame:
    """Test on streams that training has nothing of: a stress test, not an estimate for another laboratory.

    A stream is the images of one class with one kind of scale bar, if they are more than a handful. Of each class with
    two streams or more, stream number `fold` (modulo their number, sorted by name) is held out. A class with one stream
    cannot spare it, and is tested on a share of its acquisitions. Validation gets a like share of the acquisitions that
    remain. These shares are folds of the class's own acquisitions: as many as `folds`, or as there are acquisitions.

    Where same-field pairs or patients unite images of a held-out stream with others, the stream goes to test as a
    whole, and without the others: `split_leakage` counts what then stands on both sides.

    Args:
        images: Columns `image_id`, `label`, `scale_bar`, `field_id` and `acquisition_id`.
        parameters: Fold, folds and seed.

    Returns:
        `images` with a column `side`; every class is on every side.

    Raises:
        ValueError: If no class has two streams, or a class has too few acquisitions besides a held-out stream.
    """
    held_out = choose_streams(images, parameters.fold)
    if not held_out:
        raise ValueError(
            "Expected at least one class with images of two streams, that is, with two kinds of scale bar, to hold "
            "one out. Found one kind in each class. Choose the setting `protocol: acquisition`."
        )
    _log_streams(images, held_out)
    is_held_out = is_in_streams(images, held_out)
    split = pd.Series("train", index=images.index, dtype="str")
    split[is_held_out] = "test"

    rest = images[~is_held_out]
    groups = rest["acquisition_id"]
    # A patient's images can be in two classes; the groups are dealt out by the class that most of theirs have.
    home = groups.map(pd.crosstab(groups, rest["label"]).idxmax(axis=1))
    for label in sorted(images["label"].unique()):
        own = groups[home == label]
        n_folds = min(parameters.folds, own.nunique())
        _require_groups(label, n_folds, held_out)
        folds = _number_folds(home[own.index], own, n_folds, parameters.seed)
        split[folds.index[folds == (parameters.fold + 1) % n_folds]] = "validation"
        if label not in held_out:
            split[folds.index[folds == parameters.fold % n_folds]] = "test"
    divided = images.assign(side=split)
    assert_held_out(divided, held_out)
    return divided


PROTOCOLS: dict[str, Callable[[pd.DataFrame, SplitParameters], pd.DataFrame]] = {
    "random": split_by_image,
    "acquisition": split_by_acquisition,
    "leave_stream_out": leave_stream_out,
}


def choose_streams(images: pd.DataFrame, fold: int) -> dict[str, str]:
    """Choose the kind of scale bar to hold out of each class with at least two kinds.

    A kind on a few images of a class only is more likely misread than a setting of the microscope: it does not count.

    Args:
        images: Columns `label` and `scale_bar`.
        fold: Which of a class's kinds, sorted by name; counted on from the first where there are fewer.
    """
    shares = images.groupby("label")["scale_bar"].value_counts(normalize=True)
    kinds: dict[str, list[str]] = {}
    for label, kind in sorted(shares.index[shares >= SMALLEST_STREAM]):
        kinds.setdefault(str(label), []).append(kind)
    return {label: names[fold % len(names)] for label, names in kinds.items() if len(names) > 1}


def _number_folds(labels: pd.Series, groups: pd.Series, n_folds: int, seed: int) -> pd.Series:
    """Give every image the number of its fold; the folds have similar sizes and shares of classes."""
    folds = pd.Series(-1, index=labels.index)
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    codes = pd.factorize(labels)[0]
    # Numbered in the order of the images, by which the splitter deals: not in that of their names.
    group_codes = pd.factorize(groups)[0]
    for number, (_, members) in enumerate(splitter.split(codes, codes, group_codes)):
        folds.iloc[members] = number
    return folds


def _require_groups(label: str, found: int, held_out: Mapping[str, str]) -> None:
    """Check that the acquisitions of a class that are not held out can be divided."""
    sides, besides = (
        (("train", "validation"), f" besides the held-out stream '{held_out[label]}'")
        if label in held_out
        else (SIDES, "")
    )
    if found < len(sides):
        raise ValueError(
            f"Expected at least {len(sides)} acquisitions of class '{label}'{besides}, for {', '.join(sides)}. Found "
            f"{found} (those that share a field of view count as one). Cut smaller blocks with "
            "`acquisitions.images_per_block` (then run data_validation again), try another `split.fold`, or choose "
            "the setting `protocol: random`."
        )


def _log_streams(images: pd.DataFrame, held_out: Mapping[str, str]) -> None:
    """Say which streams are held out, and which classes have none to spare."""
    counts = images[is_in_streams(images, held_out)]["label"].value_counts()
    for label, kind in held_out.items():
        logger.info("Held out of class '%s': its %s images with scale bar '%s'", label, f"{counts[label]:,}", kind)
    single = sorted(set(images["label"]) - held_out.keys())
    if single:
        logger.warning(
            "Only one stream each, which cannot be held out: %s. These classes are tested on a share of their "
            "acquisitions, which resemble what they are trained on.",
            ", ".join(f"'{label}'" for label in single),
        )
