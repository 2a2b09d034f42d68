"""Steps that follow each other in threads: results, faults, and callers that leave."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

import pytest

from app.chains import then

WAIT_S = 10


def done(value: int) -> Future[int]:
    future: Future[int] = Future()
    future.set_result(value)
    return future


def test_each_step_gets_what_the_one_before_made_in_the_thread_that_made_it() -> None:
    seen: list[tuple[str, int]] = []
    first: Future[int] = Future()
    second: Future[int] = Future()

    def noted(value: int, begun: Future[int]) -> Future[int]:
        seen.append((threading.current_thread().name, value))
        return begun

    last = then(then(first, lambda value: noted(value, second)), lambda value: noted(value, done(value * 10)))
    for future, value, name in ((first, 3, "one"), (second, 4, "two")):
        thread = threading.Thread(target=future.set_result, args=(value,), name=name)
        thread.start()
        thread.join(WAIT_S)
    assert seen == [("one", 3), ("two", 4)]
    assert last.result(0) == 40


def test_what_is_there_already_goes_on_at_once() -> None:
    assert then(then(done(1), done), lambda value: done(value + 1)).result(0) == 2


@pytest.mark.parametrize("where", ["first", "step", "second"])
def test_a_fault_is_raised_at_the_end_and_no_step_follows(where: str) -> None:
    def fails(value: object = None) -> Future[int]:
        future: Future[int] = Future()
        future.set_exception(LookupError(where))
        return future

    def raises(value: int) -> Future[int]:
        raise LookupError(where)

    first = fails() if where == "first" else done(1)
    second = then(first, {"first": done, "step": raises, "second": fails}[where])
    followed: list[int] = []
    last = then(second, lambda value: done(followed.append(value) or 1))
    with pytest.raises(LookupError, match=where):
        last.result(0)
    assert not followed


def test_a_stop_iteration_reaches_a_coroutine_as_the_cause_of_an_error() -> None:
    async def waits() -> None:
        first: Future[int] = Future()
        first.set_exception(StopIteration())
        await asyncio.wait_for(asyncio.wrap_future(then(first, done)), WAIT_S)

    with pytest.raises(RuntimeError) as raised:
        asyncio.run(waits())
    assert isinstance(raised.value.__cause__, StopIteration)


def test_who_leaves_cancels_what_is_under_way_and_begins_nothing_more() -> None:
    first: Future[int] = Future()
    begun: list[int] = []
    last = then(then(first, lambda value: done(begun.append(value) or 1)), done)
    assert last.cancel()
    assert first.cancelled()
    assert not begun


def test_who_leaves_during_the_second_step_cancels_that() -> None:
    second: Future[int] = Future()
    last = then(done(1), lambda _: second)
    last.cancel()
    assert second.cancelled()


def test_what_has_begun_ends_by_itself_and_nobody_is_told() -> None:
    first: Future[int] = Future()
    begun: list[int] = []
    last = then(first, lambda value: done(begun.append(value) or 1))
    assert first.set_running_or_notify_cancel()
    last.cancel()
    first.set_result(1)
    assert last.cancelled()
    assert not begun


def test_who_leaves_while_a_step_is_begun_cancels_what_it_began() -> None:
    second: Future[int] = Future()

    def leaving(_: int) -> Future[int]:
        last.cancel()
        return second

    first: Future[int] = Future()
    last = then(first, leaving)
    first.set_result(1)
    assert second.cancelled()


def test_a_caller_that_leaves_while_a_step_is_begun_elsewhere_cancels_what_it_began() -> None:
    looked, may_go_on = threading.Event(), threading.Event()

    class First(Future[int]):
        """Holds whoever cancels it, who knows nothing of the second step yet, until that is begun."""

        def cancel(self) -> bool:
            looked.set()
            may_go_on.wait(WAIT_S)
            return super().cancel()

    class Second(Future[int]):
        """Lets that thread end first, as soon as it is known."""

        def add_done_callback(self, told: Callable[[Future[int]], object]) -> None:
            super().add_done_callback(told)
            may_go_on.set()
            leaving.join(WAIT_S)

    def step(_: int) -> Future[int]:
        leaving.start()
        looked.wait(WAIT_S)
        return second

    first, second = First(), Second()
    last = then(first, step)
    leaving = threading.Thread(target=last.cancel)
    first.set_result(1)
    assert last.cancelled()
    assert second.cancelled()


def test_what_is_given_up_elsewhere_is_cancelled_to_the_end() -> None:
    first: Future[int] = Future()
    last = then(then(first, done), done)
    first.cancel()
    with pytest.raises(CancelledError):
        last.result(0)


@pytest.mark.parametrize("leaves", [False, True])
def test_nothing_is_held_once_all_is_done(leaves: bool) -> None:
    class Large:
        """What a step made: in real life a photo's feature maps."""

    def chain() -> "weakref.ref[Large]":
        first: Future[Large] = Future()
        second: Future[Large] = Future()
        last = then(then(first, lambda _: second), lambda _: done(bool(first.result() and second.result())))
        large = Large()
        first.set_result(large)
        if leaves:
            last.cancel()
        else:
            second.set_result(large)
            assert last.result(0) == 1
        return weakref.ref(large)

    gc.disable()
    try:
        assert chain()() is None
    finally:
        gc.enable()
