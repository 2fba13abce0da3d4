"""Which images stand in the data set twice: the same file, or nearly the same picture."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from leukosmear.inventory import accepted
from leukosmear.parameters import DuplicateParameters

HASH_BITS = 64

# Of a group of at most this many images every pair is named. A larger one, such as a thousand empty fields, would
# have pairs by the hundred thousand, so only as many are as link it: one fewer than it has images.
LARGEST_GROUP_IN_FULL = 10

# Links held before those that close a ring are dropped: a few megabytes.
LINKS_HELD = 100_000

Links = tuple[np.ndarray, np.ndarray, np.ndarray]  # two indices of hashes, and the bits in which these differ


def find_duplicates(measurements: pd.DataFrame, parameters: DuplicateParameters) -> pd.DataFrame:
    """Find images that are identical, or near-identical by their perceptual hashes.

    Args:
        measurements: The file measurements; accepted files are compared, whatever their class.
        parameters: `max_distance` is the most bits in which near-identical hashes may differ.

    Returns:
        Columns `image_id_a`, `image_id_b` (a before b in the order of the measurements), `kind` ("identical" to the
        byte, or "near-identical") and `distance` (bits). All pairs are named, but in groups of more than
        LARGEST_GROUP_IN_FULL images, which are linked by the fewest that do.
    """
    images = accepted(measurements)[["image_id", "sha256", "perceptual_hash"]]
    images = images.reset_index(drop=True)
    hashes = np.array([int(digits, 16) for digits in images["perceptual_hash"]], np.uint64)
    distinct, hash_index = np.unique(hashes, return_inverse=True)
    links = link_hashes(distinct, parameters.max_distance)
    group = _components(links, len(distinct))[hash_index]
    small = np.bincount(group, minlength=1)[group] <= LARGEST_GROUP_IN_FULL
    pairs = pd.concat([_every_pair(group, small), _linking_pairs(images, hash_index, links, ~small)])
    distance = np.bitwise_count(hashes[pairs["a"]] ^ hashes[pairs["b"]])
    pairs = pairs.assign(distance=distance)[distance <= parameters.max_distance].sort_values(["a", "b"])
    image_id, sha256 = images["image_id"].to_numpy(), images["sha256"].to_numpy()
    return pd.DataFrame(
        {
            "image_id_a": pd.Series(image_id[pairs["a"]], dtype="str"),
            "image_id_b": pd.Series(image_id[pairs["b"]], dtype="str"),
            "kind": np.where(sha256[pairs["a"]] == sha256[pairs["b"]], "identical", "near-identical"),
            "distance": pairs["distance"].to_numpy("int64"),
        }
    ).astype({"kind": "str"})


def link_hashes(hashes: np.ndarray, max_distance: int) -> Links:
    """Link hashes that differ in few bits, without comparing all with all.

    Two hashes that differ in at most d bits agree in at least one of d + 1 disjoint sets of bits (the pigeonhole
    principle; Manku, Jain and Das Sarma 2007, doi 10.1145/1242572.1242592). So only those that agree in a set are
    compared. Memory grows with the number of hashes, never with that of pairs.

    Args:
        hashes: Distinct hashes, uint64 of shape (n,).
        max_distance: Most bits in which linked hashes differ.

    Returns:
        A spanning forest: whatever a chain of close hashes connects is connected, without rings.
    """
    held = [(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.uint8))]
    n_held, group = 0, np.arange(len(hashes))
    for step in range(max_distance + 1):
        # Neighbouring bits of a hash tell nearly the same, so each set takes bits from all over.
        bits = sum(1 << bit for bit in range(step, HASH_BITS, max_distance + 1))
        for a, b in _pairs_of_equals(hashes & np.uint64(bits)):
            distance = np.bitwise_count(hashes[a] ^ hashes[b])
            close = (distance <= max_distance) & (group[a] != group[b])
            held.append((a[close], b[close], distance[close]))
            n_held += int(close.sum())
            if n_held > LINKS_HELD:
                held, n_held = [_spanning_forest(held, len(hashes))], 0
                group = _components(held[0], len(hashes))
    return _spanning_forest(held, len(hashes))


def _pairs_of_equals(keys: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pair all equal keys: first each with the next of its equals, then with the next but one, and so on."""
    order = np.argsort(keys)
    keys = keys[order]
    start, step = np.arange(len(keys)), 0
    while start.size:
        step += 1
        start = start[start + step < len(keys)]
        start = start[keys[start] == keys[start + step]]
        yield order[start], order[start + step]


def _spanning_forest(held: list[Links], n_hashes: int) -> Links:
    a, b, distance = (np.concatenate(parts) for parts in zip(*held, strict=True))
    # A link may be held twice, and a sparse matrix would add the two up.
    _, first = np.unique(np.minimum(a, b) * n_hashes + np.maximum(a, b), return_index=True)
    a, b, distance = a[first], b[first], distance[first].astype(np.float32)
    forest = minimum_spanning_tree(coo_array((distance, (a, b)), shape=(n_hashes, n_hashes)).tocsr()).tocoo()
    return forest.row, forest.col, forest.data.astype(np.uint8)


def _components(links: Links, n_hashes: int) -> np.ndarray:
    a, b, distance = links
    return connected_components(coo_array((distance, (a, b)), shape=(n_hashes, n_hashes)), directed=False)[1]


def _every_pair(group: np.ndarray, wanted: np.ndarray) -> pd.DataFrame:
    """List all pairs of images of each wanted group, as indices `a` < `b`."""
    members = pd.DataFrame({"group": group, "a": np.arange(len(group))})[wanted]
    members = members[members["group"].duplicated(keep=False)]
    pairs = members.merge(members.rename(columns={"a": "b"}), on="group")
    return pairs.loc[pairs["a"] < pairs["b"], ["a", "b"]]


def _linking_pairs(images: pd.DataFrame, hash_index: np.ndarray, links: Links, wanted: np.ndarray) -> pd.DataFrame:
    """List the pairs that link each wanted group: copies to their first, equal hashes to theirs, and `links`."""
    index = pd.Series(np.arange(len(images)))
    first_copy = index.groupby(images["sha256"]).transform("min").to_numpy(int)
    first_of_hash = index.groupby(hash_index).transform("min").to_numpy(int)
    copies, others = first_copy != index, (first_copy == index) & (first_of_hash != index)
    starts = index.groupby(hash_index).min().to_numpy(int)
    a = np.concatenate([first_copy[copies], first_of_hash[others], starts[links[0]]])
    b = np.concatenate([index[copies], index[others], starts[links[1]]])
    pairs = pd.DataFrame({"a": np.minimum(a, b), "b": np.maximum(a, b)})
    return pairs[wanted[pairs["a"]]]
