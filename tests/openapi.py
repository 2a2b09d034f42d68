"""Schemathesis at an app of ours: what it is given to play with, and how it plays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, strategies
from pydantic import SecretStr
from schemathesis.generation import GenerationMode

from app.config import Settings
from app.main import create_app
from model.classifier import Classifier
from tests import fake_trainer
from tests.pictures import picture
from tests.trainings import collect, ended, follow, start

TOKEN = "the-token-of-the-documented-server"
OWNER = {"Camscope-Owner": "whose-all-of-this-is"}
PHOTOS = [picture(kind=kind) for kind in ("JPEG", "PNG", "GIF")]
OPERATIONS = [
    "POST /api/v1/explanations", "GET /api/v1/explanations", "GET /api/v1/explanations/{explanation_id}",
    "DELETE /api/v1/explanations/{explanation_id}", "GET /api/v1/explanations/{explanation_id}/scores",
    "GET /api/v1/explanations/{explanation_id}/image", "GET /api/v1/explanations/{explanation_id}/thumbnail",
    "GET /api/v1/explanations/{explanation_id}/cams.npy", "GET /api/v1/explanations/{explanation_id}/heatmap.png",
    "GET /api/v1/explanations/{explanation_id}/report.html", "GET /api/v1/explanations/{explanation_id}/cam.csv",
    "GET /api/v1/explanations/{explanation_id}/scores.csv",
    "GET /api/v1/explanations/{explanation_id}/comparison", "GET /api/v1/explanations/{explanation_id}/comparison.png",
    "GET /api/v1/explanations/{explanation_id}/regions",
    "POST /api/v1/explanations/{explanation_id}/counterfactuals",
    "POST /api/v1/explanations/{explanation_id}/counterfactuals/curve",
    "GET /api/v1/explanations/{explanation_id}/counterfactual.jpg",
    "GET /api/v1/explanations/{explanation_id}/scales", "POST /api/v1/explanations/{explanation_id}/scales",
    "GET /api/v1/explanations/{explanation_id}/scales/{scale}",
    "GET /api/v1/explanations/{explanation_id}/scales/{scale}/scores",
    "GET /api/v1/explanations/{explanation_id}/scales/{scale}/cams.npy",
    "GET /api/v1/explanations/{explanation_id}/channels",
    "GET /api/v1/learn/layers", "GET /api/v1/learn/activations.npy",
    "GET /api/v1/learn/features.npy", "GET /api/v1/learn/head.npy", "GET /api/v1/learn/shuffled",
    "GET /api/v1/learn/classes", "GET /api/v1/learn/covered", "GET /api/v1/learn/flattened",
    "GET /api/v1/learn/moved", "GET /api/v1/learn/moved/curves",
    "GET /api/v1/learn/sizes", "GET /api/v1/learn/heads",
    "GET /api/v1/panels", "GET /api/v1/panels.png",
    "GET /api/v1/models", "POST /api/v1/models", "GET /api/v1/models/{model_id}", "PATCH /api/v1/models/{model_id}",
    "DELETE /api/v1/models/{model_id}", "GET /api/v1/models/{model_id}/labels",
    "GET /api/v1/models/{model_id}/metrics", "GET /api/v1/models/{model_id}/report",
    "GET /api/v1/models/{model_id}/archive", "GET /healthz", "GET /readyz", "GET /metrics",
    "POST /api/v1/datasets", "GET /api/v1/datasets", "GET /api/v1/datasets/{dataset_id}",
    "DELETE /api/v1/datasets/{dataset_id}", "POST /api/v1/datasets/{dataset_id}/pictures",
    "POST /api/v1/datasets/{dataset_id}/archive", "DELETE /api/v1/datasets/{dataset_id}/classes/{label}",
    "PATCH /api/v1/datasets/{dataset_id}/classes/{label}", "POST /api/v1/trainings", "GET /api/v1/trainings",
    "GET /api/v1/trainings/{training_id}", "DELETE /api/v1/trainings/{training_id}",
    *(
        f"{method} /api/v1/evaluations{path}"
        for method, path in (
            ("POST", ""), ("GET", ""), ("GET", "/{evaluation_id}"), ("DELETE", "/{evaluation_id}"),
            ("POST", "/{evaluation_id}/cancel"), ("PUT", "/{evaluation_id}/pictures/{number}/marks"),
        )
    ),
    *(
        f"GET /api/v1/evaluations/{{evaluation_id}}/{part}"
        for part in (
            "metrics", "report.html", "pictures", "triage.csv", "evidence.json", "corrections.csv",
            "photos/{number}", "thumbnails/{number}", "maps/{number}.npy", "overlays/{number}.png",
        )
    ),
    "POST /api/v1/trainings/{training_id}/cancel", "GET /api/v1/trainings/{training_id}/events",
]  # fmt: skip


NEVER_WRONG = (  # whatever is sent, it is a possible id
    "GET /api/v1/explanations/{explanation_id}/scales",
    *(
        f"GET /api/v1/explanations/{{explanation_id}}{part}"
        for part in ("", "/scores", "/scores.csv", "/thumbnail", "/cams.npy")
    ),
    *(f"GET /api/v1/models/{{model_id}}{part}" for part in ("", "/labels", "/metrics", "/report", "/archive")),
    *(
        f"{method} /api/v1/evaluations{path}"
        for method, path in (
            ("GET", ""), ("GET", "/{evaluation_id}"), ("DELETE", "/{evaluation_id}"),
            ("GET", "/{evaluation_id}/metrics"),
            ("GET", "/{evaluation_id}/report.html"), ("POST", "/{evaluation_id}/cancel"),
            ("GET", "/{evaluation_id}/corrections.csv"),
        )
    ),
    "GET /api/v1/models", "DELETE /api/v1/models/{model_id}", "GET /healthz", "GET /readyz", "GET /metrics",
)  # fmt: skip
NEGATABLE = [operation for operation in OPERATIONS if operation not in NEVER_WRONG]


@pytest.fixture(scope="module")
def documented(
    tmp_path_factory: pytest.TempPathFactory, classifier: Classifier, bundle_path: Path
) -> Iterator[FastAPI]:
    """A running server."""
    folder = tmp_path_factory.mktemp("openapi")
    settings = Settings(data_dir=folder, training="on", change_models="on")  # under whatever name it is asked
    app = create_app(settings, [classifier], fake_trainer.command(bundle_path, epochs=1))
    with TestClient(app):
        yield app


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, classifier: Classifier) -> Iterator[FastAPI]:
    """A running server that asks for its token."""
    folder = tmp_path_factory.mktemp("guarded")
    settings = Settings(data_dir=folder, token=SecretStr(TOKEN), training="on", change_models="on")
    app = create_app(settings, [classifier])
    with TestClient(app):
        yield app


@pytest.fixture(scope="module")
def explained(documented: FastAPI) -> dict[str, str]:
    """Path parameters of what is there."""
    client = TestClient(documented, headers=OWNER, base_url="http://localhost")
    answer = client.post("/api/v1/explanations", files={"image": ("a.jpg", PHOTOS[0])}).json()
    dataset_id = collect(client)
    training = follow(client, start(client, dataset=dataset_id)["url"], ended)
    asked = {"dataset": dataset_id, "labels": "ants=red\nbees=green"}
    judged = client.post("/api/v1/evaluations", data=asked, files={"boxes": ("none", b"")}).json()
    evaluation = follow(client, judged["url"], ended)
    return {
        "explanation_id": answer["id"],
        "model_id": answer["model"]["id"],
        "dataset_id": dataset_id,
        "training_id": training["id"],
        "evaluation_id": evaluation["id"],
        "label": "ants",
    }


@pytest.fixture(scope="module")
def schema(documented: FastAPI) -> Any:
    """Its document."""
    return schema_of(documented)


def schema_of(app: FastAPI, headers: dict[str, str] | None = None) -> Any:
    """An app's document, as it answers who sends these headers."""
    accepted = {"positive_data_acceptance": {"expected-statuses": [200, 201, 204, 403, 404, 413, 415, 422]}}
    config = schemathesis.Config.from_dict({"checks": accepted})
    return schemathesis.openapi.from_asgi("/openapi.json", app, config=config, headers=headers or {})


def check_operation(
    schema: Any,
    known_ids: dict[str, str],
    operation: str,
    mode: GenerationMode,
    examples: int,
    headers: dict[str, str] | None = None,
) -> None:
    """Ask one operation rightly or wrongly, the same each time, and check every answer by the document."""
    method, path = operation.split()

    @hypothesis.settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @hypothesis.given(
        case=schema[path][method].as_strategy(generation_mode=mode),
        photo=strategies.sampled_from([*PHOTOS, None]),
        known=strategies.booleans(),
    )
    def played(case: Any, photo: bytes | None, known: bool) -> None:
        if photo and isinstance(case.body, dict) and "image" in case.body:
            case.body["image"] = photo
        if known and method != "DELETE":
            case.path_parameters |= {name: one for name, one in known_ids.items() if name in case.path_parameters}
            if mode is GenerationMode.POSITIVE:
                case.headers = {**(case.headers or {}), **OWNER}
        if known and mode is GenerationMode.POSITIVE and "model" in (case.query or {}) and known_ids:
            case.query["model"] = known_ids["model_id"]
        case.call_and_validate(headers=headers)

    played()
