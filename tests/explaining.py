"""Explanations asked for over HTTP."""

from typing import Any

from fastapi.testclient import TestClient

from tests.pictures import halves

EXPLANATIONS = "/api/v1/explanations"


def explain(client: TestClient, data: bytes | None = None, **fields: str) -> Any:
    """The answer to a photo; by default to one whose halves differ."""
    answer = client.post(EXPLANATIONS, data=fields, files={"image": ("a.png", data or halves())})
    assert answer.status_code == 201, answer.text
    return answer.json()
