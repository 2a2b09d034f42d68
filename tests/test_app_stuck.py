"""Passes through the network that never end: who waits is told, the others are served, the stop is not held up."""

import asyncio
import math
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app import batching, readiness
from app.errors import GivenUp, NotReady
from app.layout import Layout
from model.classifier import Classifier, Explanation, Prepared
from tests.bundles import loop_for_ever, make_bundle, packed
from tests.conftest import ClientMaker
from tests.pictures import BLUE, RED, picture
from tests.queueing import Recording, ask, numbered, run, serving, until

EXPLANATIONS = "/api/v1/explanations"
AT_ONCE_S = 0.0
WAIT_S = 20


class Hanging(Recording):
    """Answers at once, but for photos that hang until they are let go."""

    def __init__(self, *hang: int) -> None:
        super().__init__(may_answer=True)
        self.hang = set(hang)
        self.hanging = 0
        self.let_go = threading.Event()

    def answer(self, batch: Sequence[Prepared], alone: bool = True) -> list[Explanation]:
        if self.hang.intersection(one.photo_size[0] for one in batch):
            self.hanging += 1
            assert self.let_go.wait(WAIT_S)
        return super().answer(batch, alone)


@pytest.fixture
def network() -> Iterator[Hanging]:
    made = Hanging(100)
    yield made
    made.let_go.set()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_pass_that_never_ends_is_given_up_and_another_thread_serves_the_rest(network: Hanging, workers: int) -> None:
    async def scenario() -> None:
        with serving(layout=Layout(workers), pass_limit_s=AT_ONCE_S) as queue:
            for round_ in range(1, 3):
                stuck = asyncio.create_task(ask(queue, network, 100))
                await until(lambda: network.hanging == round_)  # noqa: B023 - awaited within the round
                behind = [asyncio.create_task(ask(queue, network, one)) for one in range(5)]
                queue.give_up_stuck()
                with pytest.raises(GivenUp):
                    await stuck
                assert await asyncio.gather(*behind) == list(range(5))
                assert not queue.stalled
            assert queue.depth == 0
            network.let_go.set()

    run(scenario())


def test_a_large_input_that_hangs_leaves_room_for_the_next(network: Hanging) -> None:
    async def scenario() -> None:
        with serving(layout=Layout(2, max_pixels=40), pass_limit_s=AT_ONCE_S) as queue:
            stuck = asyncio.create_task(ask(queue, network, 100, height=12))
            await until(lambda: network.hanging)
            behind = asyncio.create_task(ask(queue, network, 1, height=12))
            await asyncio.sleep(0.01)
            assert not behind.done()
            queue.give_up_stuck()
            assert await behind == 1
            with pytest.raises(GivenUp):
                await stuck
            network.let_go.set()

    run(scenario())


def test_a_pass_that_takes_its_time_is_not_given_up(network: Hanging) -> None:
    async def scenario() -> None:
        with serving(pass_limit_s=WAIT_S) as queue:
            slow = asyncio.create_task(ask(queue, network, 100))
            await until(lambda: network.hanging)
            queue.give_up_stuck()
            network.let_go.set()
            assert await slow == 100

    run(scenario())


async def _hang(queue: batching.InferenceQueue, network: Hanging, count: int) -> None:
    """Give passes up until so many hang."""
    while network.hanging < count:
        before = network.hanging
        stuck = asyncio.create_task(ask(queue, network, 100))
        await until(lambda: network.hanging > before)  # noqa: B023 - awaited within the round
        queue.give_up_stuck()
        with pytest.raises(GivenUp):
            await stuck


def test_threads_are_replaced_a_few_times_only_and_then_nobody_waits_in_vain(network: Hanging) -> None:
    async def scenario() -> None:
        with serving(layout=Layout(2), pass_limit_s=AT_ONCE_S) as queue:
            await _hang(queue, network, batching.STUCK_AT_MOST - 1)
            assert not queue.stalled
            await _hang(queue, network, batching.STUCK_AT_MOST)
            assert queue.stalled
            assert await ask(queue, network, 1) == 1, "the last thread serves on"
            await _hang(queue, network, batching.STUCK_AT_MOST + 1)
            with pytest.raises(NotReady, match="started anew"):
                await ask(queue, network, 1)
            assert len([thread for thread in queue._threads if thread.is_alive()]) == batching.STUCK_AT_MOST + 1
            network.let_go.set()

    run(scenario())


def test_passes_that_come_back_after_all_are_served_by_as_many_threads_as_before(network: Hanging) -> None:
    async def scenario() -> None:
        with serving(layout=Layout(2), pass_limit_s=AT_ONCE_S) as queue:
            await _hang(queue, network, batching.STUCK_AT_MOST + 1)
            network.let_go.set()
            await until(lambda: not queue._stuck)
            assert not queue.stalled
            queue.pass_limit_s = math.inf
            assert await asyncio.gather(*(ask(queue, network, number) for number in range(9))) == list(range(9))
            await until(lambda: sum(thread.is_alive() for thread in queue._threads) == 2)

    run(scenario())


def test_closing_does_not_wait_for_what_never_ends(network: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "CLOSE_S", 0.05)

    async def scenario() -> None:
        with serving() as queue, queue.place() as place:
            stuck = asyncio.wrap_future(place.submit(network, numbered(100)))
            await until(lambda: network.hanging)
            await asyncio.to_thread(queue.close)
            with pytest.raises(NotReady):
                await stuck
            network.let_go.set()

    run(scenario())


class Slow:
    """A classifier whose passes hang for photos that are mostly red; its probe hangs when it is told to."""

    def __init__(self, inner: Classifier) -> None:
        self.bundle, self.spec, self.provider, self.prepare = inner.bundle, inner.spec, inner.provider, inner.prepare
        self._inner = inner
        self.let_go = threading.Event()
        self.probes_hang = False
        self.probes = 0

    def answer(self, batch: Any, alone: bool = True) -> Any:
        if any(one.pixels[..., 0].mean() > 128 for one in batch):
            assert self.let_go.wait(WAIT_S)
        return self._inner.answer(batch, alone)

    def probe(self) -> None:
        self.probes += 1
        if self.probes_hang:
            assert self.let_go.wait(WAIT_S)


@pytest.fixture
def slow(classifier: Classifier) -> Iterator[Slow]:
    made = Slow(classifier)
    yield made
    made.let_go.set()


def explain(client: TestClient, colour: tuple[int, int, int], **fields: str) -> Any:
    return client.post(EXPLANATIONS, files={"image": ("a.jpg", picture(colour))}, data=fields)


def test_a_photo_that_hangs_in_the_network_is_a_504_and_the_next_is_answered(
    make_client: ClientMaker, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "WATCH_EVERY_S", 0.05)
    client = make_client(classifiers=[slow], explanation_timeout_s=0.3, inference_workers=1, queue_size=1)
    for store in ("true", "false"):
        answer = explain(client, RED, store=store)
        assert answer.status_code == 504, answer.text
        assert "did not come in time" in answer.json()["detail"]
    explainer = client.app.state.explainer  # type: ignore[attr-defined]
    queue = explainer._admission._queue
    run(until(lambda: not queue._line.running))
    explainer._explanation_timeout_s = queue.pass_limit_s = WAIT_S
    assert explain(client, BLUE).status_code == 201
    assert [item["top"]["label"] for item in client.get(EXPLANATIONS).json()["items"]] == ["blue"]


def test_what_hangs_too_often_is_not_ready_and_refused_at_once(
    make_client: ClientMaker, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "WATCH_EVERY_S", 0.05)
    client = make_client(classifiers=[slow], explanation_timeout_s=0.3, inference_workers=1, queue_size=9)
    for _ in range(batching.STUCK_AT_MOST):
        assert client.get("/readyz").status_code == 200
        assert explain(client, RED, store="false").status_code == 504
        queue = client.app.state.explainer._admission._queue  # type: ignore[attr-defined]
        run(until(lambda: not queue._line.running))  # noqa: B023 - awaited within the round
    for answer in (client.get("/readyz"), explain(client, BLUE), explain(client, RED)):
        assert answer.status_code == 503
        assert "started anew" in answer.json()["detail"]
    assert client.get("/healthz").status_code == 200


def test_a_probe_that_hangs_is_not_ready_and_costs_one_thread(
    make_client: ClientMaker, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "DEADLINE_S", 0.05)
    client = make_client(classifiers=[slow])
    before, slow.probes_hang = slow.probes, True
    for _ in range(5):
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "in time" in answer.json()["detail"]
    assert slow.probes == before + 1
    slow.let_go.set()
    slow.probes_hang = False
    end = time.monotonic() + WAIT_S
    while client.get("/readyz").status_code != 200:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_network_that_loops_for_ever_is_ended_and_its_import_refused(
    make_client: ClientMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "WATCH_EVERY_S", 0.05)
    client = make_client(explanation_timeout_s=0.5)
    path = make_bundle(tmp_path, name="endless")
    loop_for_ever(path)
    files = {"archive": ("endless.zip", packed(path), "application/zip")}
    answer = client.post("/api/v1/models", files=files)
    assert answer.status_code == 422
    assert "could not answer" in answer.json()["detail"]
