"""Who runs scikit-learn models alone does not wait for TensorFlow, nor who reports on what earlier runs left."""

import subprocess
import sys
from pathlib import Path

CODE = """
import sys
from pathlib import Path
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
bootstrap_project(Path.cwd())
for pipeline, namespaces in ({"baselines": ["knn"], "reporting": ["knn", "reporting"]}).items():
    with KedroSession.create(env="test") as session:
        session.run(pipeline_names=[pipeline], namespaces=namespaces)
print("imported:", sorted({"tensorflow", "keras"} & set(sys.modules)))
"""


def test_one_estimator_runs_and_is_reported_without_tensorflow(
    project: Path, finished_run: subprocess.CompletedProcess[str]
) -> None:
    results = project / "data/08_reporting/test/random/fold0-seed42"
    made = [results / "knn/importance.csv", results / "report.html"]
    for path in made:
        path.unlink()
    run = subprocess.run([sys.executable, "-c", CODE], cwd=project, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.split("imported:")[1].strip() == "[]"
    assert all(path.is_file() for path in made)
