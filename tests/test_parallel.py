import os
import threading
import time
from collections.abc import Iterable, Iterator

import joblib
import pytest

from leukosmear.parallel import BATCHES_AHEAD, map_batches


def squares(numbers: Iterable[int]) -> list[int]:
    return [number**2 for number in numbers]


def counted(n: int, read: list[int]) -> Iterator[int]:
    for number in range(n):
        read.append(number)
        yield number


@pytest.mark.parametrize("processes", [False, True], ids=["threads", "processes"])
@pytest.mark.parametrize("n_items", [0, 1, 3, 100])
def test_results_come_in_the_order_of_the_items(n_items: int, processes: bool) -> None:
    results = map_batches(
        lambda numbers: [time.sleep(0.02 * (number == 0)) or number**2 for number in numbers],
        range(n_items),
        3,
        2,
        processes,
    )
    assert list(results) == squares(range(n_items))


def test_a_function_may_return_more_or_fewer_results_than_it_gets_items() -> None:
    assert list(map_batches(lambda numbers: [len(numbers)], range(7), 3, 2, False)) == [3, 3, 1]
    assert list(map_batches(lambda numbers: numbers + numbers, range(3), 2, 2, False)) == [0, 1, 0, 1, 2, 2]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_only_a_few_items_are_held_however_slowly_results_are_taken(workers: int) -> None:
    read: list[int] = []
    taken = 0
    for number in map_batches(squares, counted(600, read), 2, workers, False):
        assert number == taken**2
        taken += 1
        if taken % 100 == 1:
            time.sleep(0.02)
        assert len(read) <= taken + 2 * BATCHES_AHEAD * workers + 1
    assert taken == len(read) == 600


def test_stopping_early_reads_no_more_and_warns_of_nothing() -> None:
    read: list[int] = []
    results = map_batches(squares, counted(10_000, read), 2, 2, False)
    assert next(results) == 0
    results.close()
    n_read = len(read)
    assert n_read <= 2 * BATCHES_AHEAD * 2
    time.sleep(0.02)
    assert len(read) == n_read


@pytest.mark.parametrize("processes", [False, True], ids=["threads", "processes"])
def test_an_error_reaches_the_caller(processes: bool) -> None:
    with pytest.raises(ZeroDivisionError):
        list(map_batches(lambda numbers: [1 // (number - 7) for number in numbers], range(100), 3, 2, processes))


def test_processes_are_others_and_go_on_being_of_use() -> None:
    assert os.getpid() not in set(map_batches(lambda numbers: [os.getpid()], range(20), 2, 2, True))
    assert joblib.Parallel(2)(joblib.delayed(abs)(number) for number in (-1, -2)) == [1, 2]
    assert list(map_batches(lambda numbers: numbers, range(9), 2, 3, True)) == list(range(9))


def test_one_worker_works_in_the_calling_thread() -> None:
    assert set(map_batches(lambda numbers: [threading.get_ident()], range(5), 2, 1, False)) == {threading.get_ident()}
