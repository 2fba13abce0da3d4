"""Whoever makes pixels or features of a file makes the same ones: on the sample, and on 50 real images."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd

from conftest import configuration, examine
from leukosmear.datasets.image_folder import ImageFolder, ImageFolderDataset
from leukosmear.parameters import (
    CellsFigureParameters,
    FeatureParameters,
    FrameParameters,
    ImageParameters,
    PixelFeatureParameters,
)
from leukosmear.pipelines.preprocessing.images import make_features, make_model_images, plan_images
from leukosmear.prediction.usage import Usage

TABLES = ("cell_features", "background_features", "scale_bar_features", "histogram_features", "pixel_features")


def usages(results: Path) -> dict[str, Usage]:
    """Those that lie beside the models of a run."""
    return {path.parent.name: Usage.model_validate_json(path.read_bytes()) for path in results.glob("*/usage.json")}


def stored(folder: Path) -> dict[str, np.ndarray]:
    """Model images on disk, by name."""
    found: dict[str, np.ndarray] = {}
    for path in folder.rglob("*.npz"):
        with np.load(path) as partition:
            found |= dict(zip(partition["image_id"], partition["pixels"], strict=True))
    return found


def test_a_run_on_the_sample_and_the_usage_of_each_model_agree(
    project: Path, finished_run: subprocess.CompletedProcess[str]
) -> None:
    data = project / "data"
    folder = ImageFolderDataset(path=str(data / "01_raw/sample")).load()
    accepted = pd.read_parquet(data / "02_intermediate/test/accepted_images.parquet")[::24]
    tables = {name: pd.read_parquet(data / f"04_feature/test/{name}.parquet").set_index("image_id") for name in TABLES}
    pixels = stored(data / "03_primary/test/model_images")
    found = usages(data / "06_models/test/random/fold0-seed42")
    assert len(found) == 12
    for image_id, file_name in accepted[["image_id", "file_name"]].itertuples(index=False):
        content = folder.files[file_name]()
        for usage in found.values():
            taken = usage.take(content)
            if usage.features is None:
                np.testing.assert_array_equal(taken[0], pixels[image_id])
            else:
                row = tables[usage.features.table].loc[image_id]
                assert list(taken.columns) == list(row.index)
                np.testing.assert_allclose(taken.iloc[0], row.to_numpy(np.float32), rtol=1e-5)


def test_real_images_are_prepared_in_one_way(real_images: Path) -> None:
    folder = ImageFolderDataset(path=str(real_images)).load()
    some = ImageFolder(folder.classes, dict(list(folder.files.items())[:: len(folder.files) // 50][:50]))
    blocks = configuration("taleqani")["parameters"]
    accepted = examine(some, environment="taleqani").inventory.query("status == 'accepted'").reset_index(drop=True)
    images, features = ImageParameters(**blocks["images"]), FeatureParameters(**blocks["features"])
    pixel_features = PixelFeatureParameters(**blocks["pixel_features"])
    plan = plan_images(accepted, FrameParameters(**blocks["frame"]), images, features)
    shown = CellsFigureParameters(**blocks["cells_figure"])
    made = {name: make() for name, make in make_model_images(some, accepted, plan, images, features, shown).items()}
    partitions = {name: (lambda name=name: made[name]) for name in made}
    tables = dict(zip(TABLES, make_features(partitions, accepted, pixel_features)[1:], strict=True))
    pixels = {name: one for part in made.values() for name, one in zip(part["image_id"], part["pixels"], strict=True)}
    described = {"model": "any", "classes": ["A", "B"], "images": {}, "split": {}, "input": {}, "output": {}}
    described |= {"temperature": 1, "negative_class": None, "threshold": None, "milliseconds": 1, "versions": {}}
    described |= {"weights": {"sha256": "", "n_bytes": 0}}
    network = Usage.model_validate(described | {"family": "network", "preparation": plan["model_images"]})
    network = Usage.model_validate_json(json.dumps(network.model_dump(mode="json")))
    assert len(accepted) == 50
    for image_id, file_name in accepted[["image_id", "file_name"]].itertuples(index=False):
        content = some.files[file_name]()
        np.testing.assert_array_equal(network.take(content)[0], pixels[image_id])
        for name in TABLES[::2]:
            recipe = {"table": name, "features": features, "pixel_features": pixel_features}
            frame = plan["model_images" if name == "pixel_features" else "features"]
            of_table = described | {"family": "estimator", "preparation": frame, "features": recipe}
            row = tables[name].set_index("image_id").loc[image_id]
            taken = Usage.model_validate(of_table).take(content)
            np.testing.assert_allclose(taken.iloc[0], row.to_numpy(np.float32), rtol=1e-5)
