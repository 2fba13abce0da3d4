"""Who runs scikit-learn models alone does not wait for TensorFlow."""

import subprocess
import sys
from pathlib import Path

CODE = """
import sys
from pathlib import Path
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
bootstrap_project(Path.cwd())
with KedroSession.create(env="test") as session:
    session.run(pipeline_names=["baselines"], namespaces=["knn"])
print("imported:", sorted({"tensorflow", "keras"} & set(sys.modules)))
"""


def test_one_estimator_alone_runs_without_tensorflow(
    project: Path, finished_run: subprocess.CompletedProcess[str]
) -> None:
    importance = project / "data/08_reporting/test/random/fold0-seed42/knn/importance.csv"
    importance.unlink()
    run = subprocess.run([sys.executable, "-c", CODE], cwd=project, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.split("imported:")[1].strip() == "[]"
    assert importance.is_file()
