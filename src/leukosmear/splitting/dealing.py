"""How each protocol deals the images of one fold to train, validation and test."""

import logging
from collections.abc import Mapping

import numpy as np
import pandas as pd

from leukosmear.parameters import SplitParameters
from leukosmear.schemas import SIDES
from leukosmear.splitting.promises import REMEDIES, assert_disjoint, assert_held_out, require_every_class

logger = logging.getLogger(__name__)


def deal_images(images: pd.DataFrame, fold: int, parameters: SplitParameters) -> pd.Series:
    """Deal the images of each class at random: the paper's protocol.

    Train and validation get their shares rounded down, test the rest. On the real data set this gives the sizes
    that the paper's figures imply: 2,277, 486 and 493. Images of one slide, even of one field of view, can fall
    on different sides.

    Args:
        images: Columns `image_id` and `label`.
        fold: Each is drawn anew, so that an image may be a test image in several.
        parameters: Shares and seed.

    Returns:
        The side of each image, by the index of `images`; every class is on every side.

    Raises:
        ValueError: If the shares leave nothing for the test split, or a class is too small to be on every side.
    """
    if parameters.train + parameters.validation >= 1:
        raise ValueError(
            "Expected the shares of train and validation to leave some images for the test split. Found "
            f"{parameters.train} + {parameters.validation}. Lower one of them in `split`."
        )
    # The seed alone for the first fold, by which splits were drawn before there were others.
    generator = np.random.default_rng([parameters.seed, fold] if fold else parameters.seed)
    sides = pd.Series("", index=images.index, dtype="str")
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
        sides[generator.permutation(members.index)] = np.repeat(SIDES, sizes)
    return sides


def deal_acquisitions(images: pd.DataFrame, fold: int, parameters: SplitParameters) -> pd.Series:
    """Deal whole acquisitions, so that none of them, and no field of view, is on two sides.

    One fold of scikit-learn's `StratifiedGroupKFold` is the test split, the next one validation, the others train.
    The data gate has united acquisitions that share a field of view.

    Args:
        images: Columns `image_id`, `label`, `field_id` and `acquisition_id`.
        fold: The one that is tested; over all folds, every image is tested once.
        parameters: Number of folds, and seed.

    Returns:
        The side of each image, by the index of `images`; every class is on every side.

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
    folds = number_folds(images["label"], images["acquisition_id"], parameters.folds, parameters.seed)
    sides = pd.Series("train", index=images.index, dtype="str")
    sides[folds == fold] = "test"
    sides[folds == (fold + 1) % parameters.folds] = "validation"
    divided = images.assign(side=sides)
    require_every_class(divided)
    assert_disjoint(divided)
    return sides


def leave_group_out(images: pd.DataFrame, fold: int, parameters: SplitParameters, column: str) -> pd.Series:
    """Test on groups that training has nothing of: a stress test, not an estimate for another laboratory.

    Of each class with two groups or more, group number `fold` (counted round, sorted by name) is held out. A class with
    one group cannot spare it, and is tested on a share of its acquisitions. Validation gets a like share of the
    acquisitions that remain. These shares are folds of the class's own acquisitions: as many as `folds`, or as there
    are acquisitions.

    Where same-field pairs or patients unite images of a held-out group with others, the group goes to test as a
    whole, and without the others: `split_leakage` counts what then stands on both sides.

    Args:
        images: Columns `image_id`, `label`, `field_id`, `acquisition_id` and the one of the groups.
        fold: Number of the groups that are held out.
        parameters: Number of folds, and seed.
        column: Column of the groups: `stream_id` or `smear_id`.

    Returns:
        The side of each image, by the index of `images`; every class is on every side.

    Raises:
        ValueError: If no class has two groups, images are in none, or a class has too few acquisitions besides what is
            held out.
    """
    held_out = choose_groups(images, column, fold)
    if fold == parameters.fold:
        _log_groups(images, column, held_out)
    is_held_out = images[column].isin(held_out.values())
    sides = pd.Series("train", index=images.index, dtype="str")
    sides[is_held_out] = "test"

    rest = images[~is_held_out]
    groups = rest["acquisition_id"]
    # A patient's images can be in two classes; the groups are dealt out by the class that most of theirs have.
    home = groups.map(pd.crosstab(groups, rest["label"]).idxmax(axis=1))
    for label in sorted(images["label"].unique()):
        own = groups[home == label]
        n_folds = min(parameters.folds, own.nunique())
        _require_groups(label, n_folds, held_out)
        folds = number_folds(home[own.index], own, n_folds, parameters.seed)
        sides[folds.index[folds == (fold + 1) % n_folds]] = "validation"
        if label not in held_out:
            sides[folds.index[folds == fold % n_folds]] = "test"
    assert_held_out(images.assign(side=sides), column, list(held_out.values()))
    return sides


def count_groups(images: pd.DataFrame, column: str) -> int:
    """Count the folds of a protocol that holds groups out: as many as the class with most groups has.

    Args:
        images: Columns `image_id`, `label` and the one of the groups.
        column: Column of the groups.

    Raises:
        ValueError: If no class has two groups, or images are in none.
    """
    kind = column.removesuffix("_id")
    nowhere = images.loc[images[column].isna(), "image_id"]
    if len(nowhere):
        raise ValueError(
            f"Expected the {kind} of each of the {len(images):,} accepted images, to hold one out. Found none for "
            f"{len(nowhere):,}, such as {list(nowhere[:3])}. Point the setting `{kind}s` at a table with the columns "
            f"image_id and {column} (--params={kind}s=FILE), run the data_validation pipeline again, or choose another "
            "`protocol`."
        )
    n_groups = images.groupby("label")[column].nunique()
    if n_groups.max() < 2:
        raise ValueError(
            f"Expected at least one class with images of two {kind}s, to hold one out. Found one {kind} in each class. "
            "Choose the setting `protocol: acquisition`."
        )
    return int(n_groups.max())


def choose_groups(images: pd.DataFrame, column: str, fold: int) -> dict[str, str]:
    """Choose the group to hold out of each class that has at least two.

    Args:
        images: Columns `label` and the one of the groups.
        column: Column of the groups.
        fold: Which of a class's groups, sorted by name; counted on from the first where there are fewer.
    """
    names = {str(label): sorted(groups.unique()) for label, groups in images.groupby("label")[column]}
    return {label: groups[fold % len(groups)] for label, groups in names.items() if len(groups) > 1}


def number_folds(labels: pd.Series, groups: pd.Series, n_folds: int, seed: int) -> pd.Series:
    """Deal whole groups into folds of similar sizes and shares of classes.

    Args:
        labels: Class of each image.
        groups: Group of each image, by the same index.
        n_folds: At most as many as there are groups.
        seed: Of the order in which groups are dealt.

    Returns:
        The number of each image's fold, by that index.
    """
    # Imported late: the hooks that know the protocols are loaded for every command.
    from sklearn.model_selection import StratifiedGroupKFold

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
        (("train", "validation"), f" besides the held-out '{held_out[label]}'") if label in held_out else (SIDES, "")
    )
    if found < len(sides):
        raise ValueError(
            f"Expected at least {len(sides)} acquisitions of class '{label}'{besides}, for {', '.join(sides)}. Found "
            f"{found} (those that share a field of view count as one). Cut smaller blocks with "
            "`acquisitions.images_per_block` (then run data_validation again), try another `split.fold`, or choose "
            "the setting `protocol: random`."
        )


def _log_groups(images: pd.DataFrame, column: str, held_out: Mapping[str, str]) -> None:
    """Say which groups are held out, and which classes have none to spare."""
    kind = column.removesuffix("_id")
    for label, name in held_out.items():
        n = int(((images["label"] == label) & (images[column] == name)).sum())
        logger.info("Held out of class '%s': the %s images of %s '%s'", label, f"{n:,}", kind, name)
    single = sorted(set(images["label"]) - held_out.keys())
    if single:
        logger.warning(
            "Only one %s each, which cannot be held out: %s. These classes are tested on a share of their "
            "acquisitions, which resemble what they are trained on.",
            kind,
            ", ".join(f"'{label}'" for label in single),
        )
