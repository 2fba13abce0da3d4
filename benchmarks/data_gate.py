"""Taking stock of a folder of images, beside CleanVision, which one would pick instead: seconds, and who finds what.

    python -m venv build/cleanvision && build/cleanvision/bin/pip install cleanvision
    PBS_DATA_DIR=/path/to/images python benchmarks/data_gate.py

Each run is a process of its own, in turn, with two workers; the work is timed, not the imports. Plain decoding of the
same files with Pillow, in two threads, is timed for orientation.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
IMAGES = Path(os.environ.get("PBS_DATA_DIR", PROJECT.parent / "shared" / "pbs" / "Original"))
CLEANVISION = PROJECT / "build" / "cleanvision" / "bin" / "python"


def run_cleanvision(images: Path) -> dict[str, Any]:
    """All of CleanVision's default checks."""
    from cleanvision import Imagelab

    start = time.perf_counter()
    lab = Imagelab(data_path=str(images))
    lab.find_issues(n_jobs=2, verbose=False)
    seconds = time.perf_counter() - start
    counts = lab.issue_summary.set_index("issue_type")["num_images"].to_dict()
    return {
        "seconds": seconds,
        "identical": counts["exact_duplicates"],
        "near-identical": counts["near_duplicates"],
        "blurred": counts["blurry"],
        "dark": counts["dark"],
        "bright": counts["light"],
        "low contrast": counts["low_information"],
        "odd size or shape": counts["odd_size"] + counts["odd_aspect_ratio"],
    }


def run_pillow(images: Path) -> dict[str, Any]:
    """Decode every file, and nothing else."""
    from concurrent.futures import ThreadPoolExecutor

    from PIL import Image

    files = [path for path in images.rglob("*") if path.is_file()]
    start = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda path: Image.open(path).convert("RGB"), files))
    return {"seconds": time.perf_counter() - start}


def run_inventory(images: Path) -> dict[str, Any]:
    """What CleanVision does, and scale bars and aspect ratio: decode once, measure, hash, find copies and outliers."""
    return _examine(images, with_fields=False)


def run_gate(images: Path) -> dict[str, Any]:
    """The inventory, the search for same fields, and the grouping into acquisitions."""
    return _examine(images, with_fields=True)


def _examine(images: Path, with_fields: bool) -> dict[str, Any]:
    import yaml

    from leukosmear import parameters
    from leukosmear.data_checks.comparisons import check_labels
    from leukosmear.data_checks.files import check_sizes
    from leukosmear.datasets.image_folder import ImageFolderDataset
    from leukosmear.inventory import accepted
    from leukosmear.pipelines.data_validation import nodes
    from leukosmear.resemblance import quality
    from leukosmear.resemblance.duplicates import find_duplicates
    from leukosmear.resemblance.field_pairs import find_same_fields

    blocks = yaml.safe_load((PROJECT / "conf/base/parameters_data_validation.yml").read_text(encoding="utf-8"))
    validation = parameters.ValidationParameters(**blocks["data_validation"] | {"workers": 2})
    limits = parameters.QualityParameters(**blocks["quality"] | {"seed": 0})
    start = time.perf_counter()
    folder = ImageFolderDataset(path=str(images)).load()
    table, thumbnails = nodes.measure_files(folder, validation)
    pairs = find_duplicates(table, parameters.DuplicateParameters(**blocks["duplicates"]))
    flags = quality.flag_quality(table, limits).str.get_dummies(", ").sum()
    aspect = quality.measure_aspect(thumbnails, table, limits)
    seconds = time.perf_counter() - start
    identical = pairs["kind"] == "identical"
    found = {
        "identical": _n_images(pairs[identical]),
        "near-identical": _n_images(pairs[~identical]),
        **{flag: int(flags.get(flag, 0)) for flag in ("blurred", "dark", "bright", "low contrast")},
        "odd size or shape": len(check_sizes(table)["details"]),
        "squeezed frames": f"{aspect['aspect']:.2f} times" if aspect["aspect"] else 0,
        "scale bar": int((table["scale_bar"] != "none").sum()),
    }
    if with_fields:
        same_field = parameters.SameFieldParameters(**blocks["same_field"] | {"workers": 2})
        fields = find_same_fields(thumbnails, table, same_field)
        real = yaml.safe_load((PROJECT / "conf/taleqani/parameters_data_validation.yml").read_text(encoding="utf-8"))
        blocks_of = parameters.AcquisitionParameters(**blocks["acquisitions"] | real["acquisitions"])
        nobody = fields[["image_id_a"]].iloc[:0].rename(columns={"image_id_a": "image_id"}).assign(patient_id="")
        inventory = nodes.complete_inventory(table, pairs, fields, nobody, blocks_of, limits)
        seconds = time.perf_counter() - start
        found |= {"same field": _n_images(fields), "acquisitions": int(inventory["acquisition_id"].nunique())}
        found["label conflicts"] = len(check_labels(accepted(table), pairs, fields)["details"])
    return {"seconds": seconds, **found}


def _n_images(pairs: Any) -> int:  # noqa: ANN401 - pandas is imported late
    return len(set(pairs["image_id_a"]) | set(pairs["image_id_b"]))


TOOLS = {"Pillow": run_pillow, "CleanVision": run_cleanvision, "inventory": run_inventory, "whole gate": run_gate}


def main() -> None:
    """Time all in turn, and print medians and what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, default=IMAGES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--run", choices=TOOLS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        print(json.dumps(TOOLS[arguments.run](arguments.images)))
        return
    if not arguments.images.is_dir():
        parser.error(f"expected a folder of images at '{arguments.images}'; set PBS_DATA_DIR or pass --images")
    if not CLEANVISION.is_file():
        parser.error(f"expected CleanVision in '{CLEANVISION.parents[1]}'; see --help for how to put it there")
    runs: dict[str, list[dict[str, Any]]] = {tool: [] for tool in TOOLS}
    for _ in range(arguments.repeats):
        for tool, results in runs.items():
            python = CLEANVISION if tool == "CleanVision" else sys.executable
            command = [python, __file__, "--run", tool, "--images", arguments.images]
            run = subprocess.run(command, check=False, capture_output=True, text=True)
            if run.returncode:
                sys.exit(run.stderr)
            results.append(json.loads(run.stdout.splitlines()[-1]))
    _print(runs)


def _print(runs: dict[str, list[dict[str, Any]]]) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = [tool for tool in TOOLS if tool != "Pillow"]
    table = Table("", *TOOLS, title="Seconds, and images found (a dash: not looked for)")
    medians = {tool: statistics.median(run["seconds"] for run in results) for tool, results in runs.items()}
    table.add_row("seconds, median", *(f"{medians[tool]:.1f}" for tool in TOOLS))
    table.add_row("seconds, all", *(" ".join(f"{run['seconds']:.1f}" for run in runs[tool]) for tool in TOOLS))
    table.add_row("share of CleanVision", *(f"{medians[tool] / medians['CleanVision']:.2f}" for tool in TOOLS))
    for finding in runs["whole gate"][0]:
        if finding != "seconds":
            table.add_row(finding, "-", *(str(runs[tool][0].get(finding, "-")) for tool in shown))
    Console().print(table)


if __name__ == "__main__":
    main()
