"""Grad-CAM and the graphs of networks, by the other backend: a process has but one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


def test_grad_cam_and_graphs_under_jax():
    pytest.importorskip("jax", reason='needs the extra: pip install -e ".[jax]"')
    files = [TESTS / "attention" / "test_gradcam.py", TESTS / "networks" / "test_graphs.py"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *map(str, files)],
        cwd=TESTS.parent, env=environment | {"KERAS_BACKEND": "jax"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "skipped" not in done.stdout
