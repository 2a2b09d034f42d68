"""What happened: an id, one log line and a few numbers per request, and no fault that goes unanswered.

A log line never holds a photo, a file name, a query or a secret: of what a client sends, it has the method where it
is a known one, the route's own pattern, and the id that the client chose, where that is short and harmless.
"""

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import CLIENT_GONE, PROBLEM_JSON, SHUTTING_DOWN, AppError, NotReady, Unexpected, problem_of, respond
from app.metrics import Metrics
from app.refusals import from_exception

requests_log = logging.getLogger("camscope.requests")
faults_log = logging.getLogger("camscope.faults")

REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
METHODS = {"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"}
RECORDED = "recorded"  # in a request's state: it was told off meanwhile, and nobody reads another answer


class _Seen:
    """What passes to and fro in one request.

    Attributes:
        status: of the answer; 0 before it has begun
        body_bytes: received
        receive_s: how long was waited for them, in seconds
    """

    def __init__(self, receive: Receive, send: Send, request_id: str) -> None:
        self.began = time.perf_counter()
        self.status, self.body_bytes, self.receive_s = 0, 0, 0.0
        self._receive, self._send, self._request_id = receive, send, request_id

    async def receive(self) -> Message:
        """The next message from the client."""
        began = time.perf_counter()
        message = await self._receive()
        if message["type"] == "http.request":
            self.body_bytes += len(message.get("body", b""))
            self.receive_s += time.perf_counter() - began
        return message

    async def send(self, message: Message) -> None:
        """Pass a message on to the client; its first has the request's id."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["X-Request-ID"] = self._request_id
        await self._send(message)


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
        request_id = request_id_of(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        seen = _Seen(receive, send, request_id)
        try:
            with self._metrics.in_progress.track_inprogress():
                await self._answered(scope, seen)
        finally:
            if RECORDED not in scope["state"]:
                seconds = time.perf_counter() - seen.began
                record(self._metrics, scope, request_id, seen.status or CLIENT_GONE, seconds, seen)

    async def _answered(self, scope: Scope, seen: _Seen) -> None:
        """Let the app answer; what it raises becomes a refusal, unless an answer has begun."""
        try:
            await self._app(scope, seen.receive, seen.send)
        except asyncio.CancelledError:  # the server ends, and waits no longer: nobody else is told of this
            if not seen.status:
                await _answer(Request(scope), NotReady(SHUTTING_DOWN))(scope, seen.receive, seen.send)
        except Exception as error:  # the boundary: whatever it is, somebody waits for an answer
            if seen.status:
                raise
            await _answer(Request(scope), error)(scope, seen.receive, seen.send)


def record(
    metrics: Metrics, scope: Scope, request_id: str, status: int, seconds: float | None, seen: _Seen | None = None
) -> None:
    """Count and log a request that is over; without seconds it was refused before anything was done."""
    state = scope["state"]
    method, route = scope["method"] if scope.get("method") in METHODS else "other", _route(scope)
    metrics.requests.labels(method, route, str(status)).inc()
    if seconds is not None:
        metrics.seconds.labels(method, route).observe(seconds)
    facts = {"request_id": request_id, "method": method, "route": route, "status": status}
    facts["ms"] = round((seconds or 0.0) * 1e3, 1)
    details: dict[str, object] = {}
    if seen and seen.body_bytes:
        metrics.body_bytes.inc(seen.body_bytes)
        details["body_bytes"] = seen.body_bytes
    if refusal := state.get("refusal"):
        metrics.refusals.labels(refusal).inc()
        details["refusal"] = refusal
    if seen and (stages := state.get("stages_ms")):
        metrics.stages.labels("receive").observe(seen.receive_s)
        details["stages_ms"] = {"receive": round(seen.receive_s * 1e3, 1)} | _rounded(stages)
    extra = {"facts": facts, "details": details}
    requests_log.info("%s %s %s %.1f ms %s", method, route, status, facts["ms"], request_id, extra=extra)


def _route(scope: Scope) -> str:
    """The pattern of the address that answered: one of ours, however many paths there are."""
    if route := getattr(scope.get("route"), "path", ""):
        return str(route)
    return "/static" if scope.get("path", "").startswith("/static/") else "unmatched"


def _rounded(stages: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(ms, 1) for stage, ms in stages.items()}


def request_id_of(headers: Headers) -> str:
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
