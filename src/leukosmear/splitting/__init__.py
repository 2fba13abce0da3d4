"""How images are divided into train, validation and test, and what each protocol promises."""

from leukosmear.splitting.belonging import hash_split, require_same_split, require_trained_on
from leukosmear.splitting.protocols import PROTOCOLS, Protocol, find_protocol
from leukosmear.splitting.table import choose_split, deal_splits, list_folds, list_names

__all__ = [
    "PROTOCOLS",
    "Protocol",
    "choose_split",
    "deal_splits",
    "find_protocol",
    "hash_split",
    "list_folds",
    "list_names",
    "require_same_split",
    "require_trained_on",
]
