"""Steps in different threads, each begun by the thread that ends the one before: none waits for the event loop."""

import contextlib
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from functools import partial
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")


def then(first: Future[A], step: Callable[[A], Future[B]]) -> Future[B]:
    """What a step makes of a future's result.

    Args:
        first: what is waited for
        step: called in the thread that has its result, and quick: it begins something and waits for nothing

    Returns:
        the result of what the step began; it raises what `first`, the step, or what that began raised. Cancelled, it
        cancels the one of the two that is under way, which takes effect if that has not been begun
    """
    last: Future[B] = Future()
    # Emptied when they have served: a future keeps its callbacks for as long as it lives, and they what they know.
    steps = [step]
    under_way: list[Future[Any]] = [first]

    def go_on(done: Future[A]) -> None:
        begin = steps.pop()
        if last.cancelled():
            return
        failed = done.cancelled() or done.exception() is not None
        second: Future[Any] = done if failed else _begun(begin, done.result())
        under_way.append(second)
        second.add_done_callback(partial(_hand_over, to=last))
        if last.done():  # already, or cancelled while the step was begun, by a thread that may have missed it
            if last.cancelled():
                second.cancel()
            under_way.clear()

    def leave(last: Future[B]) -> None:
        for future in under_way[-1:] if last.cancelled() else ():
            future.cancel()
        under_way.clear()

    last.add_done_callback(leave)
    first.add_done_callback(go_on)
    return last


def _begun(step: Callable[[A], Future[B]], value: A) -> Future[B]:
    """What a step began; where it could not, a future that raises why."""
    try:
        return step(value)
    except Exception as error:  # noqa: BLE001 - it is raised where the result is waited for
        failed: Future[B] = Future()
        failed.set_exception(error)
        return failed


def _hand_over(done: Future[B], to: Future[B]) -> None:
    if done.cancelled():
        to.cancel()
        return
    error = done.exception()
    with contextlib.suppress(InvalidStateError):  # cancelled meanwhile: nobody waits for it
        to.set_result(done.result()) if error is None else to.set_exception(raisable(error))


def raisable(error: BaseException) -> BaseException:
    """An exception that a coroutine can be given: a StopIteration would leave it waiting for ever (PEP 479)."""
    if not isinstance(error, StopIteration):
        return error
    wrapped = RuntimeError("a StopIteration was raised outside of an iterator")
    wrapped.__cause__ = error
    return wrapped
