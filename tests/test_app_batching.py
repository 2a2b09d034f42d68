import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from app.batching import InferenceQueue
from app.errors import Busy, NotReady
from model.classifier import Explanation
from model.errors import InferenceError
from model.photos import Photo

PHOTO = Photo(np.zeros((4, 4, 3), dtype=np.uint8), "PNG")


class Slow:
    """A classifier that waits until it may answer."""

    bundle: Any = None
    spec: Any = None

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.asked = 0
        self.threads: set[int] = set()

    def explain(self, photos: Sequence[Photo], scale: float = 1) -> list[Explanation]:
        self.asked += 1
        self.threads.add(threading.get_ident())
        self.may_answer.wait(10)
        return [f"{self.asked} at {scale:g}" for _ in photos]  # type: ignore[misc]

    def probe(self) -> None: ...


async def in_place(queue: InferenceQueue, classifier: Any, scale: float = 1) -> Any:
    with queue.place():
        return (await queue.submit(classifier, PHOTO, scale)).explanation


async def until(condition: Any) -> None:
    while not condition():  # noqa: ASYNC110 - what it waits for is in another thread
        await asyncio.sleep(0.001)


def run(test: Any) -> Any:
    return asyncio.run(asyncio.wait_for(test, 20))


def test_answers_come_in_order_and_off_the_event_loop() -> None:
    async def scenario() -> None:
        queue, slow = InferenceQueue(8), Slow()
        queue.start()
        slow.may_answer.set()
        answers = await asyncio.gather(*(in_place(queue, slow, scale) for scale in (1, 2, 3)))
        assert answers == ["1 at 1", "2 at 2", "3 at 3"]
        assert slow.threads
        assert threading.get_ident() not in slow.threads
        queue.close()

    run(scenario())


def test_a_full_queue_refuses_at_once_and_says_when_to_come_back() -> None:
    async def scenario() -> None:
        queue, slow = InferenceQueue(2), Slow()
        queue.start()
        tasks = [asyncio.create_task(in_place(queue, slow)) for _ in range(3)]
        await until(lambda: slow.asked == 1)
        assert queue.depth == 3
        started = time.perf_counter()
        with pytest.raises(Busy) as refusal:
            await in_place(queue, slow)
        assert time.perf_counter() - started < 0.1
        assert int(refusal.value.headers["Retry-After"]) >= 1
        slow.may_answer.set()
        await asyncio.gather(*tasks)
        assert await in_place(queue, slow)
        queue.close()

    run(scenario())


def test_a_cancelled_caller_frees_its_place_and_is_not_computed() -> None:
    async def scenario() -> None:
        queue, slow = InferenceQueue(1), Slow()
        queue.start()
        first = asyncio.create_task(in_place(queue, slow))
        await until(lambda: slow.asked == 1)
        second = asyncio.create_task(in_place(queue, slow))
        await until(lambda: queue.depth == 2)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        third = asyncio.create_task(in_place(queue, slow))
        await until(lambda: queue.depth == 2)
        slow.may_answer.set()
        await asyncio.gather(first, third)
        assert slow.asked == 2
        queue.close()

    run(scenario())


def test_a_caller_cancelled_in_the_network_harms_nobody() -> None:
    async def scenario() -> None:
        queue, slow = InferenceQueue(2), Slow()
        queue.start()
        first, second = (asyncio.create_task(in_place(queue, slow)) for _ in range(2))
        await until(lambda: slow.asked == 1)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        slow.may_answer.set()
        assert await second == "2 at 1"
        queue.close()

    run(scenario())


def test_one_bad_photo_fails_alone() -> None:
    class Picky(Slow):
        def explain(self, photos: Sequence[Photo], scale: float = 1) -> list[Explanation]:
            if scale == 2:
                raise InferenceError("no answer")
            return ["fine"]  # type: ignore[list-item]

    async def scenario() -> None:
        queue, picky = InferenceQueue(8), Picky()
        queue.start()
        calls = (in_place(queue, picky, scale) for scale in (1, 2, 3))
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert [answers[0], answers[2]] == ["fine", "fine"]
        assert isinstance(answers[1], InferenceError)
        queue.close()

    run(scenario())


def test_too_few_answers_are_a_fault_not_a_hang() -> None:
    class Silent(Slow):
        def explain(self, photos: Sequence[Photo], scale: float = 1) -> list[Explanation]:
            return []

    async def scenario() -> None:
        queue = InferenceQueue(1)
        queue.start()
        with pytest.raises(ValueError, match="zip"):
            await in_place(queue, Silent())
        queue.close()

    run(scenario())


def test_closing_answers_everybody() -> None:
    async def scenario() -> None:
        queue, slow = InferenceQueue(4), Slow()
        queue.start()
        tasks = [asyncio.create_task(in_place(queue, slow)) for _ in range(3)]
        await until(lambda: slow.asked == 1)
        closing = asyncio.create_task(asyncio.to_thread(queue.close))
        await until(lambda: tasks[1].done() and tasks[2].done())
        slow.may_answer.set()
        await closing
        assert await tasks[0] == "1 at 1"
        for task in tasks[1:]:
            with pytest.raises(NotReady):
                task.result()
        with pytest.raises(NotReady):
            await in_place(queue, slow)

    run(scenario())


def test_a_queue_that_was_never_used_closes() -> None:
    async def scenario() -> None:
        queue = InferenceQueue(1)
        queue.start()
        queue.close()
        InferenceQueue(1).close()
        assert queue.depth == 0

    run(scenario())


def test_callers_may_live_in_different_event_loops() -> None:
    queue, slow = InferenceQueue(2), Slow()
    queue.start()
    slow.may_answer.set()
    assert [run(in_place(queue, slow)) for _ in range(2)] == ["1 at 1", "2 at 1"]
    queue.close()
