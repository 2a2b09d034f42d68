import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from app import limits
from app.limits import FORM_OVERHEAD_BYTES, BodyLimit, Upload
from tests.conftest import ClientMaker
from tests.pictures import picture

EXPLANATIONS = "/api/v1/explanations"
LIMIT = 1000


async def reading_app(scope: Scope, receive: Receive, send: Send) -> None:
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def ask(chunks: list[bytes], length: str | None, app: Any = reading_app) -> tuple[list[Message], int]:
    """The messages that come back, and how many chunks were taken."""
    headers = [] if length is None else [(b"content-length", length.encode())]
    scope = {"type": "http", "method": "POST", "path": "/api/", "query_string": b"", "headers": headers, "state": {}}
    sent: list[Message] = []
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        if taken > len(chunks):
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunks[taken - 1], "more_body": taken < len(chunks)}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(BodyLimit(app, LIMIT)(scope, receive, send))
    return sent, taken


def test_a_body_of_exactly_the_limit_passes() -> None:
    size = LIMIT + FORM_OVERHEAD_BYTES
    sent, _ = ask([bytes(size)], str(size))
    assert sent[0]["status"] == 200
    assert ask([bytes(size - 1), b"x"], None)[0][1]["body"] == str(size).encode()


def test_an_announced_body_is_refused_before_the_app_is_asked() -> None:
    def never(*_: object) -> None:
        raise AssertionError

    sent, _ = ask([b"x"], str(LIMIT + FORM_OVERHEAD_BYTES + 1), never)
    assert sent[0]["status"] == 413
    assert (b"connection", b"close") in sent[0]["headers"]


def test_a_streamed_body_is_refused_when_it_gets_too_long() -> None:
    sent, taken = ask([bytes(LIMIT + FORM_OVERHEAD_BYTES), b"x", b"rest"], None)
    assert [message.get("status") for message in sent if "status" in message] == [413]
    assert taken == 3


def test_a_body_longer_than_announced_is_refused() -> None:
    sent, _ = ask([bytes(LIMIT + FORM_OVERHEAD_BYTES), b"x"], "5")
    assert sent[0]["status"] == 413


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", "٣", ""])
def test_a_length_that_is_no_number_is_malformed(length: str) -> None:
    headers = [(b"content-length", length.encode())]
    scope = {"type": "http", "method": "POST", "path": "/api/", "query_string": b"", "headers": headers, "state": {}}
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(BodyLimit(reading_app, LIMIT)(scope, None, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 400


def test_the_answer_comes_first_and_what_is_still_sent_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    scope = {
        "type": "http", "method": "POST", "path": "/api/", "query_string": b"", "state": {},
        "headers": [(b"content-length", b"99999999")],
    }  # fmt: skip

    async def receive() -> Message:
        order.append("read")
        return {"type": "http.request", "body": b"x", "more_body": order.count("read") < 5}

    async def send(message: Message) -> None:
        order.append(message["type"])

    asyncio.run(BodyLimit(reading_app, LIMIT)(scope, receive, send))
    assert order == ["http.response.start", "http.response.body", *["read"] * 5, "http.response.body"]


def test_a_client_that_stops_sending_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LINGER_IDLE_S", 0.01)
    scope = {
        "type": "http", "method": "POST", "path": "/api/", "query_string": b"", "state": {},
        "headers": [(b"content-length", b"99999999")],
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(asyncio.wait_for(BodyLimit(reading_app, LIMIT)(scope, receive, send), 5))
    assert sent[-1].get("more_body", False) is False


def test_a_photo_of_exactly_the_limit_is_taken_one_byte_more_is_not(make_client: ClientMaker) -> None:
    photo = picture(size=(300, 200), kind="BMP")
    client = make_client(max_upload_mb=len(photo) / 2**20)
    assert client.post(EXPLANATIONS, files={"image": ("a.bmp", photo)}).status_code == 201
    answer = client.post(EXPLANATIONS, files={"image": ("a.bmp", photo + b"\0")})
    assert answer.status_code == 413
    assert "MB" in answer.json()["detail"]


def test_a_page_says_413_too(make_client: ClientMaker) -> None:
    client = make_client(max_upload_mb=0.1)
    files = {"image": ("a.bmp", bytes(2**20))}
    answer = client.post("/explanations", files=files, headers={"accept": "text/html"})
    assert answer.status_code == 413
    assert answer.headers["content-type"].startswith("text/html")


def chunked(photo: bytes) -> Callable[[], Any]:
    return lambda: (photo[start : start + 65536] for start in range(0, len(photo), 65536))


def test_a_chunked_upload_that_is_too_long_is_refused(
    make_client: ClientMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LINGER_IDLE_S", 0.05)
    client = make_client(max_upload_mb=0.1)
    body = (
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n' + bytes(2**20) + b"\r\n--x--\r\n"
    )
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = client.post(EXPLANATIONS, content=chunked(body)(), headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_may_be_larger_is_told_by_its_whole_path() -> None:
    larger = Upload("At most {megabytes} MB.", 10 * LIMIT)
    limit = BodyLimit(reading_app, LIMIT, {re.compile("/api/[^/]+/archive"): larger})

    def status(path: str, size: int) -> int:
        headers = [(b"content-length", str(size).encode())]
        scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers, "state": {}}
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": bytes(size), "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        asyncio.run(limit(scope, receive, send))
        return int(sent[0]["status"])

    size = 10 * LIMIT + FORM_OVERHEAD_BYTES
    assert [status("/api/x/archive", size), status("/api/x/archive", size + 1)] == [200, 413]
    assert [status("/api/x/archive/", size), status("/x/api/x/archive", size)] == [413, 413]
