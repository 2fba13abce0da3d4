"""What one sees of a run while it goes on."""

import io
import logging

import pytest
import rich
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from leukosmear.hooks import RunProgress, progress

DRAW = Node(lambda x: x, "image", "figure", name="draw")
TRAIN = Node(lambda x: x, "image", "network", name="train")
READ = Node(lambda: 1, None, "image", name="read")
EXTRA = Node(lambda x: x, "image", "table", name="tabulate")
STAGES = {"validation": Pipeline([READ, EXTRA]), "modelling": Pipeline([READ, TRAIN]), "reporting": Pipeline([DRAW])}
ALL = sum(STAGES.values(), Pipeline([]))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that shows the last of its times."""
    times = [0.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: times[-1])
    monkeypatch.setattr(progress, "pipelines", {**STAGES, "__default__": ALL})
    return times


def run(hook: RunProgress, clock: list[float], seconds: dict[str, float], catalog: DataCatalog | None = None) -> list:
    """Go through the nodes as Kedro does, in the order that the hook has left, and return their names."""
    pipeline = Pipeline(ALL.nodes)
    hook.before_pipeline_run(pipeline, catalog or DataCatalog())
    for node in pipeline.nodes:
        for _ in node.inputs:
            hook.before_dataset_loaded(node)
        hook.before_node_run(node)
        clock.append(clock[-1] + seconds.get(node.name, 0.0))
    hook.after_pipeline_run()
    return [node.name for node in pipeline.nodes]


def test_one_pipeline_ends_before_the_next_begins_and_slow_steps_have_a_line(
    clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="leukosmear"):
        order = run(RunProgress(), clock, {"train": 12.34, "tabulate": 1.9, "draw": 2.0})
    assert [node.name for node in ALL.nodes] == ["read", "draw", "tabulate", "train"]
    assert order == ["read", "tabulate", "train", "draw"]
    assert caplog.messages == ["--- validation", "--- modelling", "train: 12.3 s", "--- reporting", "draw: 2.0 s"]


def test_a_terminal_shows_what_runs_and_how_far_the_run_is_by_the_times_of_the_last_one(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = io.StringIO()
    console = rich.console.Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(progress.rich, "get_console", lambda: console)
    nodes = {"read": {"seconds": 1.0}, "tabulate": {"seconds": 1.0}, "train": {"seconds": 7.5}}
    record = MemoryDataset({"nodes": nodes})
    hook = RunProgress()
    shares = []
    monkeypatch.setattr(hook, "_begin", lambda name, begin=hook._begin: (begin(name), shares.append((name, bar(hook)))))
    run(hook, clock, {}, DataCatalog({"run_record": record}))
    # Ten seconds in all; of `draw` nobody knows how long it takes.
    assert dict(shares) == {"read": 0, "tabulate": 10, "train": 20, "draw": 95}
    assert "draw" in screen.getvalue()
    assert hook._bar is None


def bar(hook: RunProgress) -> float:
    assert hook._bar is not None
    (task,) = hook._bar.tasks
    return round(task.percentage)


@pytest.mark.parametrize("record", [{}, {"nodes": None}, {"nodes": {"read": {}}}, "broken"])
def test_a_record_that_cannot_be_read_is_no_reason_not_to_run(clock: list[float], record: object) -> None:
    assert len(run(RunProgress(), clock, {}, DataCatalog({"run_record": MemoryDataset(record)}))) == 4


def test_what_is_logged_to_the_standard_output_follows_it_and_nothing_else_does(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, elsewhere = io.StringIO(), io.StringIO()
    handlers = [logging.StreamHandler(before), logging.StreamHandler(elsewhere)]
    monkeypatch.setattr(progress.sys, "stdout", before)
    monkeypatch.setattr(logging.getLogger(), "handlers", handlers)
    console = rich.console.Console(file=before, force_terminal=True)
    monkeypatch.setattr(progress.rich, "get_console", lambda: console)
    hook = RunProgress()
    hook.before_pipeline_run(Pipeline(ALL.nodes), DataCatalog())
    assert handlers[0].stream is not before
    assert handlers[1].stream is elsewhere
    hook.after_pipeline_run()
    assert [handler.stream for handler in handlers] == [before, elsewhere]


def test_a_failed_run_leaves_the_terminal_as_it_was(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    console = rich.console.Console(file=io.StringIO(), force_terminal=True)
    monkeypatch.setattr(progress.rich, "get_console", lambda: console)
    hook = RunProgress()
    hook.before_pipeline_run(Pipeline(ALL.nodes), DataCatalog())
    hook.before_node_run(READ)
    hook.on_pipeline_error()
    assert hook._bar is None
    assert not console._live_stack
