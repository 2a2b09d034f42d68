"""Schemathesis plays the OpenAPI document against the server, with every check it has."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import jsonschema_rs
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, strategies
from schemathesis.generation import GenerationMode

from app.config import Settings
from app.main import create_app
from app.version import VERSION
from model.classifier import Classifier
from tests import fake_trainer
from tests.pictures import picture
from tests.trainings import collect, ended, follow, start

METHODS = ("get", "post", "delete", "put", "patch")

OWNER = {"Camscope-Owner": "whose-all-of-this-is"}
PHOTOS = [picture(kind=kind) for kind in ("JPEG", "PNG", "GIF")]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, classifier: Classifier, bundle_path: Path) -> Iterator[FastAPI]:
    """A running server that has explained one photo and trained once."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("openapi"))
    app = create_app(settings, [classifier], fake_trainer.command(bundle_path, epochs=1))
    with TestClient(app):
        yield app


OPERATIONS = [
    "POST /api/v1/explanations", "GET /api/v1/explanations", "GET /api/v1/explanations/{explanation_id}",
    "DELETE /api/v1/explanations/{explanation_id}", "GET /api/v1/explanations/{explanation_id}/scores",
    "GET /api/v1/explanations/{explanation_id}/image", "GET /api/v1/explanations/{explanation_id}/thumbnail",
    "GET /api/v1/explanations/{explanation_id}/cams.npy", "GET /api/v1/explanations/{explanation_id}/heatmap.png",
    "GET /api/v1/explanations/{explanation_id}/comparison", "GET /api/v1/explanations/{explanation_id}/comparison.png",
    "GET /api/v1/models", "POST /api/v1/models", "GET /api/v1/models/{model_id}", "PATCH /api/v1/models/{model_id}",
    "DELETE /api/v1/models/{model_id}", "GET /api/v1/models/{model_id}/labels",
    "GET /api/v1/models/{model_id}/metrics", "GET /api/v1/models/{model_id}/report",
    "GET /api/v1/models/{model_id}/archive", "GET /healthz", "GET /readyz", "GET /metrics",
    "POST /api/v1/datasets", "GET /api/v1/datasets", "GET /api/v1/datasets/{dataset_id}",
    "DELETE /api/v1/datasets/{dataset_id}", "POST /api/v1/datasets/{dataset_id}/pictures",
    "POST /api/v1/datasets/{dataset_id}/archive", "DELETE /api/v1/datasets/{dataset_id}/classes/{label}",
    "PATCH /api/v1/datasets/{dataset_id}/classes/{label}", "POST /api/v1/trainings", "GET /api/v1/trainings",
    "GET /api/v1/trainings/{training_id}", "DELETE /api/v1/trainings/{training_id}",
    "POST /api/v1/trainings/{training_id}/cancel", "GET /api/v1/trainings/{training_id}/events",
]  # fmt: skip


@pytest.fixture(scope="module")
def explained(served: FastAPI) -> dict[str, str]:
    """Path parameters of what is there."""
    client = TestClient(served, headers=OWNER)
    answer = client.post("/api/v1/explanations", files={"image": ("a.jpg", PHOTOS[0])}).json()
    dataset_id = collect(client)
    training = follow(client, start(client, dataset=dataset_id)["url"], ended)
    return {
        "explanation_id": answer["id"],
        "model_id": answer["model"]["id"],
        "dataset_id": dataset_id,
        "training_id": training["id"],
        "label": "ants",
    }


@pytest.fixture(scope="module")
def schema(served: FastAPI) -> Any:
    accepted = {"positive_data_acceptance": {"expected-statuses": [200, 201, 204, 403, 404, 413, 415, 422]}}
    config = schemathesis.Config.from_dict({"checks": accepted})
    return schemathesis.openapi.from_asgi("/openapi.json", served, config=config)


NEGATABLE = [OPERATIONS[number] for number in (0, 1, 3, 5, 8, 9, 10, 14, 27, 28, 31, 34)]
MODES = [(operation, GenerationMode.POSITIVE) for operation in OPERATIONS]
MODES += [(operation, GenerationMode.NEGATIVE) for operation in NEGATABLE]  # what can be asked wrongly


@pytest.mark.parametrize(("operation", "mode"), MODES)
def test_the_server_keeps_its_document(
    schema: Any, explained: dict[str, str], operation: str, mode: GenerationMode
) -> None:
    method, path = operation.split()

    @hypothesis.settings(
        max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @hypothesis.given(
        case=schema[path][method].as_strategy(generation_mode=mode),
        photo=strategies.sampled_from([*PHOTOS, None]),
        known=strategies.booleans(),
    )
    def play(case: Any, photo: bytes | None, known: bool) -> None:
        if photo and isinstance(case.body, dict) and "image" in case.body:
            case.body["image"] = photo
        if known and method != "DELETE":
            case.path_parameters |= {name: value for name, value in explained.items() if name in case.path_parameters}
            if mode is GenerationMode.POSITIVE:
                case.headers = {**(case.headers or {}), **OWNER}
        if known and mode is GenerationMode.POSITIVE and "model" in (case.query or {}):
            case.query["model"] = explained["model_id"]
        case.call_and_validate()

    play()


def test_every_operation_is_played(served: FastAPI) -> None:
    assert sorted(name for name, _ in operations(served)) == sorted(OPERATIONS)


def operations(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    with TestClient(app) as client:
        document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield f"{method.upper()} {path}", operation


def test_every_operation_is_described_with_an_example_of_every_answer(served: FastAPI) -> None:
    found = dict(operations(served))
    assert len(found) >= 13
    for name, operation in found.items():
        assert operation["summary"], name
        assert operation["description"], name
        for status, answer in operation["responses"].items():
            assert answer["description"], (name, status)
            for media_type, content in answer.get("content", {}).items():
                if "json" in media_type:
                    assert content["example"], (name, status)
                    assert content["schema"], (name, status)
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (name, status)
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (name, parameter["name"])


def test_every_example_fits_its_schema(served: FastAPI) -> None:
    with TestClient(served) as client:
        document = client.get("/openapi.json").json()
    checked = 0
    for methods in document["paths"].values():
        for operation in methods.values():
            for answer in operation["responses"].values():
                for media_type, content in answer.get("content", {}).items():
                    if "json" in media_type:
                        whole = {**content["schema"], "components": document["components"]}
                        jsonschema_rs.validate(whole, content["example"])
                        checked += 1
    assert checked > 30


def test_the_document_names_product_and_version(served: FastAPI) -> None:
    with TestClient(served) as client:
        info = client.get("/openapi.json").json()["info"]
    assert (info["title"], info["version"]) == ("Camscope", VERSION)


def test_no_reference_leads_nowhere(served: FastAPI, tmp_path: Path) -> None:
    with TestClient(served) as client:
        answer = client.get("/openapi.json")
    names = set(re.findall(r'"#/components/schemas/(\w+)"', answer.text))
    assert names == set(answer.json()["components"]["schemas"])
