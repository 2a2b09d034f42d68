import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Sequence
from typing import Any

import pytest

from app.batching import InferenceQueue
from app.errors import Busy, NotReady
from app.layout import Layout
from model.classifier import Explanation
from model.errors import InferenceError
from model.preprocess import Prepared
from tests.queueing import Recording, ask, numbered, run, serving, until

FOREVER_S = 1000.0


def test_answers_come_in_order_and_off_the_event_loop() -> None:
    async def scenario() -> None:
        network = Recording(may_answer=True)
        with serving() as queue:
            answers = await asyncio.gather(*(ask(queue, network, i, scale=scale) for i, scale in enumerate((1, 2, 3))))
        assert answers == network.numbers == [0, 1, 2]
        assert threading.get_ident() not in network.threads

    run(scenario())


def test_a_full_queue_refuses_at_once_and_says_when_to_come_back() -> None:
    async def scenario() -> None:
        network = Recording()
        with serving(2) as queue:
            tasks = [asyncio.create_task(ask(queue, network)) for _ in range(3)]
            await until(lambda: network.passes)
            assert queue.depth == 3
            started = time.perf_counter()
            with pytest.raises(Busy) as refusal:
                await ask(queue, network)
            assert time.perf_counter() - started < 0.1
            assert int(refusal.value.headers["Retry-After"]) >= 1
            network.may_answer.set()
            await asyncio.gather(*tasks)
            assert await ask(queue, network, 5) == 5

    run(scenario())


@pytest.mark.parametrize(("workers", "batch_max"), [(1, 1), (1, 4), (4, 1)])
def test_who_is_refused_learns_how_long_those_before_take_together(workers: int, batch_max: int) -> None:
    took: list[float] = []

    class Slow(Recording):
        def answer(self, batch: Sequence[Prepared], alone: bool = True) -> list[Explanation]:
            started = time.perf_counter()
            time.sleep(0.005)
            answers = super().answer(batch, alone)
            took.append(time.perf_counter() - started)
            return answers

    async def scenario() -> None:
        network = Slow(may_answer=True)
        with serving(39, Layout(workers, batch_max)) as queue:
            await asyncio.gather(*(ask(queue, network) for _ in range(40)))
            network.may_answer.clear()
            measured = took.copy()
            queue._forward_s *= 1000  # so that whole seconds can tell them apart
            tasks = [asyncio.create_task(ask(queue, network)) for _ in range(40)]
            await until(lambda: queue.depth == 40)
            with pytest.raises(Busy) as refusal:
                await ask(queue, network)
            network.may_answer.set()
            await asyncio.gather(*tasks)
        share = float(refusal.value.headers["Retry-After"]) / 1000 / 40 * workers * batch_max
        assert min(measured) * 0.8 < share < max(measured) * 3

    run(scenario())


def test_a_cancelled_caller_frees_its_place_and_is_not_computed() -> None:
    async def scenario() -> None:
        network = Recording()
        with serving(1) as queue:
            first = asyncio.create_task(ask(queue, network, 1))
            await until(lambda: network.passes)
            second = asyncio.create_task(ask(queue, network, 2))
            await until(lambda: queue.depth == 2)
            second.cancel()
            await asyncio.gather(second, return_exceptions=True)
            third = asyncio.create_task(ask(queue, network, 3))
            await until(lambda: queue.depth == 2)
            network.may_answer.set()
            assert await asyncio.gather(first, third) == [1, 3]
        assert network.numbers == [1, 3]

    run(scenario())


@pytest.mark.parametrize("batch_max", [1, 2])
def test_a_caller_cancelled_in_the_network_harms_nobody(batch_max: int) -> None:
    async def scenario() -> None:
        network = Recording()
        with serving(3, Layout(batch_max=batch_max)) as queue:
            tasks = [asyncio.create_task(ask(queue, network, number)) for number in range(3)]
            await until(lambda: network.passes)
            tasks[0].cancel()
            await asyncio.gather(tasks[0], return_exceptions=True)
            network.may_answer.set()
            assert await asyncio.gather(*tasks[1:]) == [1, 2]

    run(scenario())


def test_one_bad_photo_fails_alone_also_in_company() -> None:
    async def scenario() -> None:
        network = Recording(2)
        with serving(layout=Layout(batch_max=4)) as queue:
            tasks = [asyncio.create_task(ask(queue, network, number)) for number in range(5)]
            await until(lambda: queue.depth == 5)
            network.may_answer.set()
            answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(answers[2], InferenceError)
        assert "[2]" in str(answers[2])
        assert answers[:2] + answers[3:] == [0, 1, 3, 4]

    run(scenario())


@pytest.mark.parametrize("error", [StopIteration("odd"), MemoryError(), KeyError("odd")])
def test_whatever_is_raised_reaches_the_caller(error: Exception) -> None:
    class Broken(Recording):
        def answer(self, batch: Sequence[Prepared], alone: bool = True) -> list[Explanation]:
            raise error

    async def scenario() -> None:
        with serving() as queue:
            with pytest.raises((type(error), RuntimeError)):
                await ask(queue, Broken())
            assert await ask(queue, Recording(may_answer=True), 1) == 1

    run(scenario())


def test_too_few_answers_are_a_fault_not_a_hang() -> None:
    class Silent(Recording):
        def answer(self, batch: Sequence[Prepared], alone: bool = True) -> list[Explanation]:
            return []

    async def scenario() -> None:
        with serving() as queue, pytest.raises(ValueError, match="zip"):
            await ask(queue, Silent())

    run(scenario())


@pytest.mark.parametrize("workers", [1, 3])
def test_closing_answers_everybody(workers: int) -> None:
    async def scenario() -> None:
        network = Recording()
        with serving(10, Layout(workers)) as queue:
            tasks = [asyncio.create_task(ask(queue, network, number)) for number in range(workers + 2)]
            await until(lambda: len(network.passes) == workers)
            closing = asyncio.create_task(asyncio.to_thread(queue.close))
            await until(lambda: tasks[-1].done() and tasks[-2].done())
            network.may_answer.set()
            await closing
            assert await asyncio.gather(*tasks[:workers]) == list(range(workers))
            for task in tasks[workers:]:
                with pytest.raises(NotReady):
                    task.result()
            with pytest.raises(NotReady):
                await ask(queue, network)

    run(scenario())


def test_a_photo_that_is_decoded_while_the_queue_closes_is_answered_too() -> None:
    async def scenario() -> None:
        with serving() as queue, queue.place() as place:
            await asyncio.to_thread(queue.close)
            with pytest.raises(NotReady):
                await asyncio.wrap_future(place.submit(Recording(), numbered(1)))

    run(scenario())


def test_a_queue_that_was_never_used_closes() -> None:
    with serving(1) as queue:
        pass
    InferenceQueue(1).close()
    assert queue.depth == 0


def test_callers_may_live_in_different_event_loops() -> None:
    network = Recording(may_answer=True)
    with serving(2) as queue:
        assert [run(ask(queue, network, number)) for number in range(2)] == [0, 1]


def test_a_caller_whose_event_loop_has_gone_stops_nobody() -> None:
    network = Recording()

    async def leave() -> None:
        task = asyncio.create_task(ask(queue, network, 1))
        await until(lambda: network.passes)
        task.cancel()

    async def stay() -> Any:
        task = asyncio.create_task(ask(queue, network, 2))
        await until(lambda: queue.depth)
        network.may_answer.set()
        return await task

    with serving() as queue:
        run(leave())
        assert run(stay()) == 2


def test_a_lone_request_waits_for_nobody() -> None:
    network = Recording(may_answer=True)
    with serving(layout=Layout(batch_max=8, wait_s=FOREVER_S)) as queue:
        assert [run(ask(queue, network, number)) for number in range(3)] == [0, 1, 2]
    assert all(asked.alone for asked in network.passes)


def test_a_first_request_waits_for_one_that_is_on_the_way() -> None:
    async def scenario() -> None:
        network = Recording(may_answer=True)
        with serving(layout=Layout(batch_max=8, wait_s=FOREVER_S)) as queue:
            with queue.place() as place:
                first = asyncio.create_task(ask(queue, network, 1))
                await until(lambda: queue.depth == 2)
                await asyncio.sleep(0.02)
                assert not network.passes
                await asyncio.wrap_future(place.submit(network, numbered(2)))
            assert await first == 1
        assert [asked.numbers for asked in network.passes] == [[1, 2]]

    run(scenario())


def test_who_leaves_on_the_way_is_not_waited_for() -> None:
    async def scenario() -> None:
        network = Recording(may_answer=True)
        with serving(layout=Layout(batch_max=8, wait_s=FOREVER_S)) as queue:
            with queue.place():
                first = asyncio.create_task(ask(queue, network, 1))
                await until(lambda: queue.depth == 2)
            assert await first == 1

    run(scenario())


def test_the_wait_ends_when_it_was_said_to_and_a_full_batch_does_not_wait() -> None:
    async def scenario() -> None:
        network = Recording(may_answer=True)
        with serving(layout=Layout(batch_max=2, wait_s=0.01)) as queue, queue.place():
            assert await ask(queue, network, 1) == 1
        with serving(layout=Layout(batch_max=2, wait_s=FOREVER_S)) as queue, queue.place():
            assert await asyncio.gather(ask(queue, network, 2), ask(queue, network, 3)) == [2, 3]

    run(scenario())


def test_an_answered_request_that_is_still_being_stored_is_not_waited_for() -> None:
    async def scenario() -> None:
        network = Recording(may_answer=True)
        with serving(layout=Layout(2, batch_max=2, wait_s=FOREVER_S)) as queue, queue.place() as place:
            await asyncio.wrap_future(place.submit(network, numbered(1)))
            assert await ask(queue, network, 2) == 2
            await asyncio.wrap_future(place.submit(network, numbered(3)))
        assert all(asked.alone for asked in network.passes)

    run(scenario())


def test_passes_run_side_by_side_and_only_a_lone_one_has_all_cores() -> None:
    async def scenario() -> None:
        network = Recording()
        with serving(layout=Layout(3)) as queue:
            tasks = [asyncio.create_task(ask(queue, network, number)) for number in range(4)]
            await until(lambda: len(network.passes) == 3)
            network.may_answer.set()
            await asyncio.gather(*tasks)
            await ask(queue, network, 9)
        assert network.most_passes == 3
        assert not any(asked.alone for asked in network.passes[1:3])
        assert network.passes[-1].alone

    run(scenario())


def test_a_large_input_runs_alone_with_all_cores_and_is_not_overtaken() -> None:
    async def scenario() -> None:
        network = Recording()
        with serving(layout=Layout(3, 1, max_pixels=40)) as queue:
            heights = (4, 12, 4, 4)
            tasks = [asyncio.create_task(ask(queue, network, i, height)) for i, height in enumerate(heights)]
            await until(lambda: network.passes and queue.depth == 4)
            await asyncio.sleep(0.01)
            assert network.numbers == [0]
            network.may_answer.set()
            await asyncio.gather(*tasks)
        assert network.numbers[:2] == [0, 1]
        assert network.passes[1].alone
        assert network.most_pixels <= 40

    run(scenario())


def test_workers_with_nothing_to_do_share_what_there_is() -> None:
    async def scenario() -> None:
        network = Recording(may_answer=True)
        with serving(layout=Layout(2, batch_max=4, wait_s=FOREVER_S)) as queue, queue.place() as place:
            tasks = [asyncio.create_task(ask(queue, network, number)) for number in range(3)]
            await until(lambda: len(queue._line.waiting) == 3 and queue._idle == 2)
            await asyncio.wrap_future(place.submit(network, numbered(3)))
            await asyncio.gather(*tasks)
        assert max(len(asked.numbers) for asked in network.passes) == 2
        assert sorted(network.numbers) == [0, 1, 2, 3]

    run(scenario())


def test_a_photo_that_is_answered_is_held_by_nobody_while_the_next_one_is_waited_for() -> None:
    def asked(queue: InferenceQueue) -> "weakref.ref[Prepared]":
        prepared = numbered(1)
        with queue.place() as place:
            place.submit(Recording(may_answer=True), prepared).result(10)
        return weakref.ref(prepared)

    gc.disable()  # what refers to itself would stay until it runs
    try:
        with serving() as queue:
            held = asked(queue)
            while not queue._idle:
                time.sleep(0.001)
            assert held() is None
    finally:
        gc.enable()
