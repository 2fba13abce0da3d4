"""Confidence intervals of proportions."""

from scipy.stats import binomtest


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Compute Wilson's score interval of a proportion.

    Unlike the textbook interval around p, it stays inside [0, 1] and keeps a width at 0 of n and n of n.
    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    Journal of the American Statistical Association 22 (1927), 209-212.

    Args:
        successes: How often the event happened, 0 to n.
        n: How often it could have happened, at least 1.
        confidence: Confidence level, between 0 and 1, both exclusive.

    Returns:
        Lower and upper bound, in [0, 1].

    Raises:
        ValueError: Where an argument is out of its range.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(
            f"Expected 0 <= successes <= n and n >= 1, found successes={successes} and n={n}. "
            "A proportion of nothing has no interval: leave it out."
        )
    interval = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)


def proportion(part: int, whole: int, confidence: float = 0.95) -> tuple[float | None, list[float] | None]:
    """Compute a proportion and Wilson's interval, both None where it is a proportion of nothing.

    Args:
        part: How often the event happened, 0 to `whole`.
        whole: How often it could have happened, 0 or more.
        confidence: Confidence level, between 0 and 1, both exclusive.

    Returns:
        The share, and [low, high], all in [0, 1].

    Raises:
        ValueError: Where an argument is out of its range.
    """
    if whole == 0:
        return None, None
    return part / whole, list(wilson_interval(part, whole, confidence))
