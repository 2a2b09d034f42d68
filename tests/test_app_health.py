from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.errors import SHUTTING_DOWN
from model.classifier import Classifier
from model.errors import InferenceError
from tests.conftest import ClientMaker
from tests.pictures import picture

EXPLANATIONS = "/api/v1/explanations"


class Changed:
    """A classifier whose answers go wrong in one way."""

    def __init__(self, inner: Classifier, **wrong: Any) -> None:
        self.bundle, self.spec, self.provider = inner.bundle, inner.spec, inner.provider
        self._inner, self._wrong, self.prepare = inner, wrong, inner.prepare

    def answer(self, batch: Any, alone: bool = True) -> Any:
        return [replace(explanation, **self._wrong) for explanation in self._inner.answer(batch, alone)]

    def probe(self) -> None:
        raise InferenceError("the probe is answered wrongly")


def test_alive_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json() == {"status": "ready"}
    assert "camscope_ready 1.0\n" in client.get("/metrics").text


def test_not_ready_without_a_model(make_client: ClientMaker) -> None:
    client = make_client(classifiers=[])
    assert client.get("/healthz").status_code == 200
    assert "camscope_ready NaN\n" in client.get("/metrics").text
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "no model" in answer.json()["detail"]
    assert "camscope_ready 0.0\n" in client.get("/metrics").text
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


def test_a_network_that_gives_no_answer_is_told_in_the_log(
    make_client: ClientMaker, classifier: Classifier, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(classifiers=[Changed(classifier, logits=np.full(5, np.nan, np.float32))])
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())})
    faults = [record.getMessage() for record in caplog.records if record.name == "camscope.faults"]
    assert len(faults) == 1
    assert answer.headers["x-request-id"] in faults[0]
    assert "not finite" in faults[0]


@pytest.mark.parametrize("store", ["true", "false"])
@pytest.mark.parametrize("part", ["_uploads", "_queue", "_thread", "_store"])
def test_whatever_has_been_closed_already_a_request_is_told_that_the_server_ends(
    client: TestClient, part: str, store: str
) -> None:
    explainer = client.app.state.explainer  # type: ignore[attr-defined]
    closed = explainer._admission._queue if part == "_queue" else getattr(explainer, part)
    if part == "_store":
        closed._intake.close()
    else:
        (closed.shutdown if part == "_thread" else closed.close)()
    answer = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, data={"store": store})
    if part == "_store" and store == "false":
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["detail"]) == (503, SHUTTING_DOWN)
