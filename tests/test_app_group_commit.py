import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Busy, NotReady
from app.group_commit import GroupCommit

WAIT_S = 10


class Gate:
    """Work that waits until it is let through, and remembers its groups."""

    def __init__(self, fails: Callable[[int], bool] = lambda _: False) -> None:
        self.groups: list[list[int]] = []
        self.entered = threading.Semaphore(0)
        self.open = threading.Event()
        self.fails = fails

    def __call__(self, group: Sequence[int]) -> list[Exception | None]:
        self.entered.release()
        assert self.open.wait(WAIT_S)
        self.groups.append(list(group))
        return [ValueError(item) if self.fails(item) else None for item in group]


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def line(gate: Gate) -> Iterator[GroupCommit[int]]:
    opened = GroupCommit(gate, most=4, waiting=6)
    yield opened
    gate.open.set()
    opened.close()


def gathered(line: GroupCommit[int], gate: Gate, count: int) -> list[Future[None]]:
    """One item in work, and others that wait behind it."""
    first = line.submit(0)
    assert gate.entered.acquire(timeout=WAIT_S)
    return [first, *(line.submit(item) for item in range(1, count))]


def test_who_is_alone_goes_at_once(line: GroupCommit[int], gate: Gate) -> None:
    gate.open.set()
    for item in range(3):
        line.submit(item).result(WAIT_S)
    assert gate.groups == [[0], [1], [2]]


def test_who_comes_meanwhile_goes_together_in_order_and_at_most_so_many(line: GroupCommit[int], gate: Gate) -> None:
    futures = gathered(line, gate, 7)
    gate.open.set()
    for future in futures:
        future.result(WAIT_S)
    assert gate.groups == [[0], [1, 2, 3, 4], [5, 6]]


def test_beyond_the_places_one_is_refused_at_once(line: GroupCommit[int], gate: Gate) -> None:
    gathered(line, gate, 7)
    with pytest.raises(Busy):
        line.submit(7)


def test_who_has_left_is_left_out(line: GroupCommit[int], gate: Gate) -> None:
    futures = gathered(line, gate, 4)
    assert futures[2].cancel()
    gate.open.set()
    futures[3].result(WAIT_S)
    assert gate.groups == [[0], [1, 3]]


def test_what_waits_at_the_close_is_done_and_nothing_more_is_taken(line: GroupCommit[int], gate: Gate) -> None:
    futures = gathered(line, gate, 6)
    closing = threading.Thread(target=line.close)
    closing.start()
    gate.open.set()
    closing.join(WAIT_S)
    assert all(future.done() for future in futures)
    with pytest.raises(NotReady):
        line.submit(9)
    line.close()


@pytest.mark.parametrize("wrong", [RuntimeError("broken"), None])
def test_work_that_breaks_is_everybodys_answer_and_the_next_group_goes_on(wrong: Exception | None) -> None:
    def work(group: Sequence[int]) -> list[Any]:
        if 0 in group and wrong is not None:
            raise wrong
        return [] if 0 in group else [None] * len(group)

    line = GroupCommit(work, most=4, waiting=6)
    with pytest.raises((RuntimeError, ValueError)):
        line.submit(0).result(WAIT_S)
    line.submit(1).result(WAIT_S)
    line.close()


@settings(max_examples=30, deadline=None)
@given(items=st.lists(st.integers(0, 50), max_size=40), threads=st.integers(1, 5), most=st.integers(1, 7))
def test_everybody_gets_the_answer_to_their_own_item(items: list[int], threads: int, most: int) -> None:
    gate = Gate(fails=lambda item: item % 3 == 0)
    gate.open.set()
    line = GroupCommit(gate, most, waiting=100)
    answers: list[tuple[int, Future[None]]] = []

    def ask(share: Sequence[int]) -> None:
        answers.extend([(item, line.submit(item)) for item in share])

    asking = [threading.Thread(target=ask, args=(items[start::threads],)) for start in range(threads)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    line.close()
    assert sorted(item for group in gate.groups for item in group) == sorted(items)
    assert all(1 <= len(group) <= most for group in gate.groups)
    for item, future in answers:
        error = future.exception(0)
        assert (error is None) == (item % 3 != 0)
        assert error is None or error.args == (item,)


def test_who_waits_behind_a_group_that_waited_in_vain_is_told_with_it() -> None:
    began, go_on = threading.Semaphore(0), threading.Event()
    groups: list[list[int]] = []

    def work(group: Sequence[int]) -> list[Exception | None]:
        groups.append(list(group))
        began.release()
        assert go_on.wait(WAIT_S)
        return [NotReady("locked") if 0 in group else None for _ in group]

    line = GroupCommit(work, most=4, waiting=100)
    first = line.submit(0)
    assert began.acquire(timeout=WAIT_S)
    behind = [line.submit(item) for item in range(1, 20)]
    go_on.set()
    for future in (first, *behind):
        with pytest.raises(NotReady, match="locked"):
            future.result(WAIT_S)
    line.submit(20).result(WAIT_S)
    assert groups == [[0], [20]]
    line.close()
