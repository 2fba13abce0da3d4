"""No pipeline uses images that the data gate does not let through."""

from pathlib import Path

import pytest
from kedro.framework.project import pipelines
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from conftest import Examined, examine, noisy
from leukosmear.data_checks.verdicts import DataGateError
from leukosmear.datasets.image_folder import ImageFolder
from leukosmear.inventory import accepted


@pytest.fixture(scope="module", autouse=True)
def _project(project: Path) -> None:
    bootstrap_project(project)


@pytest.fixture(scope="module")
def failed() -> Examined:
    """What the gate says of a folder with ten images of A and of B, and none of C."""
    files = {f"{label}/{i}.png": noisy(20 * ord(label) + i) for label in "AB" for i in range(10)}
    return examine(ImageFolder(("A", "B", "C"), {name: (lambda data=data: data) for name, data in files.items()}))


def test_accepted_images_come_from_the_gate_in_every_pipeline() -> None:
    unguarded = [name for name, pipeline in pipelines.items() if "accepted_images" in pipeline.inputs()]
    assert unguarded == []


@pytest.mark.parametrize("name", ["preprocessing", "modelling", "baselines"])
def test_after_a_failed_gate_a_pipeline_run_alone_stops_with_the_words_of_the_gate(name: str, failed: Examined) -> None:
    pipeline = pipelines[name]
    catalog = DataCatalog(
        {
            "accepted_images": MemoryDataset(accepted(failed.inventory)),  # as a run before left them on disk
            "image_inventory": MemoryDataset(failed.inventory),
            "validation_report": MemoryDataset(failed.report),
            "validation_html": MemoryDataset(""),
        }
    )
    with pytest.raises(DataGateError, match="C: 0 usable images, at least 10 are needed"):
        SequentialRunner().run(pipeline.only_nodes("admit_images"), catalog)
    users = {node.name for node in pipeline.nodes if "accepted_images" in node.inputs}
    assert users
    assert users <= {node.name for node in pipeline.from_nodes("admit_images").nodes}
