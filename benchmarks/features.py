"""How long finding the cells of a folder of images takes, and measuring all features, with one process and more.

    PBS_DATA_DIR=/path/to/images python benchmarks/features.py

Images are taken as data validation leaves them, from data/02_intermediate/taleqani; run
`kedro run --env=taleqani --pipelines=data_validation` first. The node is timed whole, with the start of its processes.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import pandas as pd
import yaml
from leukosmear.pipelines.baselines.nodes import make_features
from rich.console import Console
from rich.table import Table

from leukosmear.datasets.image_folder import ImageFolder, ImageFolderDataset
from leukosmear.parameters import FeatureParameters

PROJECT = Path(__file__).parents[1]
IMAGES = Path(os.environ.get("PBS_DATA_DIR", PROJECT.parent / "shared" / "pbs" / "Original"))
ACCEPTED = PROJECT / "data" / "02_intermediate" / "taleqani" / "accepted_images.parquet"


def measure(images: ImageFolder, accepted: pd.DataFrame, workers: int) -> tuple[float, pd.DataFrame]:
    """Seconds, and the cells."""
    from joblib.externals.loky import get_reusable_executor

    block = yaml.safe_load((PROJECT / "conf/base/parameters_features.yml").read_text(encoding="utf-8"))["features"]
    parameters = FeatureParameters(**block | {"workers": workers})
    start = time.perf_counter()
    cells, *_ = make_features(images, accepted, parameters)
    seconds = time.perf_counter() - start
    get_reusable_executor().shutdown()  # so that the next run has to start its processes again
    return seconds, cells


def main() -> None:
    """Measure with each number of processes by turns, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, default=IMAGES)
    parser.add_argument("--accepted", type=Path, default=ACCEPTED, help="the table of accepted images")
    parser.add_argument("--n", type=int, help="only so many images, spread over all")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    for path in (arguments.images, arguments.accepted):
        if not path.exists():
            sys.exit(f"Expected '{path}'; found nothing there. See --help for where it comes from.")
    images = ImageFolderDataset(path=str(arguments.images)).load()
    accepted = pd.read_parquet(arguments.accepted)
    if arguments.n:
        accepted = accepted.iloc[:: max(1, len(accepted) // arguments.n)].reset_index(drop=True)
    runs: dict[int, list[float]] = {workers: [] for workers in arguments.workers}
    for _ in range(arguments.repeats):
        for workers, seconds in runs.items():
            elapsed, cells = measure(images, accepted, workers)
            seconds.append(elapsed)
    table = Table("processes", "seconds, all runs", "seconds, median", "images per second", "times the first")
    first = statistics.median(runs[arguments.workers[0]])
    for workers, seconds in runs.items():
        median = statistics.median(seconds)
        every = " ".join(f"{run:.1f}" for run in seconds)
        table.add_row(str(workers), every, f"{median:.1f}", f"{len(accepted) / median:.1f}", f"{first / median:.2f}")
    table.title = f"All features of {len(accepted):,} images with {len(cells):,} cells"
    Console().print(table)


if __name__ == "__main__":
    main()
