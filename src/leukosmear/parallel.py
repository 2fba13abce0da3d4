"""One way to do the same to many things side by side: joblib, in threads or in processes."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

import joblib

# Batches per worker that are sent at once: enough that workers seldom wait for the last of them, few enough to hold in
# memory. joblib's own generator of results goes on reading where nobody takes them.
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
    batches = batched(items, batch_size)
    prefer = "processes" if processes else "threads"
    with joblib.Parallel(workers, prefer=prefer, batch_size=1) as parallel:
        while window := list(islice(batches, BATCHES_AHEAD * workers)):
            for results in parallel(joblib.delayed(function)(batch) for batch in window):
                yield from results


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Cut items into lists of `size`, the last perhaps shorter; they are read as lists are asked for."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
