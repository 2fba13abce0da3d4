"""Random generators that depend on names, never on the order or number of what is drawn."""

from hashlib import blake2b

import numpy as np

from leukosmear.synthetic.parameters import Distribution


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return the generator that belongs to a seed and a path of names.

    Args:
        seed: Seed of the whole sample.
        *names: What the generator is for, such as `"field"`, `"Early/field-a03-001"`.

    Returns:
        A generator whose stream is independent of that of every other path of names.
    """
    # 64 bits of a hash: with 32, two of 30,000 fields would coincide in one sample out of ten.
    keys = [int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") for name in names]
    return np.random.default_rng([seed, *keys])


def sample(distribution: Distribution, rng: np.random.Generator) -> float:
    """Draw one value, moved to the nearest limit where it lies over two standard deviations away."""
    return distribution.mean + distribution.sd * min(max(rng.standard_normal(), -2.0), 2.0)
