"""What the OpenAPI document says beyond types: an example of every answer."""

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.errors import PROBLEM_JSON
from app.probes import PROBES
from app.schemas import Problem

Responses = dict[int | str, dict[str, Any]]

ID = "3f2a9c1be07d4e5f8a6b7c8d9e0f1a2b"
BUNDLE = "efficientnet_lite0-0123456789ab"
MODEL = {
    "id": BUNDLE,
    "name": "efficientnet_lite0",
    "classes": 1000,
    "head": "gap",
    "activation": "softmax",
    "exact": True,
}
IMAGE = {
    "width": 500,
    "height": 375,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "url": f"/api/v1/explanations/{ID}/image",
    "stored_width": 500,
    "stored_height": 375,
}
PREDICTION = {
    "index": 285,
    "label": "Egyptian cat",
    "probability": 0.61,
    "logit": 9.125,
    "bias": 0.125,
    "residual": 0,
    "cam": [[31.5, 6.5], [2.25, -4.25]],
    "peak": {"x": 125, "y": 93.75, "value": 31.5},
    "box": {"left": 0, "top": 0, "right": 322, "bottom": 255, "threshold": 0.2},
    "heatmap_url": f"/api/v1/explanations/{ID}/heatmap.png?class=285",
}
EXPLANATION = {
    "id": ID,
    "created_at": "2026-01-31T12:00:00Z",
    "model": MODEL,
    "image": IMAGE,
    "input": {"width": 288, "height": 224, "scale": 1, "stretch": 0.036},
    "grid": {"rows": 2, "columns": 2, "cell_width": 250, "cell_height": 187.5, "left": 0, "top": 0},
    "predictions": [PREDICTION],
    "cams_url": f"/api/v1/explanations/{ID}/cams.npy",
    "page_url": f"/explanations/{ID}",
    "timing_ms": {"decode": 3.1, "queue": 0.2, "forward": 24.0, "cam": 0.4, "total": 29.0},
}
NOT_STORED = EXPLANATION | {
    "id": None,
    "image": IMAGE | {"url": None},
    "predictions": [PREDICTION | {"heatmap_url": None}],
    "cams_url": None,
    "page_url": None,
}
HISTORY = {
    "items": [
        {
            "id": ID,
            "created_at": "2026-01-31T12:00:00Z",
            "model": MODEL,
            "image": IMAGE,
            "top": {"index": 285, "label": "Egyptian cat", "probability": 0.61},
            "url": f"/api/v1/explanations/{ID}",
            "page_url": f"/explanations/{ID}",
            "thumbnail_url": f"/api/v1/explanations/{ID}/thumbnail",
        }
    ],
    "next": "MTc2OTg2MDgwMDAwMDAwMC4zZjJhOWMxYg",
}
SCORES = {"logits": [9.125, -1.5], "probabilities": [0.61, 0.0001], "bias": [0.125, 0.25]}
MODELS = {
    "items": [
        {
            "id": BUNDLE,
            "name": "efficientnet_lite0",
            "labels_url": f"/api/v1/models/{BUNDLE}/labels",
            "head": "gap",
            "activation": "softmax",
            "exact": True,
            "metrics": None,
            "created_at": "2026-01-31T12:00:00Z",
        }
    ]
}
LABELS = {"items": ["tench", "goldfish", "great white shark"]}
SENTENCES = {
    401: "This server needs its access token: log in at /login, or send 'Authorization: Bearer' and the token.",
    400: "The form has no file in its field 'image'; send multipart/form-data with a photo in 'image'.",
    403: "This request came from another site and was refused.",
    404: "There is no such explanation; it may have been deleted.",
    413: "A photo may have at most 20 MB; this request is larger.",
    415: "This is not a picture of an accepted kind (JPEG, PNG, WebP, GIF or BMP).",
    421: "This server does not answer under that name; its operator can allow it with CAMSCOPE_HOSTS.",
    422: "'classes': there is no class 'egyptian kat'; use a label of the model, or 'index:0'."
    " Did you mean 'Egyptian cat'?",
    429: "Too many photos are waiting; try again in 3 s.",
    500: "Something went wrong on our side; the log has the details under this request's id.",
    503: "The database is busy; try again in a moment.",
    504: "The answer did not come in time, and was given up; try again later.",
    507: "The server has no space left to keep this; nothing was stored.",
}
OWNER: dict[str, Any] = {
    "parameters": [
        {
            "name": "Camscope-Owner",
            "in": "header",
            "required": False,
            "description": "Whose explanations: a secret of the program's own choice, instead of the cookie.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,128}$"},
            "example": "a-secret-of-my-own",
        }
    ]
}
BINARY = {"type": "string", "format": "binary"}


def answer(sentence: str, example: object) -> dict[str, Any]:
    """A JSON answer with its example: as text, for the framework drops null from anything else."""
    return {"description": sentence, "content": {"application/json": {"example": json.dumps(example)}}}


def file_answer(sentence: str, *media_types: str) -> Responses:
    """An answer that is a file; 304 where the asker has it."""
    return {
        **written_answer(sentence, *media_types),
        304: {"description": "The copy you have (If-None-Match) is still right."},
    }


def written_answer(sentence: str, *media_types: str) -> Responses:
    """An answer that is a file of one of these types, written for who asks."""
    return {200: {"description": sentence, "content": {one: {"schema": BINARY} for one in media_types}}}


def problems(*statuses: int) -> Responses:
    """The refusals of a route, and a fault of ours, which can happen anywhere."""
    return {status: _problem(status) for status in (*statuses, 500, 503)}


def _problem(status: int) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    example = {
        "type": "about:blank",
        "title": title.capitalize(),
        "status": status,
        "detail": SENTENCES[status],
        "request_id": "5f3c2a1b9d8e7f60",
    }
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
    described: dict[str, Any] = {"description": title, "content": content}
    if status == 429:
        seconds = {"description": "Come back after so many seconds.", "schema": {"type": "integer", "minimum": 1}}
        described["headers"] = {"Retry-After": seconds}
    return described


def archive_form(description: str) -> dict[str, Any]:
    """The form of a route that reads its one file, `archive`, by itself."""
    properties = {"archive": BINARY | {"description": description}}
    schema = {"type": "object", "required": ["archive"], "properties": properties}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if not app.openapi_schema:
        made = get_openapi(
            title=app.title, version=app.version, summary=app.summary, description=app.description, routes=app.routes
        )
        made["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        for name in ("HTTPValidationError", "ValidationError"):
            made["components"]["schemas"].pop(name, None)
        if app.state.access is not None:
            made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for path, methods in made["paths"].items():
            for operation in methods.values():
                _mend(operation["responses"])
                if path not in PROBES:
                    _guard(operation, app)
        app.openapi_schema = made
    return app.openapi_schema


def _guard(operation: dict[str, Any], app: FastAPI) -> None:
    """Add what the settings bring: the token, and refusals of strangers."""
    settings, needs_token = app.state.settings, app.state.access is not None
    if needs_token:
        operation["security"] = [{"token": []}]
    refused = {401: needs_token, 421: settings.hosts, 429: needs_token or settings.rate_limit}
    for status in (status for status, is_set in refused.items() if is_set):
        operation["responses"].setdefault(f"{status}", _problem(status))


def _mend(responses: dict[str, Any]) -> None:
    """Take out the framework's own 422, which no route of ours ever gives; turn examples back into JSON."""
    if "application/json" in responses.get("422", {}).get("content", {}):
        del responses["422"]
    for response in responses.values():
        content = response.get("content", {}).get("application/json", {})
        if "example" in content:
            content["example"] = json.loads(content["example"])
