from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from leukosmear.parameters import DuplicateParameters
from leukosmear.resemblance.duplicates import find_duplicates


def table(hashes: list[int], files: list[str] | None = None) -> pd.DataFrame:
    """Accepted images "A/0", "A/1", ..., each with a perceptual hash, and a file of its own if not told otherwise."""
    names = files or [str(index) for index in range(len(hashes))]
    return pd.DataFrame(
        {
            "image_id": [f"A/{index}" for index in range(len(hashes))],
            "sha256": [f"{name:0>64}" for name in names],
            "perceptual_hash": [f"{value:016x}" for value in hashes],
            "status": "accepted",
        }
    )


def pairs(measurements: pd.DataFrame, max_distance: int = 6) -> list[tuple]:
    found = find_duplicates(measurements, DuplicateParameters(max_distance=max_distance))
    assert list(found.columns) == ["image_id_a", "image_id_b", "kind", "distance"]
    return list(found.itertuples(index=False, name=None))


def clustered(n: int) -> list[int]:
    """Pairs and triples of hashes that differ in 0 to 10 bits, in random order."""
    generator = np.random.default_rng(0)
    hashes = []
    while len(hashes) < n:
        first = int(generator.integers(0, 2**64, dtype=np.uint64))
        for _ in range(int(generator.integers(2, 4))):
            bits = generator.choice(64, generator.choice([0, 0, 1, 3, 4, 5]), replace=False)
            hashes.append(first ^ sum(1 << int(bit) for bit in bits))
    return [hashes[i] for i in generator.permutation(len(hashes))]


def test_copies_and_near_copies_are_told_apart() -> None:
    measurements = table([5, 5, 2**63, 5, 4], ["x", "y", "z", "x", "w"])
    assert pairs(measurements) == [
        ("A/0", "A/1", "near-identical", 0),
        ("A/0", "A/2", "near-identical", 3),
        ("A/0", "A/3", "identical", 0),
        ("A/0", "A/4", "near-identical", 1),
        ("A/1", "A/2", "near-identical", 3),
        ("A/1", "A/3", "near-identical", 0),
        ("A/1", "A/4", "near-identical", 1),
        ("A/2", "A/3", "near-identical", 3),
        ("A/2", "A/4", "near-identical", 2),
        ("A/3", "A/4", "near-identical", 1),
    ]


@pytest.mark.parametrize("bits", [0b1111110, 0x8040201008040000, 0xFC00000000000000], ids=["low", "spread", "high"])
def test_the_limit_counts_in(bits: int) -> None:
    assert bits.bit_count() in (6, 7)
    expected = [("A/0", "A/1", "near-identical", bits.bit_count())] if bits.bit_count() <= 6 else []
    assert pairs(table([0, bits])) == expected
    assert len(pairs(table([0, bits]), max_distance=7)) == 1
    assert pairs(table([0, bits]), max_distance=5) == []


@pytest.mark.parametrize("max_distance", [0, 1, 6, 12])
def test_the_shortcut_finds_what_comparing_all_with_all_finds(max_distance: int) -> None:
    hashes = clustered(300)
    expected = [
        (f"A/{a}", f"A/{b}", "near-identical", (hashes[a] ^ hashes[b]).bit_count())
        for a, b in combinations(range(len(hashes)), 2)
        if (hashes[a] ^ hashes[b]).bit_count() <= max_distance
    ]
    assert len(expected) > 5
    assert pairs(table(hashes), max_distance) == expected


@pytest.mark.parametrize(
    "hashes",
    [
        pytest.param([7] * 2000, id="equal hashes"),
        pytest.param([1 << a | 1 << b for a in range(40) for b in range(a)], id="close hashes"),
        pytest.param([(1 << bit) - 1 for bit in range(64)], id="a chain"),
    ],
)
def test_a_large_group_is_linked_without_naming_every_pair(hashes: list[int]) -> None:
    found = pairs(table(hashes))
    ends = np.array([[int(name.removeprefix("A/")) for name in pair[:2]] for pair in found])
    assert (ends[:, 0] < ends[:, 1]).all()
    assert all(
        distance == (hashes[a] ^ hashes[b]).bit_count() <= 6 for (a, b), (*_, distance) in zip(ends, found, strict=True)
    )
    graph = coo_array((np.ones(len(ends)), tuple(ends.T)), shape=(len(hashes), len(hashes)))
    assert connected_components(graph)[0] == 1
    assert len(found) == len(hashes) - 1


def test_in_a_large_group_copies_are_still_named_as_copies() -> None:
    measurements = table([0] * 20, [str(index % 10) for index in range(20)])
    assert [pair for pair in pairs(measurements) if pair[2] == "identical"] == [
        (f"A/{index}", f"A/{index + 10}", "identical", 0) for index in range(10)
    ]


def test_rejected_files_are_not_compared() -> None:
    measurements = table([1, 1, 1], ["x", "x", "x"])
    measurements.loc[1, ["status", "perceptual_hash"]] = ["rejected", None]
    assert pairs(measurements) == [("A/0", "A/2", "identical", 0)]


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_compare(n: int) -> None:
    assert pairs(table([3])[:n]) == []
