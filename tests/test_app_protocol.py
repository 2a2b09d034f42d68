"""Slow, idle and broken clients over real connections, with small deadlines; and who goes on undisturbed."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from app import connections, phases, protocol
from app.config import Settings
from app.connections import Connections, most_connections
from app.main import create_app
from app.phases import announced_bytes
from app.security import HEADERS
from model.classifier import Classifier
from tests.pictures import picture
from tests.served import answer, connected, is_closed, served, until

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /api/v1/explanations HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
NOWHERE = b"POST /nowhere HTTP/1.1\r\nHost: x\r\n"
SHORT_S, LONG_S = 0.3, 60.0


class Door:
    """A server with deadlines of the test's own."""

    def __init__(self, app: FastAPI, port: int) -> None:
        self.app, self.port = app, port

    def connection(self) -> contextlib.AbstractContextManager[socket.socket]:
        return connected(self.port)

    @property
    def metrics(self) -> str:
        with self.connection() as line:
            line.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            return answer(line)[2].decode()


@contextlib.contextmanager
def opened(settings: Settings, classifier: Any, **changes: Any) -> Iterator[Door]:
    patient = dict.fromkeys(("headers_timeout_s", "idle_timeout_s", "body_timeout_s", "answer_timeout_s"), LONG_S)
    settings = settings.model_copy(update=patient | changes)
    app = create_app(settings, [classifier])
    with served(app, settings) as (_, port):
        yield Door(app, port)


def form(photo: bytes, name: bytes = b"image") -> bytes:
    before = b'--x\r\nContent-Disposition: form-data; name="' + name + b'"; filename="a"\r\n\r\n'
    return before + photo + b"\r\n--x--\r\n"


def upload(body: bytes) -> bytes:
    return POST + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_headers_that_do_not_end_are_answered_and_closed(settings: Settings, classifier: Classifier) -> None:
    with opened(settings, classifier, headers_timeout_s=SHORT_S) as door:
        for begun in (b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\r\n"):
            with door.connection() as line:
                line.sendall(begun)
                status, headers, body = answer(line)
                assert (status, headers["connection"]) == (408, "close")
                assert json.loads(body)["request_id"] == headers["x-request-id"]
                assert is_closed(line)
        assert 'reason="TooSlow"' in door.metrics


def test_trickling_headers_win_no_time(settings: Settings, classifier: Classifier) -> None:
    with opened(settings, classifier, headers_timeout_s=SHORT_S) as door, door.connection() as line:
        line.sendall(b"GET / HTTP/1.1\r\n")
        line.settimeout(0.05)
        end = time.monotonic() + 15
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError, OSError):
                line.sendall(b"a: b\r\n")
                if line.recv(1000):
                    break
        else:
            pytest.fail("nobody minded")


def test_a_connection_that_never_asks_is_closed_without_a_word(settings: Settings, classifier: Classifier) -> None:
    with opened(settings, classifier, headers_timeout_s=SHORT_S) as door, door.connection() as line:
        assert line.recv(1000) == b""


def test_a_connection_may_rest_between_requests_but_not_for_ever(settings: Settings, classifier: Classifier) -> None:
    with opened(settings, classifier, idle_timeout_s=1, headers_timeout_s=LONG_S) as door, door.connection() as line:
        for _ in range(2):
            line.sendall(GET)
            assert answer(line)[0] == 200
        assert line.recv(1000) == b""


def test_a_body_that_does_not_come_is_answered_and_its_place_is_free(
    settings: Settings, classifier: Classifier
) -> None:
    with opened(settings, classifier, body_timeout_s=SHORT_S, queue_size=1) as door:
        body = form(picture())
        for sent in (b"", body[:50]):
            with door.connection() as line:
                line.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body) + sent)
                status, headers, said = answer(line)
                assert (status, headers["connection"]) == (408, "close")
                assert json.loads(said)["status"] == 408
                assert is_closed(line)
        until(lambda: not door.app.state.admission.reserved)
        with door.connection() as line:
            line.sendall(upload(body))
            assert answer(line)[0] == 201
        assert 'route="/api/v1/explanations",status="408"} 2.0' in door.metrics


def test_a_long_body_lives_as_long_as_it_comes_on(settings: Settings, classifier: Classifier) -> None:
    quick = {"body_timeout_s": 2.0, "body_min_kb": 1}
    with opened(settings, classifier, **quick) as door, door.connection() as line:
        body = form(picture() + bytes(60_000))
        line.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body))
        pieces = [body[start : start + len(body) // 16 + 1] for start in range(0, len(body), len(body) // 16 + 1)]
        for piece in pieces:
            line.sendall(piece)
            time.sleep(0.2)
        assert len(pieces) * 0.2 > quick["body_timeout_s"]
        assert answer(line)[0] == 201


def test_who_takes_nothing_of_an_answer_is_let_go(
    settings: Settings, classifier: Classifier, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings, [classifier])
    app.add_api_route("/large", lambda: StreamingResponse([bytes(5_000_000)] * 4))
    changed = settings.model_copy(update={"answer_timeout_s": SHORT_S})
    with served(app, changed) as (server, port), connected(port) as line:
        line.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        assert line.recv(1)
        until(lambda: not server.server_state.connections)
        until(lambda: not server.server_state.tasks)
    assert not [record for record in caplog.records if record.exc_info]


def test_events_that_come_seldom_are_no_slow_reader(settings: Settings, classifier: Classifier) -> None:
    app = create_app(settings, [classifier])

    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.sleep(5 * SHORT_S)
        yield b"last"

    app.add_api_route("/silence", lambda: StreamingResponse(pieces()))
    short = dict.fromkeys(("headers_timeout_s", "idle_timeout_s", "body_timeout_s", "answer_timeout_s"), SHORT_S)
    with served(app, settings.model_copy(update=short)) as (_, port), connected(port) as line:
        line.sendall(b"GET /silence HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        said = b""
        while piece := line.recv(1000):
            said += piece
        assert said.endswith(b"4\r\nlast\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "broken",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET ?? HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nbad header: 1\r\n\r\n",
        b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        NOWHERE + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        NOWHERE + b"Content-Length: -1\r\n\r\n",
        NOWHERE + b"Content-Length: 99999999999999999999999\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_is_told_so_like_everything_else(
    settings: Settings, classifier: Classifier, broken: bytes
) -> None:
    with opened(settings, classifier) as door:
        with door.connection() as line:
            line.sendall(broken)
            status, headers, body = answer(line)
            assert (status, headers["connection"]) == (400, "close")
            assert headers["content-type"] == "application/problem+json"
            assert json.loads(body)["title"] == "Malformed request"
            assert headers.items() >= {name.lower(): value for name, value in HEADERS.items()}.items()
            assert "default-src 'self'" in headers["content-security-policy"]
            assert "server" not in headers
            assert is_closed(line)
        with door.connection() as line:
            line.sendall(GET)
            assert answer(line)[0] == 200


@pytest.mark.parametrize("where", ["address", "value", "name", "many", "unended", "trailer", "extension"])
def test_headers_have_an_end(settings: Settings, classifier: Classifier, where: str) -> None:
    long = b"x" * 40_000
    start = b"GET / HTTP/1.1\r\nHost: x\r\n"
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    request = {
        "address": b"GET /" + long + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        "value": start + b"a: " + long + b"\r\n\r\n",
        "name": start + long + b": a\r\n\r\n",
        "many": start + b"a: b\r\n" * 300 + b"\r\n",
        "unended": start + b"a: " + long,
        "trailer": b"0\r\na: " + long,
        "extension": b"1;" + long,
    }[where]
    with opened(settings, classifier) as door, door.connection() as line:
        if where in ("trailer", "extension"):
            line.sendall(chunked)
            until(lambda: door.app.state.admission.reserved)
        line.sendall(request)
        status, headers, _ = answer(line)
        assert (status, headers["connection"]) == (431, "close")
        assert is_closed(line)


def test_an_answer_is_not_cut_by_what_comes_behind_its_request(settings: Settings, classifier: Classifier) -> None:
    with opened(settings, classifier) as door, door.connection() as line:
        line.sendall(upload(form(picture())) + b"NONSENSE\r\n\r\n")
        assert answer(line)[0] == 201
        assert is_closed(line)


def test_an_upgrade_is_declined_and_answered_as_what_it_is(settings: Settings, classifier: Classifier) -> None:
    with opened(settings, classifier) as door:
        for wanted in (b"websocket", b"h2c"):
            with door.connection() as line:
                line.sendall(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: " + wanted + b"\r\n\r\n")
                assert answer(line)[0] == 200
                assert is_closed(line)


def test_the_longest_idle_connection_makes_room(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "YOUNG_S", 0.0)
    with opened(settings, classifier, max_connections=3) as door, contextlib.ExitStack() as stack:
        lines = [stack.enter_context(door.connection()) for _ in range(3)]
        lines[0].sendall(GET)
        assert answer(lines[0])[0] == 200  # so that the second is idle for the longest time
        with door.connection() as newcomer:
            newcomer.sendall(GET)
            assert answer(newcomer)[0] == 200
        assert lines[1].recv(1000) == b""
        lines[0].sendall(GET)
        assert answer(lines[0])[0] == 200


def test_beyond_all_room_health_is_answered_and_others_are_told_when_to_come(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "YOUNG_S", LONG_S)
    monkeypatch.setattr(connections, "RESERVE", 2)
    with opened(settings, classifier, max_connections=2) as door, contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(door.connection())
        for path in (b"/healthz", b"/readyz"):
            with door.connection() as line:
                line.sendall(GET.replace(b"/healthz", path))
                status, headers, _ = answer(line)
                assert (status, headers["connection"]) == (200, "close")
                assert is_closed(line)
        with door.connection() as line:
            line.sendall(GET.replace(b"/healthz", b"/"))
            status, headers, body = answer(line)
            assert (status, headers["connection"]) == (503, "close")
            assert int(headers["retry-after"]) >= 1
            assert json.loads(body)["title"] == "Too busy"
        reserve = [stack.enter_context(door.connection()) for _ in range(2)]
        with door.connection() as line:
            assert is_closed(reserve[0])
            for one in (line, reserve[1]):
                one.sendall(GET)
                assert answer(one)[0] == 200


def test_a_slow_body_makes_room_for_another_upload(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(settings, classifier, max_uploads=1) as door, door.connection() as slow:
        body = form(picture() + bytes(100_000))
        slow.sendall(upload(body)[:500])
        until(lambda: door.app.state.admission.reserved == 1)
        with door.connection() as line:
            line.sendall(upload(body))
            status, headers, _ = answer(line)
            assert status == 429
            assert headers["retry-after"] == "1"
            monkeypatch.setattr(phases, "SLOW_AFTER_S", 0.0)
            line.sendall(upload(body))
            assert answer(line)[0] == 201
        assert answer(slow)[0] == 429


def test_what_nobody_wants_is_read_and_the_connection_goes_on(settings: Settings, classifier: Classifier) -> None:
    with opened(settings, classifier) as door, door.connection() as line:
        for _ in range(2):
            line.sendall(NOWHERE + b"Content-Length: 3000000\r\n\r\n" + bytes(3_000_000))
            assert answer(line)[0] == 404


def test_what_nobody_wants_has_an_end(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "DROPPED_BYTES", 200_000)
    with opened(settings, classifier) as door, door.connection() as line:
        line.sendall(NOWHERE + b"Transfer-Encoding: chunked\r\n\r\n")
        assert answer(line)[0] == 404
        pieces = (b"10000\r\n" + bytes(65536) + b"\r\n" for _ in range(1000))
        with pytest.raises(ConnectionError):
            line.sendall(b"".join(pieces))


def test_the_limit_of_connections_heeds_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[tuple[int, int]] = [(1024, 1024)]
    monkeypatch.setattr(connections.resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(connections.resource, "setrlimit", lambda _, new: limits.append(new))
    assert most_connections(4096) == (1024 - connections.RESERVE - connections.OTHER_FILES) // 2
    assert most_connections(100) == 100
    limits.append((1024, 524_288))
    assert most_connections(4096) == 4096
    assert limits[-1] == (2 * 4096 + connections.RESERVE + connections.OTHER_FILES, 524_288)


def test_deadlines_are_looked_at_often_enough(settings: Settings) -> None:
    assert Connections(settings)._every_s == 1.0
    assert Connections(settings.model_copy(update={"headers_timeout_s": 0.4}))._every_s == pytest.approx(0.1)


def test_what_was_put_off_is_done_in_pieces_and_all_of_it(settings: Settings) -> None:
    async def scenario() -> list[int]:
        kept, loop = Connections(settings), asyncio.get_running_loop()
        done: list[int] = []
        for number in range(1000):
            kept.afterwards(partial(done.append, number), loop)
        most, before = 0, 0
        while len(done) < 1000:
            await asyncio.sleep(0)
            most, before = max(most, len(done) - before), len(done)
        assert most <= 1000 // connections.MOMENTS
        return done

    assert asyncio.run(asyncio.wait_for(scenario(), 20)) == list(range(1000))


def test_the_length_of_a_body_is_told_by_its_headers() -> None:
    assert announced_bytes([(b"host", b"x")]) == 0
    assert announced_bytes([(b"content-length", b"12")]) == 12
    assert announced_bytes([(b"transfer-encoding", b"chunked")]) == float("inf")
