"""The table of all splits of a protocol, and the one of them that a run works on."""

import logging
from typing import NamedTuple

import pandas as pd

from leukosmear.parameters import SplitParameters
from leukosmear.schemas import SPLIT_NAME, Splits
from leukosmear.splitting.protocols import find_protocol

logger = logging.getLogger(__name__)


class SplitName(NamedTuple):
    """What names a split: one way of dividing the images, out of all."""

    protocol: str
    fold: int
    seed: int

    def __str__(self) -> str:
        return f"protocol {self.protocol}, fold {self.fold}, seed {self.seed}"


def deal_splits(accepted_images: pd.DataFrame, parameters: SplitParameters) -> pd.DataFrame:
    """Divide the accepted images into train, validation and test, once for each fold of the protocol.

    Args:
        accepted_images: Columns `image_id`, `label`, `field_id`, `acquisition_id`, `stream_id` and, for the protocol
            leave_smear_out, `smear_id`.
        parameters: The protocol and what it needs; `fold` only says which fold has to be there.

    Returns:
        `Splits`: the folds one below the other, each in the order of `accepted_images`. Folds other than the chosen one
        that cannot be dealt are left out, and a warning says why.

    Raises:
        ValueError: If there is no such protocol or fold, or the chosen fold cannot be dealt.
    """
    protocol = find_protocol(parameters.protocol)
    n_folds = protocol.count_folds(accepted_images, parameters)
    if parameters.fold >= n_folds:
        raise ValueError(
            f"Expected `fold` from 0 to {n_folds - 1}, since protocol {protocol.name} has {n_folds} folds of these "
            f"images. Found {parameters.fold}. Lower the fold"
            + (", or raise `split.folds`." if n_folds == parameters.folds else ".")
        )
    tables = []
    for fold in range(n_folds):
        try:
            sides = protocol.deal(accepted_images, fold, parameters)
        except ValueError as error:
            if fold == parameters.fold:
                raise
            logger.warning("Fold %s of protocol %s cannot be dealt, and is left out: %s", fold, protocol.name, error)
            continue
        tables.append(accepted_images.assign(protocol=protocol.name, fold=fold, seed=parameters.seed, side=sides))
    return pd.concat(tables, ignore_index=True)[list(Splits.to_schema().columns)]


def choose_split(splits: pd.DataFrame, parameters: SplitParameters) -> pd.DataFrame:
    """Take the split that a run works on.

    Args:
        splits: `Splits`.
        parameters: Protocol, fold and seed.

    Returns:
        The rows of that fold, in the order of the inventory.

    Raises:
        ValueError: If it was not dealt.
    """
    wanted = SplitName(parameters.protocol, parameters.fold, parameters.seed)
    if wanted not in list_names(splits):
        raise ValueError(
            f"Expected the split of {wanted}. Found {'; '.join(map(str, list_names(splits)))}. Run the preprocessing "
            "pipeline again with the same settings."
        )
    # All are of one protocol and seed.
    split = splits[splits["fold"] == wanted.fold].reset_index(drop=True)
    logger.info("Split by protocol %s: %s", parameters.protocol, split["side"].value_counts().to_dict())
    return split


def list_names(table: pd.DataFrame) -> list[SplitName]:
    """List the splits that a table is of, be it of splits or of predictions.

    Args:
        table: Columns `protocol`, `fold` and `seed`.
    """
    rows = table[list(SPLIT_NAME)].drop_duplicates().to_numpy()
    return sorted(SplitName(str(protocol), int(fold), int(seed)) for protocol, fold, seed in rows)


def list_folds(splits: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """Take a table of splits apart.

    Args:
        splits: `Splits`.

    Returns:
        The split of each fold, by its number.
    """
    return {int(str(fold)): rows.reset_index(drop=True) for fold, rows in splits.groupby("fold", sort=True)}
