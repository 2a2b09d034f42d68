"""`/docs`: Swagger UI from an installed package, on a page of ours, so that it works offline and under the CSP."""

import importlib.util
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, JSONResponse, Response

from app.contexts import DocsPage
from app.documents import document
from app.errors import NotFound
from app.templating import render, site

SWAGGER_PACKAGE = "fastapi_swagger"
ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}

router = APIRouter(include_in_schema=False)


def _assets() -> Path:
    """Where the package keeps Swagger UI; it is found, not imported."""
    spec = importlib.util.find_spec(SWAGGER_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise NotFound("Swagger UI is not installed; the document is at /openapi.json.")
    return Path(spec.submodule_search_locations[0]) / "resources"


@router.get("/docs")
def docs(request: Request) -> Response:
    """The page."""
    page = render(DocsPage(site=site(request)))
    page.headers["Cache-Control"] = "no-cache"
    return page


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
