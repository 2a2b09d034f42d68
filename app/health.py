"""For whoever runs the server: alive, ready, and in numbers."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.documents import answer, problems
from app.metrics import Metrics
from app.readiness import Readiness
from app.schemas import Health

router = APIRouter(tags=["health"])


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
    """The default model is loaded and answers its built-in probe, the database can be written, the disk has room."""
    readiness: Readiness = request.app.state.readiness
    await readiness.check()
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
def metrics(request: Request) -> Response:
    """Requests, refusals, time by stage, queue, what is kept, room on the disk; no photo, no name, no address."""
    numbers: Metrics = request.app.state.metrics
    return Response(generate_latest(numbers.registry), media_type=CONTENT_TYPE_LATEST)
