"""How long it takes to score and compare models with intervals, and how often the intervals hold what they promise.

    python benchmarks/evaluation.py               # 20 models, 493 images, 2,000 resamples: a minute
    python benchmarks/evaluation.py --coverage    # also simulates data whose truth is known: another minute

Predictions are generated, in groups of images that are alike. The first table times the whole evaluation (intervals,
calibration and clinical reading of each model, all pairs of models) beside a loop that lays each resample out and calls
scikit-learn's metrics on it, which is timed on a few resamples and multiplied.

The second table draws test sets whose accuracy varies from group to group, and counts how often the 95 % interval of
the accuracy holds the accuracy that they were drawn with: that of the bootstrap over groups, and Wilson's.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn import metrics

from leukosmear.evaluation import compare_models, evaluate_model, wilson_interval
from leukosmear.evaluation.resampling import Groups, find_interval, resample
from leukosmear.parameters import EvaluationParameters

CLASSES = ("Benign", "Early", "Pre", "Pro")
LOOPED = 10  # resamples that the loop is timed on
# Simulated test sets: each group's accuracy is drawn around this mean, so that the mistakes of a group correlate so
# (an assumption), and its size so that some groups are much larger than others: 5 images in the middle, 10 on average.
ACCURACY, CORRELATION, MIDDLE_SIZE, SPREAD = 0.9, 0.2, 5, 1.2


def generate(models: int, images: int, groups: int) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Predictions of validation and test (`images` each) per model, and the split."""
    rng = np.random.default_rng(0)
    group = np.sort(rng.integers(groups, size=2 * images))
    rows = pd.DataFrame({"image_id": [f"{i:06}" for i in range(2 * images)]})
    rows["side"] = np.where(rng.random(2 * images) < 0.5, "validation", "test")
    truth = group % len(CLASSES)
    rows["label"] = np.take(CLASSES, truth)
    tables = {}
    for number in range(models):
        logits = rng.normal(size=(2 * images, len(CLASSES))) + 0.7 * rng.normal(size=(groups, len(CLASSES)))[group]
        logits[np.arange(2 * images), truth] += 2 + number / models
        odds = np.exp(logits)
        probabilities = pd.DataFrame(odds / odds.sum(axis=1, keepdims=True), columns=[f"p_{name}" for name in CLASSES])
        tables[f"model {number}"] = pd.concat([rows, probabilities], axis=1)
    manifest = rows[["image_id"]].assign(acquisition_id=[f"{one:05}" for one in group], field_id=rows["image_id"])
    return tables, manifest


def loop(table: pd.DataFrame, manifest: pd.DataFrame, resamples: int) -> None:
    """What one would write with scikit-learn: the same figures of a model, resample by resample."""
    test = table[table["side"] == "test"].merge(manifest, on="image_id")
    members = [np.flatnonzero(test["acquisition_id"] == name) for name in test["acquisition_id"].unique()]
    truth = test["label"].map(CLASSES.index).to_numpy()
    probabilities = test[[f"p_{name}" for name in CLASSES]].to_numpy()
    rng = np.random.default_rng(0)
    for _ in range(resamples):
        drawn = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        y, p = truth[drawn], probabilities[drawn]
        predicted, one_hot = p.argmax(axis=1), np.eye(len(CLASSES))[y]
        metrics.accuracy_score(y, predicted)
        metrics.balanced_accuracy_score(y, predicted)
        for average in ("macro", "weighted", None):
            metrics.precision_recall_fscore_support(y, predicted, average=average, zero_division=0)
        metrics.multilabel_confusion_matrix(y, predicted)  # specificity and negative predictive value
        metrics.cohen_kappa_score(y, predicted)
        metrics.matthews_corrcoef(y, predicted)
        metrics.log_loss(y, p, labels=range(len(CLASSES)))
        metrics.brier_score_loss(y, p, labels=range(len(CLASSES)))
        for index in range(len(CLASSES)):
            metrics.roc_auc_score(one_hot[:, index], p[:, index])
            metrics.average_precision_score(one_hot[:, index], p[:, index])


def measure(arguments: argparse.Namespace, console: Console) -> None:
    """Time the tasks in turn, and print the medians."""
    tables, manifest = generate(arguments.models, arguments.images, arguments.groups)
    parameters = EvaluationParameters(seed=0, resamples=arguments.resamples, negative_class=CLASSES[0])

    def evaluate_all() -> None:
        for table in tables.values():
            evaluate_model(table, manifest, parameters)

    scale = arguments.models * arguments.resamples / LOOPED
    tasks: dict[str, tuple[Callable[[], object], float]] = {
        f"evaluate {arguments.models} models": (evaluate_all, 1),
        "compare all pairs of them": (lambda: compare_models(tables, "test", manifest, parameters), 1),
        f"a loop over scikit-learn's metrics (x {scale:,.0f})": (
            lambda: loop(tables["model 0"], manifest, LOOPED),
            scale,
        ),
    }
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in track(range(arguments.repeats), "timing", console=console):
        for name, (task, factor) in tasks.items():
            start = time.perf_counter()
            task()
            seconds[name].append(factor * (time.perf_counter() - start))
    result = Table(
        "task",
        "seconds",
        title=f"{arguments.images} test images in {arguments.groups} groups, {arguments.resamples:,} resamples; "
        f"median of {arguments.repeats}",
    )
    for name, values in seconds.items():
        result.add_row(name, f"{statistics.median(values):,.1f}")
    console.print(result)


def cover(arguments: argparse.Namespace, console: Console) -> None:
    """Count how often intervals hold the true accuracy, by number of groups."""
    rng = np.random.default_rng(0)
    strength = 1 / CORRELATION - 1  # of the beta distribution whose draws correlate so
    result = Table(
        "groups",
        "bootstrap over groups",
        "Wilson",
        title=f"how often an interval of 95 % holds the truth, {arguments.simulations:,} test sets each",
    )
    for number in arguments.group_counts:
        held = np.zeros(2)
        for seed in track(range(arguments.simulations), f"{number} groups", console=console, transient=True):
            sizes = np.ceil(rng.lognormal(np.log(MIDDLE_SIZE), SPREAD, size=number)).astype(int)
            accuracies = rng.beta(strength * ACCURACY, strength * (1 - ACCURACY), size=number)
            held += _hold(rng.binomial(sizes, accuracies), sizes, EvaluationParameters(seed=seed, resamples=1000))
        result.add_row(str(number), *(f"{share:.1%}" for share in held / arguments.simulations))
    console.print(result)


def _hold(right: np.ndarray, sizes: np.ndarray, parameters: EvaluationParameters) -> list[bool]:
    """Whether each of the two intervals holds the truth; no interval holds nothing."""
    groups = Groups("acquisition_id", np.repeat(np.arange(len(sizes)), sizes), len(sizes))
    values = resample(groups, parameters, lambda counts: {"accuracy": counts @ right / (counts @ sizes)})["accuracy"]
    by_groups, _ = find_interval(right.sum() / sizes.sum(), values, groups, parameters.confidence)
    wilson = wilson_interval(int(right.sum()), int(sizes.sum()), parameters.confidence)
    return [one is not None and one[0] <= ACCURACY <= one[1] for one in (by_groups, wilson)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--images", type=int, default=493, help="of test, and as many of validation")
    parser.add_argument("--groups", type=int, default=47)
    parser.add_argument("--resamples", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--coverage", action="store_true", help="simulate data whose truth is known as well")
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--group-counts", type=int, nargs="+", default=[5, 10, 20, 30, 47, 100])
    arguments, console = parser.parse_args(), Console()
    measure(arguments, console)
    if arguments.coverage:
        cover(arguments, console)


if __name__ == "__main__":
    main()
