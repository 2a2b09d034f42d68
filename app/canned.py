"""Refusals given before the app is asked: on the wire in microseconds, yet with an id, logged and counted."""

import json
from collections.abc import Collection
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Scope

from app.errors import PROBLEM_JSON, AppError, problem_of
from app.languages import language_of, speaking
from app.metrics import Metrics
from app.security import HEADERS, POLICY, policy
from app.telemetry import RECORDED, record, request_id_of

SAFE = {**HEADERS, "Content-Security-Policy": policy(POLICY), "Cache-Control": "no-store"}
SAFE_LINES = "".join(f"{name.lower()}: {value}\r\n" for name, value in SAFE.items())


def canned(scope: Scope, error: AppError, headers: Collection[tuple[bytes, bytes]], *, closes: bool) -> bytes:
    """An HTTP/1.1 answer as problem+json; `counted` is to be called for it later.

    Args:
        scope: of the request, as far as it is known
        error: the reason
        headers: that the server puts on every answer
        closes: whether the connection ends with it
    """
    state = scope["state"]
    request_id = state.get("request_id") or request_id_of(Headers(scope=scope))
    state["request_id"], state[RECORDED] = request_id, True
    with speaking(language_of(scope)):
        body = json.dumps(problem_of(Request(scope), error).model_dump(), separators=(",", ":")).encode()
    lines = [f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}"]
    lines += [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in headers]
    lines += [f"{name.lower()}: {value}" for name, value in error.headers.items()]
    lines += [f"x-request-id: {request_id}", f"content-type: {PROBLEM_JSON}", f"content-length: {len(body)}"]
    if closes and not says_close(headers):
        lines.append("connection: close")
    head = "\r\n".join(lines) + "\r\n" + SAFE_LINES + "\r\n"
    return head.encode("latin-1") + (b"" if scope.get("method") == "HEAD" else body)


def says_close(headers: Collection[tuple[bytes, bytes]]) -> bool:
    """Whether an answer with these is a connection's last one."""
    return any(name == b"connection" and value == b"close" for name, value in headers)


def counted(scope: Scope, error: AppError, metrics: Metrics) -> None:
    """Count and log a canned answer; that takes longer than to give it, so no time is noted."""
    record(metrics, scope, scope["state"]["request_id"], error.status, None)
