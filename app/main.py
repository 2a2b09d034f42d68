"""The web app, built in a function: `uvicorn --factory app.main:create_app`."""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app import errors, pages
from app.config import Settings
from app.paths import STATIC_DIR


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the app."""
    app = FastAPI(title="Camscope", docs_url=None, redoc_url=None)
    app.state.settings = settings or Settings()
    errors.install(app, pages.error_page)
    app.include_router(pages.router)
    app.mount("/static", StaticFiles(directory=STATIC_DIR), name="static")
    return app
