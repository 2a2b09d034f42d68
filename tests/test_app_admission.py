"""Places are kept from headers to answer, and nobody holds one by sending slowly."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request

from app import admission
from app.admission import STATE, Admission, Reservation
from app.batching import LONGEST_SPREAD_S, InferenceQueue
from app.config import Settings
from app.errors import Busy
from model.classifier import Classifier
from tests.conftest import ClientMaker
from tests.pictures import picture
from tests.queueing import run, until
from tests.served import answer, is_closed
from tests.served import until as wait_until
from tests.test_app_protocol import POST, Door, form, opened, upload
from tests.test_app_uploads import Held

PAGE = POST.replace(b"/api/v1", b"") + b"Accept: text/html\r\n"


def admitted(size: int) -> tuple[Admission, InferenceQueue]:
    queue, entry = InferenceQueue(size), Admission()
    entry.open(queue)
    return entry, queue


def request(reservation: Reservation | None) -> Request:
    state = {} if reservation is None else {STATE: reservation}
    return Request({"type": "http", "headers": [], "state": state})


def test_reservations_and_places_share_the_room() -> None:
    entry, queue = admitted(1)
    with queue.place():
        kept = entry.reserve()
        with pytest.raises(Busy) as refusal:
            entry.reserve()
        assert int(refusal.value.headers["Retry-After"]) >= 1
        kept.release()
        kept.release()
        assert entry.reserved == 0
        entry.reserve()
    entry.reserve()
    with pytest.raises(Busy):
        entry.reserve()


def test_an_old_reservation_makes_room_and_its_owner_waits_for_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        entry, queue = admitted(0)
        slow = entry.reserve()
        monkeypatch.setattr(admission, "RESERVED_S", 0.0)
        quick = entry.reserve()
        entered: list[str] = []

        async def hold(name: str, reservation: Reservation, leave: asyncio.Event) -> None:
            async with entry.place(request(reservation)):
                entered.append(name)
                await leave.wait()

        leave = asyncio.Event()
        first = asyncio.create_task(hold("quick", quick, leave))
        await until(lambda: entered)
        second = asyncio.create_task(hold("slow", slow, leave))
        await until(lambda: entry._waiting)
        with pytest.raises(Busy):
            entry.reserve()
        leave.set()
        await asyncio.gather(first, second)
        assert entered == ["quick", "slow"]
        assert (queue.depth, entry.reserved, len(entry._waiting)) == (0, 0, 0)

    run(scenario())


def test_who_waits_for_a_place_is_told_when_there_comes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "LATE_WAIT_S", 0.05)

    async def scenario() -> None:
        entry, queue = admitted(0)
        late = entry.reserve()
        late.release()
        with queue.place(), pytest.raises(Busy):
            async with entry.place(request(late)):
                pass
        assert not entry._waiting

    run(scenario())


def test_without_a_reservation_nobody_waits() -> None:
    async def scenario() -> None:
        entry, queue = admitted(0)
        with queue.place(), pytest.raises(Busy):
            async with entry.place(request(None)):
                pass

    run(scenario())


def test_those_who_are_refused_are_told_to_come_one_after_the_other() -> None:
    queue = InferenceQueue(9)
    queue._forward_s = 0.5
    told = [int(queue.busy().headers["Retry-After"]) for _ in range(200)]
    assert told[:4] == [1, 1, 2, 2]
    assert told == sorted(told)
    assert LONGEST_SPREAD_S <= told[-1] <= LONGEST_SPREAD_S + 1


class FullDoor(Door):
    """A server with all places taken until told otherwise."""

    held: Held


@contextlib.contextmanager
def full(settings: Settings, classifier: Classifier) -> Iterator[FullDoor]:
    held = Held(classifier)
    with opened(settings, held, queue_size=1) as door, contextlib.ExitStack() as stack:
        door.held = held  # type: ignore[attr-defined]
        body = form(picture(kind="PNG"))
        lines = [stack.enter_context(door.connection()) for _ in range(2)]
        for number, line in enumerate(lines):
            line.sendall(upload(form(picture((number, 0, 0), kind="PNG"))))
        assert held.asked.acquire(timeout=20)
        wait_until(lambda: "camscope_queue_depth 2.0" in door.metrics)
        yield door  # type: ignore[misc]
        held.may_answer.set()
        assert [answer(line)[0] for line in lines] == [201, 201]
        lines[0].sendall(upload(body))
        assert answer(lines[0])[0] == 201
        assert door.app.state.admission.reserved == 0


def test_a_full_queue_refuses_before_the_body_and_the_connection_goes_on(
    settings: Settings, classifier: Classifier
) -> None:
    with full(settings, classifier) as door, door.connection() as line:
        body = form(picture(kind="PNG") + bytes(1_000_000))
        line.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body))
        status, headers, said = answer(line)
        assert status == 429
        assert int(headers["retry-after"]) >= 1
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(said)["request_id"] == headers["x-request-id"]
        assert "connection" not in headers
        line.sendall(body)
        door.held.may_answer.set()
        wait_until(lambda: "camscope_queue_depth 0.0" in door.metrics)
        line.sendall(upload(body))
        assert answer(line)[0] == 201
        assert 'reason="Busy"} 1.0' in door.metrics
        assert 'route="/api/v1/explanations",status="429"} 1.0' in door.metrics


def test_who_asks_before_sending_is_spared_the_sending(settings: Settings, classifier: Classifier) -> None:
    with full(settings, classifier) as door, door.connection() as line:
        line.sendall(POST + b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n")
        status, headers, _ = answer(line)
        assert (status, headers["connection"]) == (429, "close")
        assert is_closed(line)


def test_a_person_gets_the_refusal_as_a_page_unless_many_do(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full(settings, classifier) as door:
        page, problem = "text/html; charset=utf-8", "application/problem+json"
        for kind, pages in ((page, 20), (page, 0.1), (problem, 0.1)):
            monkeypatch.setattr(admission, "PAGES_PER_S", pages)
            with door.connection() as line:
                line.sendall(PAGE + b"Content-Length: 100000\r\n\r\n" + bytes(100_000))
                status, headers, _ = answer(line)
                assert (status, headers["content-type"]) == (429, kind)
                assert int(headers["retry-after"]) >= 1


def test_refusals_without_a_page_put_off_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    entry, _ = admitted(0)
    drawn = [entry._may_draw() for _ in range(1000)]
    assert 1 <= sum(drawn) <= 2 * admission.PAGES_PER_S * (1 + admission.PAGES_AHEAD_S)
    now = admission.time.monotonic()
    monkeypatch.setattr(admission.time, "monotonic", lambda: now + 2 * admission.PAGES_AHEAD_S)
    assert entry._may_draw()


def test_who_waits_is_overtaken_by_nobody() -> None:
    async def scenario() -> None:
        entry, queue = admitted(0)
        entered: list[int] = []
        leave = [asyncio.Event() for _ in range(5)]

        async def hold(number: int) -> None:
            async with entry.place(request(Reservation(entry, 0.0))):
                entered.append(number)
                await leave[number].wait()

        tasks = [asyncio.create_task(hold(number)) for number in range(4)]
        await until(lambda: len(entry._waiting) == 3)
        late = Reservation(entry, 0.0)
        entry._reserved[late] = None
        late.release()  # frees no place, and so changes nobody's turn
        leave[0].set()
        tasks.append(asyncio.create_task(hold(4)))  # comes in the very moment in which a place is free
        for one in leave[1:]:
            await asyncio.sleep(0.01)
            one.set()
        await asyncio.gather(*tasks)
        assert entered == [0, 1, 2, 3, 4]
        assert (queue.depth, len(entry._waiting)) == (0, 0)

    run(scenario())


def test_requests_behind_each_other_are_refused_and_answered_in_their_order(
    settings: Settings, classifier: Classifier
) -> None:
    with full(settings, classifier) as door, door.connection() as line:
        body = form(picture())
        line.sendall(upload(body) + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + upload(body))
        assert [answer(line)[0] for _ in range(3)] == [429, 200, 429]


@pytest.mark.parametrize("when", ["headers", "body", "answer"])
def test_a_client_that_leaves_leaves_nothing(settings: Settings, classifier: Classifier, when: str) -> None:
    held = Held(classifier)
    with opened(settings, held, queue_size=1) as door:
        body = form(picture(kind="PNG"))
        sent = {"headers": 0, "body": 50, "answer": len(body)}[when]
        for _ in range(5):
            with door.connection() as line:
                line.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body[:sent])
                if when == "answer":
                    wait_until(lambda: "camscope_queue_depth 1.0" in door.metrics)
                else:
                    wait_until(lambda: door.app.state.admission.reserved == 1)
            wait_until(lambda: not door.app.state.admission.reserved)
            wait_until(lambda: "camscope_queue_depth 0.0" in door.metrics)
        held.may_answer.set()
        with door.connection() as line:
            line.sendall(upload(body))
            assert answer(line)[0] == 201


def test_served_by_another_server_a_full_queue_refuses_too(make_client: ClientMaker, classifier: Any) -> None:
    held = Held(classifier)
    client = make_client(classifiers=[held], queue_size=0)
    thread = threading.Thread(
        target=lambda: client.post("/api/v1/explanations", files={"image": ("a", picture(kind="PNG"))})
    )
    thread.start()
    try:
        assert held.asked.acquire(timeout=20)
        for accept, kind in (("*/*", "application/problem+json"), ("text/html", "text/html; charset=utf-8")):
            refused = client.post("/explanations", files={"image": ("a", b"no picture")}, headers={"accept": accept})
            assert (refused.status_code, refused.headers["content-type"]) == (429, kind)
    finally:
        held.may_answer.set()
        thread.join(20)
    assert client.app.state.admission.reserved == 0  # type: ignore[attr-defined]
