"""What the web refuses, and how it says so: RFC 9457 for programs, a page for people.

    AppError
    ├── Malformed        400  the request itself is broken
    ├── NeedsToken       401  this server takes who has its token
    ├── CrossSite        403  another site asked in the visitor's name
    ├── NotAllowed       403  this server does not do that; says why
    ├── NotFound         404  unknown, or not yours
    ├── TooSlow          408  the request did not come, or came too slowly
    ├── TooLarge         413  too many bytes
    ├── UnsupportedKind  415  not an accepted kind of picture
    ├── Misdirected      421  asked under a name that is not this server's
    ├── Unusable         422  a picture or a value that cannot be used
    │   └── NoEvidence   422  no part of the photo adds to what is asked about
    ├── Busy             429  the queue is full; says when to come back
    │   ├── TooOften     429  more requests than one address may make
    │   └── Guessing     429  too many wrong tokens from one address
    ├── LongHeaders      431  more header than is read
    ├── Gone             499  the client left before the answer; only the log sees it
    ├── Unexpected       500  a fault of ours; the log has the traceback
    ├── NotReady         503  cannot answer now, or the network gave no answer
    ├── Damaged          503  what was kept of an explanation cannot be read
    ├── GivenUp          504  the answer did not come in time
    ├── Overloaded       503  too many connections; says when to come back
    ├── NoSpace          507  the disk is full
    ├── StartError            the server cannot start; the command line prints it
    └── BackupError           a backup cannot be made or restored; the command line prints it

Every detail is one public sentence: it holds nothing that its reader did not bring.
"""

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.probes import is_for_programs
from app.schemas import Problem
from app.translated import translated

PROBLEM_JSON = "application/problem+json"
CLIENT_GONE = 499
SHUTTING_DOWN = "The server is shutting down; try again in a moment."

ErrorPage = Callable[[Request, Problem], Response]


class AppError(Exception):
    """Anything the web refuses, with its status and what the asker may do about it.

    Args:
        detail: one public sentence; default the class's own
        headers: to send along
    """

    status: int = 500
    title: str = "Something went wrong"
    detail: str = "Something went wrong on our side."

    def __init__(self, detail: str | None = None, headers: dict[str, str] | None = None) -> None:
        self.detail = detail or self.detail
        self.headers = headers or {}
        super().__init__(self.detail)


class Malformed(AppError):
    """The request itself is broken."""

    status, title = 400, "Malformed request"
    detail = "The request could not be read."


class NeedsToken(AppError):
    """This server takes who has its token."""

    status, title = 401, "Token needed"

    def __init__(self, wrong: bool = False) -> None:
        """Say what is missing, for people and in the header for programs.

        Args:
            wrong: a token was sent, and it is not this server's
        """
        reason = ', error="invalid_token"' if wrong else ""
        super().__init__(
            "This is not this server's access token: log in at /login, or send 'Authorization: Bearer' and the token."
            if wrong
            else "This server needs its access token: log in at /login, or send 'Authorization: Bearer' and the token.",
            {"WWW-Authenticate": f'Bearer realm="camscope"{reason}'},
        )


class CrossSite(AppError):
    """Another site asked in the visitor's name."""

    status, title = 403, "Cross-site request refused"
    detail = "This request came from another site and was refused."


class NotAllowed(AppError):
    """This server does not do that for its visitors."""

    status, title = 403, "Not allowed here"
    detail = "This server does not do that."


class NotFound(AppError):
    """Unknown, or not the asker's."""

    status, title = 404, "Not found"
    detail = "There is nothing here, or it is not yours."


class TooSlow(AppError):
    """The request did not come, or came too slowly."""

    status, title = 408, "Too slow"
    detail = "The request took too long to arrive; send it again, over a better connection if there is one."


class TooLarge(AppError):
    """Too many bytes."""

    status, title = 413, "Too large"
    detail = "The request is larger than what is taken here."


class UnsupportedKind(AppError):
    """Not an accepted kind of picture."""

    status, title = 415, "Not an accepted kind of picture"
    detail = "This is not a picture of an accepted kind."


class Misdirected(AppError):
    """Asked under a name that is not this server's."""

    status, title = 421, "Wrong host"
    detail = "This server does not answer under that name; its operator can allow it with CAMSCOPE_HOSTS."


class Unusable(AppError):
    """A picture or a value that cannot be used."""

    status, title = 422, "Cannot be used"
    detail = "The picture or a value cannot be used."


class NoEvidence(Unusable):
    """No part of the photo adds to what is asked about."""


class Busy(AppError):
    """The queue is full."""

    status, title = 429, "Too busy"

    detail = "Too many photos are waiting; try again in {seconds} s."

    def __init__(self, retry_after_s: int, detail: str | None = None) -> None:
        """Say when to come back.

        Args:
            retry_after_s: in how many seconds
            detail: one public sentence, which has them as {seconds}; default the class's own
        """
        said = (detail or self.detail).format(seconds=retry_after_s)
        super().__init__(said, {"Retry-After": str(retry_after_s)})


class TooOften(Busy):
    """More requests than one address may make."""

    detail = "Too many requests come from your address; try again in {seconds} s."


class Guessing(Busy):
    """Too many wrong tokens came from one address."""

    detail = "Too many wrong tokens came from your address; try again in {seconds} s."


class LongHeaders(AppError):
    """More header than is read."""

    status, title = 431, "Header too long"
    detail = "The request's address and header fields are longer than what is read here."


class Gone(AppError):
    """The client left before the answer was there; nobody reads this."""

    status, title = CLIENT_GONE, "Client gone"
    detail = "The client closed the connection."


class Unexpected(AppError):
    """A fault of ours."""

    status, title = 500, "Something went wrong"
    detail = "Something went wrong on our side; the log has the details under this request's id."


class NotReady(AppError):
    """Cannot answer now."""

    status, title = 503, "Not ready"
    detail = "The server cannot answer this now; try again later."


class Damaged(AppError):
    """What was kept of an explanation cannot be read."""

    status, title = 503, "Damaged"
    detail = "What was kept of this explanation is damaged; the server's operator may have a backup."


class GivenUp(AppError):
    """The answer did not come in time."""

    status, title = 504, "Too slow"
    detail = "The answer did not come in time, and was given up; try again later."


class Overloaded(AppError):
    """Too many connections at the same time."""

    status, title = 503, "Too busy"

    def __init__(self, retry_after_s: int) -> None:
        said = f"Too many connections are open; try again in {retry_after_s} s."
        super().__init__(said, {"Retry-After": str(retry_after_s)})


class NoSpace(AppError):
    """The disk is full."""

    status, title = 507, "No space left"
    detail = "The server has no space left to keep this; nothing was stored."


class StartError(AppError):
    """The server cannot start; the message is for its operator and names files."""

    detail = "The server cannot start."


class BackupError(AppError):
    """A backup cannot be made, or not restored; the message is for the operator and names files."""

    detail = "The backup failed."


class WrongRequest(AppError):
    """A refusal of the framework's own: a path, a method, a form it cannot read."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.title = HTTPStatus(status).phrase.capitalize()
        super().__init__(detail, headers)


def note_refusal(request: Request, error: AppError) -> None:
    """Leave a refusal's reason for the log and the metrics: for pages that say it in a way of their own."""
    request.state.refusal = type(error).__name__


def problem_of(request: Request, error: AppError) -> Problem:
    """The refusal as RFC 9457 has it, with the request's id; its reason is left for the log and the metrics."""
    note_refusal(request, error)
    detail = translated(error.detail).encode("utf-8", "replace").decode()  # a client may have sent half a letter
    return Problem(
        type="about:blank",
        title=translated(error.title),
        status=error.status,
        detail=detail,
        request_id=getattr(request.state, "request_id", ""),
    )


def respond(request: Request, error: AppError) -> Response:
    """The answer to a refused request: a page where a browser asked for one, else problem+json."""
    problem = problem_of(request, error)
    if wants_page(request):
        page: ErrorPage = request.app.state.error_page
        response = page(request, problem)
        response.headers.update(error.headers)
        return response
    return JSONResponse(problem.model_dump(), error.status, error.headers, media_type=PROBLEM_JSON)


def wants_page(request: Request) -> bool:
    """Whether a person waits for a page: a browser, and none of the addresses for programs."""
    return "text/html" in request.headers.get("accept", "") and not is_for_programs(request.scope["path"])
