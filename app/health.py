"""For whoever runs the server: alive, ready, and in numbers."""

import threading
import time
from concurrent.futures import Future

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool

from app.batching import STALLED, InferenceQueue
from app.documents import answer, problems
from app.errors import SHUTTING_DOWN, NotReady
from app.registry import Registry
from app.schemas import Health
from app.store import Store
from app.telemetry import Metrics
from model.errors import ModelError

PROBE_EVERY_S = 10.0
PROBE_WITHIN_S = 5.0

router = APIRouter(tags=["health"])


class Readiness:
    """Whether the default bundle answers its probe; a good answer holds for some seconds."""

    def __init__(self, registry: Registry, store: Store, queue: InferenceQueue) -> None:
        self._registry = registry
        self._store = store
        self._queue = queue
        self._good_until = 0.0
        self._stopped = False
        self._lock = threading.Lock()
        self._probe: Future[None] | None = None

    def stop(self) -> None:
        """Be ready no more: the server has been told to stop."""
        self._stopped = True

    def is_known(self) -> bool:
        """Whether a good answer still holds. Quick.

        Raises:
            NotReady: the server ends, or passes through the network never come back
        """
        if self._stopped:
            raise NotReady(SHUTTING_DOWN)
        if self._queue.stalled:
            raise NotReady(STALLED)
        return time.monotonic() < self._good_until

    def check(self) -> None:
        """Probe the database and the default bundle. Blocking, some seconds at most.

        Raises:
            NotReady: with the reason
        """
        if self.is_known():
            return
        self._store.count()
        try:
            self._probed().result(PROBE_WITHIN_S)
        except ModelError as error:
            raise NotReady("The model does not answer its probe rightly; the log says why.") from error
        except TimeoutError:
            raise NotReady("The model does not answer its probe in time.") from None
        self._good_until = time.monotonic() + PROBE_EVERY_S

    def _probed(self) -> Future[None]:
        """The probe under way, else a new one: one that never ends is the only one."""
        with self._lock:
            if self._probe is None or self._probe.done():
                self._probe = Future()
                threading.Thread(target=self._answer, args=[self._probe], name="probe", daemon=True).start()
            return self._probe

    def _answer(self, probe: Future[None]) -> None:
        try:
            self._registry.classifier(self._registry.find(None)).probe()
        except Exception as error:  # noqa: BLE001 - it is raised again where the answer is waited for
            probe.set_exception(error)
        else:
            probe.set_result(None)


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
    if not readiness.is_known():
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
