"""The bootstrap over groups: which images were taken together, and how a figure varies if other groups are drawn.

Sources: A. C. Davison and D. V. Hinkley, "Bootstrap methods and their application" (1997), section 3.8 (groups are
drawn whole); T. C. Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69 (2015),
371-386 (percentiles expanded for small samples).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from leukosmear.evaluation.results import Resampling
from leukosmear.evaluation.scored_side import ScoredSide
from leukosmear.parameters import EvaluationParameters

# Numbers that an array of one batch of resamples holds: few enough for the processor's cache (0.8 MB).
_BATCH = 100_000


@dataclass(frozen=True)
class Groups:
    """Which images of a side were taken together.

    Attributes:
        unit: What a group is: acquisition_id, field_id, or image_id where each image is its own.
        of_image: int64 array of shape (n,): position of each image's group among the sorted names of the groups.
        number: Number of groups, G.
    """

    unit: str
    of_image: np.ndarray
    number: int

    def sums(self, per_image: np.ndarray) -> np.ndarray:
        """Add up what belongs to each image, group by group.

        Args:
            per_image: Array of shape (n, ...).

        Returns:
            float64 array of shape (G, ...).
        """
        totals = np.zeros((self.number, *per_image.shape[1:]))
        np.add.at(totals, self.of_image, per_image)
        return totals


def find_groups(image_ids: tuple[str, ...], manifest: pd.DataFrame | None) -> Groups:
    """Take the groups of images from the split.

    Args:
        image_ids: Names of the n images.
        manifest: One row per image; columns `image_id`, and, where they are known, `acquisition_id` and
            `field_id`. None where there are no groups.

    Returns:
        Groups by the first of these columns that is there and complete, or of one image each.

    Raises:
        ValueError: If the manifest lacks an image.
    """
    groups: list[pd.Series] = [pd.Series(image_ids, name="image_id")]
    if manifest is not None:
        missing = set(image_ids) - set(manifest["image_id"])
        if missing:
            raise ValueError(
                f"Expected all images with predictions in the split, found {len(missing)} that are not, "
                f"such as '{min(missing)}'. Run preprocessing and the models on the same images."
            )
        rows = manifest.set_index("image_id").loc[list(image_ids)]
        groups = [rows[name] for name in ("acquisition_id", "field_id") if name in rows] + groups
    chosen = next(column for column in groups if column.notna().all())
    names, of_image = np.unique(chosen.to_numpy(dtype=str), return_inverse=True)
    return Groups(unit=str(chosen.name), of_image=of_image, number=len(names))


def resample(
    groups: Groups, parameters: EvaluationParameters, score: Callable[[np.ndarray], Mapping[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Draw as many groups as there are, with replacement, again and again, and score each draw.

    The draws depend on the number of groups and the seed only, so that all models see the same ones.

    Args:
        groups: Which images were taken together.
        parameters: Number of resamples, and seed.
        score: Takes how often each group was drawn, a float64 array of shape (r, G), and returns figures, each an
            array whose first axis has length r; NaN where a draw leaves them undefined.

    Returns:
        The figures of all resamples.
    """
    batches = [score(counts) for counts in _draw(groups, parameters)]
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def _draw(groups: Groups, parameters: EvaluationParameters) -> Iterator[np.ndarray]:
    """Yield how often each group is drawn, in batches, so that memory does not grow with the resamples."""
    generator = np.random.default_rng(parameters.seed)
    share = np.full(groups.number, 1 / groups.number)
    size = max(1, _BATCH // len(groups.of_image))
    for start in range(0, parameters.resamples, size):
        rows = min(size, parameters.resamples - start)
        yield generator.multinomial(groups.number, share, size=rows).astype(np.float64)


def find_interval(
    point: float, resampled: np.ndarray, groups: Groups, confidence: float
) -> tuple[list[float] | None, str]:
    """Read the interval of a figure off its values in all resamples.

    Args:
        point: The figure of the side itself; NaN where undefined.
        resampled: float64 array of shape (resamples,); NaN where undefined.
        groups: What was drawn.
        confidence: Confidence level; the fewer groups, the more of the resamples lie inside.

    Returns:
        [low, high] and no reason, or None and the reason why there is no interval. There is none where more
        resamples leave the figure undefined than may lie outside (it would rest on a selection), and none of zero
        width: if no image of a side was missed, no resample misses one, which does not make the model sure.
    """
    if np.isnan(point):
        return None, "the figure itself is undefined"
    if groups.number == 1:
        return None, f"all images are of one group ({groups.unit})"
    lost = float(np.isnan(resampled).mean())
    if lost > 1 - confidence:
        return None, f"undefined in {lost:.0%} of the resamples: too few groups have what it needs"
    tail = expanded_tail(groups.number, confidence)
    low, high = np.nanquantile(resampled, [tail, 1 - tail])
    if low == high:
        return None, "the same in nearly all resamples, which does not make it sure; read Wilson's where there is one"
    return [float(low), float(high)], ""


def expanded_tail(n_groups: int, confidence: float) -> float:
    """Compute the share of resamples to leave out at each end.

    Resamples of few groups vary less than new data would: by sqrt((G - 1) / G), and by the little that is known of how
    much they vary, which Student's t makes up for.

    Args:
        n_groups: Number of groups, 2 or more.
        confidence: Confidence level, between 0 and 1.
    """
    quantile = t.ppf((1 + confidence) / 2, n_groups - 1)
    return float(norm.cdf(-quantile * np.sqrt(n_groups / (n_groups - 1))))


def describe_resampling(scored: ScoredSide, groups: Groups, parameters: EvaluationParameters) -> Resampling:
    """Say what was drawn, and what makes its intervals unreliable.

    Args:
        scored: Labels of the images.
        groups: Which images were taken together.
        parameters: Number of resamples, seed, and the numbers of groups from which on there is no warning.

    Returns:
        The description; its warnings are whole sentences.
    """
    per_class = {
        name: len(np.unique(groups.of_image[scored.truth == index])) for index, name in enumerate(scored.classes)
    }
    sizes = np.bincount(groups.of_image).astype(np.float64)
    # L. Kish, "Survey sampling" (1965): unequal groups tell as much as this many equal ones.
    effective = float(sizes.sum() ** 2 / (sizes**2).sum())
    warnings = []
    if effective < parameters.min_groups:
        warnings.append(
            f"The intervals rest on {groups.number} groups ({groups.unit}), whose sizes make them worth "
            f"{effective:.1f} equal ones, fewer than {parameters.min_groups}: they are rough, and probably too narrow."
        )
    few = [f"{name} ({n})" for name, n in per_class.items() if 0 < n < parameters.min_groups_per_class]
    if few:
        warnings.append(
            f"Fewer than {parameters.min_groups_per_class} groups ({groups.unit}) hold images of {', '.join(few)}: "
            "intervals of these classes are rough, and probably too narrow."
        )
    return Resampling(
        unit=groups.unit,
        n_groups=groups.number,
        effective_groups=effective,
        groups_per_class=per_class,
        resamples=parameters.resamples,
        seed=parameters.seed,
        confidence=parameters.confidence,
        warnings=warnings,
    )
