"""What happened: an id, one log line and a few numbers per request, and no fault that goes unanswered.

A log line never holds a photo, a file name or a query.
"""

import logging
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import CLIENT_GONE, PROBLEM_JSON, AppError, Unexpected, problem_of, respond
from app.refusals import from_exception

requests_log = logging.getLogger("camscope.requests")
faults_log = logging.getLogger("camscope.faults")

REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
METHODS = {"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"}
STAGE_BUCKETS_S = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


@dataclass(frozen=True)
class Metrics:
    """The numbers that `/metrics` shows; each app has its own."""

    registry: CollectorRegistry = field(default_factory=lambda: CollectorRegistry(auto_describe=True))
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    stages: Histogram = field(init=False)
    refusals: Counter = field(init=False)
    explanations: Counter = field(init=False)
    queue_depth: Gauge = field(init=False)

    def __post_init__(self) -> None:
        """Register every metric."""
        made: dict[str, Any] = {
            "requests": self._counter("requests", "Requests answered.", "method", "route", "status"),
            "seconds": self._histogram("request_seconds", "How long requests took.", "method", "route"),
            "stages": self._histogram("stage_seconds", "Where the time of an explanation went.", "stage"),
            "refusals": self._counter("refusals", "Requests refused, by reason.", "reason"),
            "explanations": self._counter("explanations", "Explanations given.", "kept", "source"),
            "queue_depth": Gauge("camscope_queue_depth", "Photos that have a place.", registry=self.registry),
        }
        for name, metric in made.items():
            object.__setattr__(self, name, metric)

    def _counter(self, name: str, sentence: str, *labels: str) -> Counter:
        return Counter(f"camscope_{name}", sentence, labels, registry=self.registry)

    def _histogram(self, name: str, sentence: str, *labels: str) -> Histogram:
        return Histogram(f"camscope_{name}", sentence, labels, registry=self.registry, buckets=STAGE_BUCKETS_S)


class Telemetry:
    """Number, time, count and log every request; answer what nobody thought of with a 500."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id

        async def numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, numbered)
        except Exception as error:  # the boundary: whatever it is, somebody waits for an answer
            if status:
                raise
            await _answer(Request(scope), error)(scope, receive, numbered)
        finally:
            self._count(scope, request_id, status or CLIENT_GONE, time.perf_counter() - started)

    def _count(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "") or ("/static" if status < 400 else "unmatched")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        if reason := scope["state"].get("refusal"):
            self._metrics.refusals.labels(reason).inc()
        facts = {"request_id": request_id, "method": method, "route": route, "status": status}
        facts["ms"] = round(seconds * 1e3, 1)
        requests_log.info("%s %s %s %.1f ms %s", method, route, status, facts["ms"], request_id, extra={"facts": facts})


def _request_id(headers: Headers) -> str:
    """The client's own, where it is short and harmless; else a new one."""
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _answer(request: Request, error: Exception) -> Response:
    """The refusal for an exception that no handler took; a page that cannot be drawn is said in JSON."""
    refusal = from_exception(error)
    if isinstance(refusal, Unexpected):
        faults_log.error("request %s", request.state.request_id, exc_info=error)
    elif refusal.status >= 500:
        faults_log.warning("request %s: %s", request.state.request_id, error)
    try:
        return respond(request, refusal)
    except Exception as second:  # noqa: BLE001 - the error page itself is broken
        faults_log.error("error page of request %s", request.state.request_id, exc_info=second)
        return _plain(request, refusal)


def _plain(request: Request, refusal: AppError) -> Response:
    content = problem_of(request, refusal).model_dump()
    return JSONResponse(content, refusal.status, refusal.headers, media_type=PROBLEM_JSON)
