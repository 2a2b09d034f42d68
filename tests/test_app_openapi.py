"""Schemathesis plays the OpenAPI document against the server, with every check it has."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from schemathesis.generation import GenerationMode

from app.version import VERSION
from tests.openapi import NEGATABLE, OPERATIONS, TOKEN, check_operation, schema_of

METHODS = ("get", "post", "delete", "put", "patch")
MODES = [(operation, GenerationMode.POSITIVE) for operation in OPERATIONS]
MODES += [
    (operation, GenerationMode.NEGATIVE) for operation in NEGATABLE[::2]
]  # all of them: tests/test_torture_strangers.py
GUARDED = [operation for operation in OPERATIONS if operation not in ("GET /healthz", "GET /readyz")]


@pytest.mark.parametrize(("operation", "mode"), MODES)
def test_the_server_keeps_its_document(
    schema: Any, explained: dict[str, str], operation: str, mode: GenerationMode
) -> None:
    check_operation(schema, explained, operation, mode, examples=20)


def test_a_server_with_a_token_keeps_it_too(guarded: FastAPI) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    document = schema_of(guarded, bearer)
    for operation in GUARDED[::4]:
        check_operation(document, {}, operation, GenerationMode.POSITIVE, examples=2, headers=bearer)


def test_every_operation_is_played(documented: FastAPI) -> None:
    assert sorted(name for name, _ in operations(documented)) == sorted(OPERATIONS)


def operations(app: FastAPI) -> Iterator[tuple[str, dict[str, Any]]]:
    with TestClient(app) as client:
        document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield f"{method.upper()} {path}", operation


def test_every_operation_is_described_with_an_example_of_every_answer(documented: FastAPI) -> None:
    found = dict(operations(documented))
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


def test_every_example_fits_its_schema(documented: FastAPI) -> None:
    with TestClient(documented) as client:
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


def test_the_document_names_product_and_version(documented: FastAPI) -> None:
    with TestClient(documented) as client:
        info = client.get("/openapi.json").json()["info"]
    assert (info["title"], info["version"]) == ("Camscope", VERSION)


def test_no_reference_leads_nowhere(documented: FastAPI, tmp_path: Path) -> None:
    with TestClient(documented) as client:
        answer = client.get("/openapi.json")
    names = set(re.findall(r'"#/components/schemas/(\w+)"', answer.text))
    assert names == set(answer.json()["components"]["schemas"])
