"""One way to do the same to many things side by side: joblib, in threads or in processes."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import joblib

# Batches per worker that may be under way or wait to be taken: enough that no worker waits for the caller, few enough
# to hold in memory.
BATCHES_AHEAD = 6

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_batches(
    function: Callable[[list[Item]], Iterable[Result]],
    items: Iterable[Item],
    batch_size: int,
    workers: int,
    processes: bool,
) -> Iterator[Result]:
    """Apply a function to batches of items side by side, and yield the results in the order of the items.

    However many items there are, and however slowly the results are taken, only BATCHES_AHEAD batches per worker are in
    memory at a time.

    Args:
        function: Takes a list of at most `batch_size` items and returns its results, as many as it likes. Processes
            need one that can be pickled, with items and results that can be, too.
        items: Read as they are needed.
        batch_size: Items that a worker takes at a time.
        workers: Number of threads or processes; with 1 everything is done in the calling one.
        processes: Whether to use processes. Threads do where most of the time is spent in reading, or in libraries that
            let other threads run; processes take about a second to start.
    """
    remaining = iter(items)
    n_sent = n_taken = 0

    def tasks() -> Iterator[Any]:
        # joblib asks for the next task whenever one is done, even if no one takes the results. So where too many of
        # these wait the tasks come to an end, and begin again when all are taken.
        nonlocal n_sent
        while n_sent - n_taken < BATCHES_AHEAD * workers and (batch := list(islice(remaining, batch_size))):
            n_sent += 1
            yield joblib.delayed(function)(batch)

    prefer = "processes" if processes else "threads"
    with joblib.Parallel(workers, return_as="generator", prefer=prefer, batch_size=1) as parallel:
        while True:
            n_before = n_sent
            outputs = parallel(tasks())
            try:
                for results in outputs:
                    n_taken += 1
                    yield from results
            except GeneratorExit:
                # The caller stops early. What is under way is waited for, since joblib warns of results not taken.
                remaining = iter(())
                deque(outputs, maxlen=0)
                raise
            if n_sent == n_before:
                return
