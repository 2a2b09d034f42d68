import asyncio
import errno
import json
import logging
import os
import re

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from app.errors import SHUTTING_DOWN
from app.metrics import Metrics
from app.telemetry import Telemetry
from tests.pictures import picture

EXPLANATIONS = "/api/v1/explanations"


def test_metrics_count_requests_by_route_and_stages(client: TestClient) -> None:
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    client.get(answer.headers["location"])
    client.get("/a/path/of/nobody")
    client.request("BREW", "/")
    text = client.get("/metrics").text
    for line in (
        r'camscope_requests_total\{method="POST",route="/api/v1/explanations",status="201"\} 1\.0',
        r'camscope_requests_total\{method="GET",route="/api/v1/explanations/\{explanation_id\}",status="200"\} 1\.0',
        r'camscope_requests_total\{method="GET",route="unmatched",status="404"\} 1\.0',
        r'camscope_stage_seconds_count\{stage="forward"\} 1\.0',
        r'camscope_explanations_total\{kept="true",source="computed"\} 1\.0',
        r'camscope_refusals_total\{reason="WrongRequest"\} 2\.0',
        r"camscope_queue_depth 0\.0",
    ):
        assert re.search(line, text), line
    assert "nobody" not in text
    assert "BREW" not in text


def test_an_explanation_is_counted_when_it_is_given(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def ask(**data: str) -> int:
        return client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, data=data).status_code

    with monkeypatch.context() as patch:
        patch.setattr("app.folders.write_unsynced", full)
        assert ask() == 507
    assert [ask(), ask(), ask(store="false")] == [201, 201, 200]
    counts = re.findall(r"camscope_explanations_total(\S+) (\S+)", client.get("/metrics").text)
    assert sorted(counts) == [
        ('{kept="false",source="computed"}', "1.0"),
        ('{kept="true",source="computed"}', "1.0"),
        ('{kept="true",source="found"}', "1.0"),
    ]


def test_each_request_is_one_log_line_without_names_or_queries(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "camscope"):
        answer = client.post(f"{EXPLANATIONS}?secret=1", files={"image": ("my-secret-name.jpg", picture())})
        client.get(answer.headers["location"])
    lines = [record for record in caplog.records if record.name == "camscope.requests"]
    assert len(lines) == 2
    for line in lines:
        assert "secret" not in line.getMessage()
        assert answer.json()["id"] not in line.getMessage()
    facts = lines[0].facts  # type: ignore[attr-defined]
    assert facts["request_id"] == answer.headers["x-request-id"]
    assert facts | {"ms": 0} == {
        "request_id": facts["request_id"], "method": "POST", "route": EXPLANATIONS, "status": 201, "ms": 0,
    }  # fmt: skip
    details = lines[0].details  # type: ignore[attr-defined]
    assert details["body_bytes"] > len(picture())
    stages = details["stages_ms"]
    assert list(stages) == ["receive", "decode", "queue", "forward", "cam", "store"]
    assert sum(stages.values()) <= facts["ms"] + 1


def test_a_clients_request_id_is_kept_where_it_is_harmless(client: TestClient) -> None:
    assert client.get("/healthz", headers={"x-request-id": "abc-123"}).headers["x-request-id"] == "abc-123"
    for bad in ("x" * 65, "with space", "new\\nline", "<b>"):
        assert client.get("/healthz", headers={"x-request-id": bad}).headers["x-request-id"] != bad
    ids = {client.get("/healthz").headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3


def test_a_fault_is_logged_once_with_its_traceback(
    client: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the cause")

    monkeypatch.setattr(client.app.state.explainer, "history", broken)  # type: ignore[attr-defined]
    answer = client.get(EXPLANATIONS)
    faults = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(faults) == 1
    assert answer.json()["request_id"] in faults[0].getMessage()
    assert "the cause" in caplog.text


def test_a_broken_error_page_still_gives_an_answer(client: TestClient) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the page")

    client.app.state.error_page = broken  # type: ignore[attr-defined]
    answer = client.get("/nowhere", headers={"accept": "text/html"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"


def test_who_still_waits_when_the_server_ends_is_told_so() -> None:
    async def given_up(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/api/v1/models", "headers": []}
    asyncio.run(Telemetry(given_up, Metrics())(scope, receive, send))
    assert sent[0]["status"] == 503
    assert json.loads(sent[1]["body"])["detail"] == SHUTTING_DOWN
    assert b"x-request-id" in dict(sent[0]["headers"])
