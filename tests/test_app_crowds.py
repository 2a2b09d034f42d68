"""Clients that want more than their share: pipelines, crumbs, slow readers, strangers; and who goes on undisturbed."""

import asyncio
import contextlib
import errno
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send

from app import admission, connections, phases, protocol
from app.config import Settings
from app.errors import Busy
from app.main import create_app
from app.phases import MOST_PIECES, MOST_PIPELINED
from app.serving import CLOSING
from app.whole_files import WholeFiles
from model.classifier import Classifier
from tests.pictures import picture
from tests.served import answer, connected, is_closed, served, until
from tests.test_app_protocol import GET, LONG_S, NOWHERE, POST, Door, form, opened, upload

TOKEN = "a secret of some length".replace(" ", "-")
RIGHT = b"Authorization: Bearer " + TOKEN.encode() + b"\r\n"


def with_header(request: bytes, line: bytes) -> bytes:
    return request.replace(b"\r\n", b"\r\n" + line, 1)


def fill(app: FastAPI) -> None:
    """Reserve all places."""
    with contextlib.suppress(Busy):
        while True:
            app.state.admission.reserve()


@contextlib.contextmanager
def full(settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Iterator[Door]:
    """A server whose places are all reserved."""
    monkeypatch.setattr(admission, "RESERVED_S", LONG_S)
    with opened(settings, classifier, **changes) as door:
        fill(door.app)
        yield door


def test_so_many_requests_may_wait_behind_each_other_and_no_more(settings: Settings, classifier: Classifier) -> None:
    with opened(settings, classifier) as door:
        with door.connection() as line:
            for _ in range(2):
                line.sendall(GET * (MOST_PIPELINED + 1))
                assert {answer(line)[0] for _ in range(MOST_PIPELINED + 1)} == {200}
        with door.connection() as line:
            line.sendall(GET * 10 * MOST_PIPELINED)
            assert answer(line)[0] == 200
            assert is_closed(line)


def test_no_more_is_read_while_requests_wait_for_their_answers(settings: Settings, classifier: Classifier) -> None:
    app = create_app(settings, [classifier])
    come, go = asyncio.Event(), asyncio.Event()

    async def held() -> None:
        come.set()
        await go.wait()

    app.add_api_route("/held", held)
    with served(app, settings) as (server, port), connected(port) as line:
        line.sendall(GET.replace(b"healthz", b"held"))
        until(come.is_set)
        for _ in range(2):
            line.sendall(GET * (MOST_PIPELINED - 1))
            time.sleep(0.05)
        (one,) = server.server_state.connections
        assert len(one.pipeline) == MOST_PIPELINED - 1  # type: ignore[union-attr]
        one.loop.call_soon_threadsafe(go.set)  # type: ignore[union-attr]
        assert {answer(line)[0] for _ in range(1 + 2 * (MOST_PIPELINED - 1))} == {200}


def test_crumbs_are_no_body(settings: Settings, classifier: Classifier) -> None:
    with opened(settings, classifier) as door:
        for sent in (POST, NOWHERE):
            with door.connection() as line:
                line.sendall(sent + b"Transfer-Encoding: chunked\r\n\r\n")
                with contextlib.suppress(ConnectionError):
                    line.sendall(b"1\r\na\r\n" * 2 * MOST_PIECES)
                    assert answer(line)[0] in (400, 404)
                assert is_closed(line)
        with door.connection() as line:
            body = form(picture() + bytes(500_000))
            pieces = [body[start : start + 100] for start in range(0, len(body), 100)]
            assert len(pieces) > MOST_PIECES
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
            line.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
            assert answer(line)[0] == 201


def test_what_follows_a_body_is_no_header(settings: Settings, classifier: Classifier) -> None:
    app = create_app(settings, [classifier])

    async def names(request: Request) -> list[str]:
        await request.body()
        return list(request.headers)

    app.add_api_route("/names", names, methods=["POST"])
    with served(app, settings) as (_, port), connected(port) as line:
        line.sendall(b"POST /names HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n")
        line.sendall(b"Camscope-Owner: somebody-else-altogether\r\n\r\n")
        assert json.loads(answer(line)[2]) == ["host", "transfer-encoding"]


def reader(port: int, room: int) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    line.connect(("127.0.0.1", port))
    line.settimeout(20)
    line.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    return line


@pytest.mark.parametrize(("piece", "is_let_go"), [(500, True), (65_536, False)])
def test_who_takes_an_answer_in_crumbs_is_let_go_and_a_slow_reader_is_not(
    settings: Settings, classifier: Classifier, piece: int, is_let_go: bool
) -> None:
    app = create_app(settings, [classifier])
    app.add_api_route("/large", lambda: StreamingResponse(bytes(100_000) for _ in range(1000)))
    changed = settings.model_copy(update={"answer_timeout_s": 1.0})
    with served(app, changed) as (server, port), reader(port, 8 * piece) as line:
        until(lambda: server.server_state.connections)
        end = time.monotonic() + (20 if is_let_go else 3)
        while server.server_state.connections and time.monotonic() < end:
            left = piece
            with contextlib.suppress(ConnectionError):
                while left and (said := line.recv(left)):
                    left -= len(said)
            time.sleep(0.02)
        assert bool(server.server_state.connections) != is_let_go


def with_token(settings: Settings) -> Settings:
    return settings.model_copy(update={"token": SecretStr(TOKEN)})


@pytest.mark.parametrize("proxies", [(), ("127.0.0.1/32",)])
def test_strangers_are_told_so_whether_the_queue_is_full_or_not(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch, proxies: tuple[str, ...]
) -> None:
    monkeypatch.setattr(protocol, "REFUSED_PAUSE_S", 0.01)
    request = upload(form(picture()))
    with full(with_token(settings), classifier, monkeypatch, trusted_proxies=proxies) as door:
        with door.connection() as line:
            for header, status in ((b"", 401), (RIGHT.replace(b"-", b"+"), 401), (RIGHT, 429)):
                line.sendall(with_header(request, header))
                assert answer(line)[0] == status
        with door.connection() as line:
            line.sendall(with_header(request, RIGHT + b"Sec-Fetch-Site: cross-site\r\n"))
            assert answer(line)[0] == 403


def test_right_tokens_are_told_from_wrong_ones_by_nobody_who_guesses_on(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = upload(form(picture()))
    with full(with_token(settings), classifier, monkeypatch) as door, door.connection() as line:
        said = []
        for header in [RIGHT.replace(b"-", b"+")] * 11 + [RIGHT]:
            line.sendall(with_header(request, header))
            said.append(answer(line))
        assert [status for status, _, _ in said] == [401] * 10 + [429] * 2
        assert all("wrong tokens" in json.loads(body)["detail"] for _, _, body in said[10:])


def test_strangers_cut_off_no_upload(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phases, "SLOW_AFTER_S", 0.0)
    request = upload(form(picture() + bytes(100_000)))
    with opened(with_token(settings), classifier, max_uploads=1) as door, door.connection() as slow:
        sent = with_header(request, RIGHT)
        slow.sendall(sent[:500])
        until(lambda: door.app.state.admission.reserved)
        with door.connection() as stranger:
            stranger.sendall(request)
            assert answer(stranger)[0] == 401
        slow.sendall(sent[500:])
        assert answer(slow)[0] == 201


def test_a_refusal_ends_the_connection_where_it_says_so_and_says_so_once(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(settings, [classifier])
    monkeypatch.setattr(admission, "RESERVED_S", LONG_S)
    with served(app, settings) as (server, port):
        server.config.encoded_headers.append(CLOSING)
        server.server_state.default_headers = [*server.server_state.default_headers, CLOSING]
        fill(app)
        for extra in (b"", b"Connection: close\r\n"):
            with connected(port) as line:
                line.sendall(with_header(upload(form(picture())), extra))
                said = b""
                while piece := line.recv(65536):
                    said += piece
                assert said.startswith(b"HTTP/1.1 429")
                assert said.lower().count(b"connection: close") == 1


def test_a_proxy_is_listened_to_after_a_refusal(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "REFUSED_PAUSE_S", LONG_S)
    proxies = ("10.0.0.0/8", "127.0.0.1/32")
    with full(settings, classifier, monkeypatch, trusted_proxies=proxies) as door, door.connection() as line:
        line.sendall(upload(form(picture())) + GET)
        assert [answer(line)[0] for _ in range(2)] == [429, 200]
        line.sendall(GET)
        assert answer(line)[0] == 200


def test_refusals_are_counted_and_not_timed(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full(settings, classifier, monkeypatch) as door, door.connection() as line:
        line.sendall(upload(form(picture())))
        assert answer(line)[0] == 429
        until(lambda: 'requests_total{method="POST",route="/api/v1/explanations",status="429"} 1.0' in door.metrics)
        assert 'request_seconds_count{method="POST",route="/api/v1/explanations"}' not in door.metrics


def test_slow_small_bodies_shut_nobody_out(
    settings: Settings, classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phases, "SLOW_AFTER_S", 0.1)
    monkeypatch.setattr(connections, "YOUNG_S", LONG_S)
    with opened(settings, classifier, max_connections=2) as door, contextlib.ExitStack() as stack:
        slow = [stack.enter_context(door.connection()) for _ in range(2)]
        for line in slow:
            line.sendall(upload(form(picture()))[:300])
        until(lambda: door.app.state.admission.reserved == 2)
        time.sleep(0.3)
        with door.connection() as line:
            line.sendall(GET.replace(b"/healthz", b"/nowhere"))
            assert answer(line)[0] == 404
        slow[0].settimeout(0.5)
        slow[1].settimeout(0.5)
        told = []
        for line in slow:
            with contextlib.suppress(TimeoutError):
                told.append(answer(line)[0])
        assert told == [429]


@pytest.mark.parametrize("fails", [True, False])
def test_an_answer_begins_when_its_file_has_been_opened(fails: bool) -> None:
    said: list[Message] = []
    start: Message = {"type": "http.response.start", "status": 200, "headers": [(b"accept-ranges", b"bytes")]}

    async def file(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(start)
        if fails:
            raise OSError(errno.EMFILE, "too many")
        await send({"type": "http.response.body", "body": b"a"})

    async def send(message: Message) -> None:
        said.append(message)

    async def asked() -> None:
        with pytest.raises(OSError, match="too many") if fails else contextlib.nullcontext():
            await WholeFiles(file)({"type": "http", "headers": []}, None, send)  # type: ignore[arg-type]

    asyncio.run(asked())
    assert [message["type"] for message in said] == ([] if fails else ["http.response.start", "http.response.body"])
