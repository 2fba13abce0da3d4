"""How the search for same fields grows with the number of images, on synthetic smears whose pairs are known.

    python benchmarks/same_field_growth.py                     # 3,000 and 30,000 images: a quarter of an hour to draw
    python benchmarks/same_field_growth.py --images 480 2400   # less

Drawn thumbnails are kept in build/, so a second run only searches. Each size is searched in a process of its own, whose
peak memory is read at its end; sizes alternate, and medians are printed. Time of the CPU is less disturbed by whatever
else the machine does than time on the clock.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from leukosmear.image_files import THUMBNAIL_SIZE
from leukosmear.parameters import SameFieldParameters
from leukosmear.pipelines.sample_data.nodes import draw_sample
from leukosmear.resemblance.same_field import search_same_fields
from leukosmear.scale_bars import find_scale_bar
from leukosmear.synthetic.parameters import SampleDataParameters
from leukosmear.synthetic.plan import plan_photographs

PROJECT = Path(__file__).parents[1]


def drawing_parameters(n_images: int) -> SampleDataParameters:
    """Parameters of the embedded sample, for more images, drawn at the size of a thumbnail straight away."""
    block = yaml.safe_load((PROJECT / "conf/base/parameters_sample_data.yml").read_text(encoding="utf-8"))[
        "sample_data"
    ]
    scale = block["image_size"] / THUMBNAIL_SIZE
    per_class = n_images // len(block["classes"]) // block["n_acquisitions"] * block["n_acquisitions"]
    changes = {
        "n_per_class": per_class,
        "image_size": THUMBNAIL_SIZE,
        "pixel_size": block["pixel_size"] * scale,
        "n_identical_pairs": 0,
    }
    return SampleDataParameters(**(block | changes))


def draw(image_ids: list[str], n_images: int) -> tuple[np.ndarray, np.ndarray]:
    """Grey levels of some images, and where their scale bars are."""
    parameters = drawing_parameters(n_images)
    pictures = draw_sample(plan_photographs(parameters), parameters)
    grey = np.empty((len(image_ids), THUMBNAIL_SIZE, THUMBNAIL_SIZE), np.uint8)
    hidden = np.zeros(grey.shape, dtype=bool)
    for place, image_id in enumerate(image_ids):
        picture = pictures[image_id]()
        grey[place] = np.asarray(picture.convert("L"))
        bar = find_scale_bar(np.asarray(picture.resize((2 * THUMBNAIL_SIZE,) * 2, Image.Resampling.NEAREST)))
        if bar is not None:
            box = bar.box
            hidden[place, box.top // 2 : -(-box.bottom // 2), box.left // 2 : -(-box.right // 2)] = True
    return grey, hidden


def thumbnails_file(n_images: int) -> Path:
    """Draw the images, unless that was done before."""
    path = PROJECT / "build" / f"same_field_growth_{n_images}.npz"
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        image_ids = list(plan_photographs(drawing_parameters(n_images))["image_id"])
        chunks = [image_ids[start : start + 240] for start in range(0, len(image_ids), 240)]
        with ProcessPoolExecutor() as pool:
            parts = list(
                track(pool.map(partial(draw, n_images=n_images), chunks), f"drawing {n_images:,} smears", len(chunks))
            )
        np.savez(
            path, grey=np.concatenate([part[0] for part in parts]), hidden=np.concatenate([part[1] for part in parts])
        )
    return path


def search(n_images: int) -> dict[str, float]:
    """Search once; seconds, megabytes, and what was found of what is there."""
    with np.load(thumbnails_file(n_images)) as file:
        grey, hidden = file["grey"], file["hidden"]
    start, cpu_start = time.perf_counter(), time.process_time()
    found = search_same_fields(grey, hidden, SameFieldParameters(workers=2))
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    plan = plan_photographs(drawing_parameters(n_images))
    members = plan.reset_index().groupby("field_id")["index"].agg(tuple)
    # The sample's generator photographs a field twice at most.
    there = {pair for pair in members if len(pair) == 2}
    pairs = set(found[["a", "b"]].itertuples(index=False, name=None))
    field = plan["field_id"].to_numpy()
    n_false = sum(field[a] != field[b] for a, b in pairs)
    return {
        "n": len(plan),
        "ms_per_image": 1000 * seconds / len(plan),
        "cpu_ms_per_image": 1000 * cpu_seconds / len(plan),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "n_there": len(there),
        "recall": len(there & pairs) / len(there),
        "n_false": n_false,
    }


def main() -> None:
    """Search in all sizes by turns and print medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[3_000, 30_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--once", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.once:
        print(json.dumps(search(arguments.once)))
        return
    for n_images in arguments.images:
        thumbnails_file(n_images)
    runs = pd.DataFrame(
        [
            json.loads(
                subprocess.run(
                    [sys.executable, __file__, "--once", str(n)], check=True, capture_output=True, text=True
                ).stdout
            )
            for _ in range(arguments.repeats)
            for n in arguments.images
        ]
    )
    table = Table(
        "images", "ms per image", "ratio", "CPU ms per image", "ratio", "peak memory", "pairs there", "found", "false",
        title="Same fields",
    )  # fmt: skip
    costs = runs.groupby("n")[["ms_per_image", "cpu_ms_per_image"]].median()
    ratios = costs / costs.iloc[0]
    for n, group in runs.groupby("n"):
        row = group.iloc[0]
        table.add_row(
            f"{n:,}",
            *(f"{frame.loc[n, what]:.2f}" for what in costs for frame in (costs, ratios)),
            f"{group['megabytes'].max():,.0f} MB",
            f"{row['n_there']:,.0f}",
            f"{row['recall']:.1%}",
            f"{row['n_false']:,.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
