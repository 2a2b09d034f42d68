import json
import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.logs import JsonLines, configure
from model.classifier import Classifier
from model.errors import InferenceError
from tests.conftest import ClientMaker
from tests.pictures import picture

EXPLANATIONS = "/api/v1/explanations"


class Changed:
    """A classifier whose answers go wrong in one way."""

    def __init__(self, inner: Classifier, **wrong: Any) -> None:
        self.bundle, self.spec, self._inner, self._wrong = inner.bundle, inner.spec, inner, wrong

    def explain(self, photos: Any, scale: float = 1) -> Any:
        return [replace(explanation, **self._wrong) for explanation in self._inner.explain(photos, scale)]

    def probe(self) -> None:
        raise InferenceError("the probe is answered wrongly")


def test_alive_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_not_ready_without_a_model(make_client: ClientMaker) -> None:
    client = make_client(classifiers=[])
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "no model" in answer.json()["detail"]
    assert client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}).status_code == 503
    assert client.get("/").status_code == 200
    assert client.get("/api/v1/models").json() == {"items": []}


def test_not_ready_where_the_probe_is_answered_wrongly(make_client: ClientMaker, classifier: Classifier) -> None:
    answer = make_client(classifiers=[Changed(classifier)]).get("/readyz")
    assert answer.status_code == 503
    assert "probe" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["logits", "probabilities", "bias", "maps"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none_are_a_503_never_json(
    make_client: ClientMaker, classifier: Classifier, name: str, value: float
) -> None:
    shape = (5, 4, 6) if name == "maps" else (5,)
    client = make_client(classifiers=[Changed(classifier, **{name: np.full(shape, value, np.float32)})])
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    assert answer.status_code == 503
    assert client.get(EXPLANATIONS).json()["items"] == []


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


def test_a_network_that_gives_no_answer_is_told_in_the_log(
    make_client: ClientMaker, classifier: Classifier, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(classifiers=[Changed(classifier, logits=np.full(5, np.nan, np.float32))])
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    faults = [record.getMessage() for record in caplog.records if record.name == "camscope.faults"]
    assert len(faults) == 1
    assert answer.headers["x-request-id"] in faults[0]
    assert "not finite" in faults[0]


def test_a_broken_error_page_still_gives_an_answer(client: TestClient) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the page")

    client.app.state.error_page = broken  # type: ignore[attr-defined]
    answer = client.get("/nowhere", headers={"accept": "text/html"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"


def test_json_lines_hold_the_facts() -> None:
    record = logging.LogRecord("camscope.x", logging.INFO, "", 0, "hello %s", ("you",), None)
    record.facts = {"ms": 1.5}
    line = json.loads(JsonLines().format(record))
    assert line.pop("time")
    assert line == {"level": "info", "logger": "camscope.x", "message": "hello you", "ms": 1.5}


@pytest.mark.parametrize("form", ["text", "json"])
def test_configured_logging_writes_one_line(form: str, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    configure(settings.model_copy(update={"log_format": form, "log_level": "warning"}))
    logging.getLogger("camscope.requests").info("too quiet")
    logging.getLogger("camscope.requests").warning("heard")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "heard" in lines[0]


def test_no_space_on_the_disk_is_a_507(client: TestClient, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/secret/path")

    monkeypatch.setattr("app.folders._write", full)
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    assert answer.status_code == 507
    assert "/secret" not in answer.text
    assert not [path for path in Path(settings.data_dir / "explanations").rglob("*") if path.is_file()]
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, data={"store": "false"})
    assert answer.status_code == 200


def test_no_space_for_the_upload_itself_is_a_507(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("starlette.datastructures.UploadFile.write", full)
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    assert answer.status_code == 507
