"""What was found of one of several identical files is true of all of them."""

import numpy as np
import pandas as pd

from leukosmear.resemblance.duplicates import LARGEST_GROUP_IN_FULL


def name_copies(pairs: pd.DataFrame, sha256: pd.Series) -> pd.DataFrame:
    """Add to pairs of images those of their copies, and those of each copy with the others.

    Args:
        pairs: Columns `a`, `b` (places in `sha256`, a < b), `row`, `column` (where b's frame begins in a's), `overlap`
            and `correlation`. Of identical files only the first is among them.
        sha256: Of each image.

    Returns:
        The same columns, sorted by a and b. Of many copies the first LARGEST_GROUP_IN_FULL are named with one another
        and with what shows their field; the rest are named with their first.
    """
    place = pd.Series(np.arange(len(sha256)))
    copies = pd.DataFrame({"first": place.groupby(sha256.to_numpy()).transform("first"), "place": place})
    listed = copies[copies.groupby("first").cumcount() < LARGEST_GROUP_IN_FULL]
    rest = copies.drop(listed.index).rename(columns={"first": "a", "place": "b"})
    alike = listed.merge(listed, on="first", suffixes=("_a", "_b")).rename(columns={"place_a": "a", "place_b": "b"})
    same = pd.concat([alike.loc[alike["a"] < alike["b"], ["a", "b"]], rest])
    same = same.assign(row=0, column=0, overlap=1.0, correlation=1.0)

    of_a, of_b = (listed.rename(columns={"first": side, "place": f"copy_{side}"}) for side in "ab")
    related = pairs.merge(of_a, on="a").merge(of_b, on="b").drop(columns=["a", "b"])
    related = related.rename(columns={"copy_a": "a", "copy_b": "b"})
    turned = related["a"] > related["b"]
    related.loc[turned, ["a", "b"]] = related.loc[turned, ["b", "a"]].to_numpy()
    related.loc[turned, ["row", "column"]] *= -1

    order = ["a", "b", "row", "column", "overlap", "correlation"]
    tables = [table[order] for table in (related, same) if len(table)]
    named = pd.concat(tables) if tables else pairs[order]
    return named.sort_values(["a", "b"], ignore_index=True)
