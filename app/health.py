"""For whoever runs the server: alive, ready, and in numbers."""

import time

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool

from app.documents import answer, problems
from app.errors import NotReady
from app.registry import Registry
from app.schemas import Health
from app.store import Store
from app.telemetry import Metrics
from model.errors import ModelError

PROBE_EVERY_S = 10.0

router = APIRouter(tags=["health"])


class Readiness:
    """Whether the default bundle answers its probe; a good answer holds for some seconds."""

    def __init__(self, registry: Registry, store: Store) -> None:
        self._registry = registry
        self._store = store
        self._good_until = 0.0

    def check(self) -> None:
        """Probe the database and the default bundle. Blocking.

        Raises:
            NotReady: with the reason
        """
        if time.monotonic() < self._good_until:
            return
        self._store.count()
        try:
            self._registry.classifier(self._registry.find(None)).probe()
        except ModelError as error:
            raise NotReady("The model does not answer its probe rightly; the log says why.") from error
        self._good_until = time.monotonic() + PROBE_EVERY_S


@router.get("/healthz", summary="Is it alive?", responses={200: answer("It is.", {"status": "alive"}), **problems()})
async def healthz() -> Health:
    """Answers as long as the process does; looks at nothing else."""
    return Health(status="alive")


@router.get(
    "/readyz",
    summary="Is it ready?",
    responses={200: answer("A photo would be answered.", {"status": "ready"}), **problems()},
)
async def readyz(request: Request) -> Health:
    """The database can be read, the default model is loaded and answers its built-in probe rightly."""
    readiness: Readiness = request.app.state.readiness
    await run_in_threadpool(readiness.check)
    return Health(status="ready")


@router.get(
    "/metrics",
    summary="Get the numbers for Prometheus",
    response_class=Response,
    responses={
        200: {"description": "Prometheus' text format.", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **problems(),
    },
)
async def metrics(request: Request) -> Response:
    """Requests, refusals, time by stage, queue; no photo, no name, no address."""
    numbers: Metrics = request.app.state.metrics
    return Response(generate_latest(numbers.registry), media_type=CONTENT_TYPE_LATEST)
