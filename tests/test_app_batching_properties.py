"""What must hold of the queue for any requests, any layout and any order of events."""

import asyncio
from typing import Any, NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import Busy, NotReady
from app.layout import Layout
from model.classifier import Classifier, Explanation
from model.errors import InferenceError
from model.photos import Photo
from tests.queueing import PIXELS, SIDE, Recording, ask, run, serving, until


class Request(NamedTuple):
    """What one client does."""

    network: int
    height: int
    scale: float
    bad: bool
    leaves: bool


REQUESTS = st.lists(
    st.builds(
        Request, st.integers(0, 1), st.sampled_from([4, 4, 8, 40]), st.sampled_from([1.0, 1.0, 2.0]),
        st.sampled_from([False, False, True]), st.sampled_from([False, False, True]),
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip
LAYOUTS = st.builds(
    Layout,
    workers=st.integers(1, 3),
    batch_max=st.integers(1, 5),
    max_pixels=st.sampled_from([1, 3 * PIXELS, 100 * PIXELS]),
    wait_s=st.sampled_from([0.0, 0.002]),
)
quick = settings(max_examples=40, deadline=None)


async def outcomes(layout: Layout, requests: list[Request]) -> tuple[list[Any], list[Recording]]:
    """Send all while the network is busy, let some leave, then let it answer."""
    bad = [number for number, request in enumerate(requests) if request.bad]
    networks = [Recording(*bad), Recording(*bad)]
    with serving(layout=layout) as queue:
        tasks = [
            asyncio.create_task(ask(queue, networks[one.network], number, one.height, one.scale))
            for number, one in enumerate(requests)
        ]
        await until(lambda: queue.depth == len(requests))
        for task, request in zip(tasks, requests, strict=True):
            if request.leaves:
                task.cancel()
        await asyncio.sleep(0)
        assert queue.depth == sum(not request.leaves for request in requests), "who leaves frees a place at once"
        for network in networks:
            network.may_answer.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert queue.depth == 0
    return found, networks


@quick
@given(LAYOUTS, REQUESTS)
def test_everybody_gets_the_own_answer_and_who_is_bad_fails_alone(layout: Layout, requests: list[Request]) -> None:
    found, _ = run(outcomes(layout, requests))
    for number, (outcome, request) in enumerate(zip(found, requests, strict=True)):
        if request.leaves:
            assert isinstance(outcome, asyncio.CancelledError)
        elif request.bad:
            assert isinstance(outcome, InferenceError)
            assert str(number) in str(outcome)
        else:
            assert outcome == number


@quick
@given(LAYOUTS, REQUESTS)
def test_a_pass_is_of_one_kind_and_within_its_bounds(layout: Layout, requests: list[Request]) -> None:
    _, networks = run(outcomes(layout, requests))
    for which, network in enumerate(networks):
        assert network.most_passes <= layout.workers
        assert network.most_pixels <= layout.max_pixels
        for asked in network.passes:
            assert len(asked.kinds) == 1
            assert {requests[number].network for number in asked.numbers} == {which}
            assert asked.numbers == sorted(asked.numbers), "in the order of arrival"
            pixels = sum(requests[number].height * SIDE for number in asked.numbers)
            assert len(asked.numbers) <= layout.batch_max
            assert len(asked.numbers) == 1 or pixels <= layout.max_pixels


@quick
@given(LAYOUTS, REQUESTS)
def test_the_one_who_came_first_is_never_passed_over(layout: Layout, requests: list[Request]) -> None:
    alone = Layout(1, layout.batch_max, layout.max_pixels, layout.wait_s)
    requests = [request._replace(network=0) for request in requests]
    _, [network, _] = run(outcomes(alone, requests))
    asked: set[int] = set()
    for numbers in (one.numbers for one in network.passes):
        if not asked.intersection(numbers):  # else it is tried again, alone
            left = [i for i, request in enumerate(requests) if i not in asked and not request.leaves]
            assert numbers[0] == min([*left, numbers[0]])
        asked.update(numbers)


@quick
@given(LAYOUTS, REQUESTS)
def test_who_left_before_the_turn_costs_no_pass(layout: Layout, requests: list[Request]) -> None:
    async def scenario() -> None:
        network = Recording()
        with serving(layout=layout) as queue:
            busy = [asyncio.create_task(ask(queue, network, 1000, 400)) for _ in range(layout.workers)]
            await until(lambda: network.passes)  # with so large an input nothing runs beside it, or as large ones
            await until(lambda: layout.max_pixels < 1000 * PIXELS or len(network.passes) == layout.workers)
            tasks = [asyncio.create_task(ask(queue, network, number)) for number in range(len(requests))]
            await until(lambda: queue.depth == len(tasks) + len(busy))
            for task, request in zip(tasks, requests, strict=True):
                if request.leaves:
                    task.cancel()
            await asyncio.sleep(0)
            network.may_answer.set()
            await asyncio.gather(*busy, *tasks, return_exceptions=True)
        left = {number for number, request in enumerate(requests) if request.leaves}
        assert not left.intersection(network.numbers)

    run(scenario())


@quick
@given(st.integers(0, 6), st.integers(1, 12), LAYOUTS)
def test_as_many_as_there_are_places_are_taken_and_the_others_refused(size: int, count: int, layout: Layout) -> None:
    async def scenario() -> None:
        network = Recording()
        with serving(size, layout) as queue:
            tasks = [asyncio.create_task(ask(queue, network, number)) for number in range(count)]
            await asyncio.sleep(0)
            assert queue.depth == min(count, size + 1)
            network.may_answer.set()
            found = await asyncio.gather(*tasks, return_exceptions=True)
        assert found[: size + 1] == list(range(min(count, size + 1)))
        assert all(isinstance(outcome, Busy) for outcome in found[size + 1 :])

    run(scenario())


@quick
@given(LAYOUTS, REQUESTS, st.integers(0, 12))
def test_closing_at_any_moment_answers_everybody(layout: Layout, requests: list[Request], after: int) -> None:
    async def scenario() -> list[Any]:
        network = Recording(may_answer=after % 2 == 0)
        with serving(layout=layout) as queue:
            tasks = [
                asyncio.create_task(ask(queue, network, number, one.height, one.scale))
                for number, one in enumerate(requests)
            ]
            for _ in range(after):
                await asyncio.sleep(0)
            closing = asyncio.create_task(asyncio.to_thread(queue.close))
            await until(lambda: queue._closed)
            network.may_answer.set()
            await closing
            return await asyncio.gather(*tasks, return_exceptions=True)

    for number, outcome in enumerate(run(scenario())):
        assert outcome == number or isinstance(outcome, NotReady)


def _photo(seed: int) -> Photo:
    random = np.random.default_rng(seed)
    return Photo(random.integers(0, 256, (60 + 30 * (seed % 2), 90, 3), dtype=np.uint8), "PNG")


@settings(max_examples=20, deadline=None)
@given(layout=LAYOUTS, seeds=st.lists(st.integers(0, 5), min_size=1, max_size=10), data=st.data())
def test_a_photo_gets_the_answer_it_would_get_alone(
    classifier: Classifier, layout: Layout, seeds: list[int], data: st.DataObject
) -> None:
    layout = Layout(layout.workers, layout.batch_max, layout.max_pixels * 5000, layout.wait_s)

    async def late(queue: Any, seed: int, turns: int) -> Explanation:
        with queue.place() as place:
            for _ in range(turns):
                await asyncio.sleep(0)
            scale = 1 + seed % 3 // 2
            answer = place.submit(classifier, classifier.prepare(_photo(seed), scale))
            return (await asyncio.wrap_future(answer)).explanation

    async def scenario() -> list[Explanation]:
        with serving(layout=layout) as queue:
            turns = [data.draw(st.integers(0, 20)) for _ in seeds]
            return await asyncio.gather(*(late(queue, *pair) for pair in zip(seeds, turns, strict=True)))

    for seed, found in zip(seeds, run(scenario()), strict=True):
        [alone] = classifier.explain([_photo(seed)], 1 + seed % 3 // 2)
        np.testing.assert_allclose(found.logits, alone.logits, atol=1e-5)
        np.testing.assert_allclose(np.asarray(found.maps), np.asarray(alone.maps), atol=1e-5)
        np.testing.assert_allclose(found.probabilities, alone.probabilities, atol=1e-5)
        assert (found.grid, found.scale, found.stretch) == (alone.grid, alone.scale, alone.stretch)
