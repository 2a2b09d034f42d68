"""`/docs`: Swagger UI from an installed package, on a page of ours, so that it works offline and under the CSP."""

import importlib.util
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from app.documents import document
from app.errors import NotFound

SWAGGER_PACKAGE = "fastapi_swagger"
ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Camscope API</title>
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<main id="docs"></main>
<noscript><p>This page needs JavaScript; the document itself is <a href="/openapi.json">openapi.json</a>.</p></noscript>
<script src="/docs/swagger-ui-bundle.js" defer></script>
<script src="/static/js/docs.js" defer></script>
</body>
</html>
"""

router = APIRouter(include_in_schema=False)


def _assets() -> Path:
    """Where the package keeps Swagger UI; it is found, not imported."""
    spec = importlib.util.find_spec(SWAGGER_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise NotFound("Swagger UI is not installed; the document is at /openapi.json.")
    return Path(spec.submodule_search_locations[0]) / "resources"


@router.get("/docs")
def docs() -> HTMLResponse:
    """The page."""
    return HTMLResponse(PAGE, headers={"Cache-Control": "no-cache"})


@router.get("/docs/{name}")
def asset(name: str) -> Response:
    """Swagger UI's script and style sheet."""
    if name not in ASSETS:
        raise NotFound
    return FileResponse(_assets() / name, media_type=ASSETS[name], headers={"Cache-Control": "public, max-age=3600"})


@router.get("/openapi.json")
def openapi(request: Request) -> JSONResponse:
    """The OpenAPI document."""
    made: dict[str, Any] = document(request.app)
    return JSONResponse(made, headers={"Cache-Control": "no-cache"})
