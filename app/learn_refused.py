"""A photo that is refused in a room: the room is drawn again, as it was, with the reason and its status.

docs/decisions/0162-a-refused-photo-leaves-the-room-standing.md
"""

import asyncio
import re
from urllib.parse import urlsplit

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Scope

from app.errors import AppError, Malformed, problem_of, wants_page
from model.errors import ModelError

UPLOADS = "/explanations"
ROOM = re.compile(r"/learn/[a-z-]{1,40}")
OF_THE_PHOTO = (400, 413, 415, 422)  # with any other a room could not be drawn either
OF_THE_FORM = (b"content-length", b"content-type", b"transfer-encoding")
STATE = "refused"


def room_of(request: Request) -> str:
    """The room, with its query, from which a photo is sent; empty for none.

    Raises:
        Malformed: that is no room
    """
    address = request.query_params.get("next", "")
    if request.scope["path"] != UPLOADS or not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not ROOM.fullmatch(parts.path):
        raise Malformed("'next' takes the address of a room to learn in, such as /learn/pooling.")
    return address


def refused_in(request: Request) -> str | None:
    """Why the photo that was sent from this room was refused; None where none was."""
    return getattr(request.state, STATE, None)


async def room_again(app: ASGIApp, scope: Scope, refusal: AppError) -> Response | None:
    """The room that a photo was sent from, with why it is refused.

    Args:
        app: draws rooms
        scope: of the request that is refused
        refusal: why

    Returns:
        None where it came from no room, where that is not the photo's fault, or where there is no room to be drawn
    """
    request = Request(scope)
    try:
        address = room_of(request)
    except (Malformed, ValueError):
        return None
    if not address or refusal.status not in OF_THE_PHOTO or not wants_page(request):
        return None
    problem = problem_of(request, refusal)
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    try:
        await app(_asking(scope, address, problem.detail), _silence, keep)
    except (AppError, ModelError, HTTPException, RequestValidationError):
        return None
    start, *rest = messages
    if start["status"] != 200:
        return None
    answer = Response(b"".join(one.get("body", b"") for one in rest), problem.status)
    answer.raw_headers = start["headers"]
    answer.headers.update(refusal.headers)
    return answer


def _asking(scope: Scope, address: str, detail: str) -> Scope:
    """A request for the room, by whoever sent the photo."""
    parts = urlsplit(address)
    asking = {
        **scope,
        "method": "GET",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [(name, value) for name, value in scope["headers"] if name not in OF_THE_FORM],
        "state": {**scope.get("state", {}), STATE: detail},
    }
    asking.pop("starlette.exception_handlers", None)  # a refusal of the room is not to be drawn
    return asking


async def _silence() -> Message:
    """Nothing more comes: whether the client has left is seen when it is answered."""
    await asyncio.Event().wait()
    raise AssertionError
