"""Whatever is raised while a request is answered becomes a refusal (app/errors.py) in our own words."""

import errno
import logging
from collections.abc import Iterable
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import Scope

from app.errors import (
    AppError,
    ErrorPage,
    Gone,
    Malformed,
    NoSpace,
    NotReady,
    Unexpected,
    UnsupportedKind,
    Unusable,
    WrongRequest,
    respond,
)
from app.limits import MAX_FIELD_BYTES, MAX_FIELDS
from model.errors import (
    BrokenPhoto,
    BundleError,
    InferenceError,
    ModelError,
    OversizedPhoto,
    PhotoError,
    UnsupportedPhoto,
)

log = logging.getLogger("camscope.faults")

FROM_MODEL: dict[type[ModelError], type[AppError]] = {
    UnsupportedPhoto: UnsupportedKind,
    OversizedPhoto: Unusable,
    BrokenPhoto: Unusable,
    PhotoError: Unusable,
    InferenceError: NotReady,
}
OF_THE_DISK = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE)
TAKES = {
    "missing": "'{field}' is required.",
    "int_parsing": "'{field}' takes a whole number.",
    "int_from_float": "'{field}' takes a whole number.",
    "float_parsing": "'{field}' takes a number.",
    "finite_number": "'{field}' takes a finite number.",
    "bool_parsing": "'{field}' takes true or false.",
    "greater_than_equal": "'{field}' takes {ge} or more.",
    "less_than_equal": "'{field}' takes {le} or less.",
    "greater_than": "'{field}' takes more than {gt}.",
    "less_than": "'{field}' takes less than {lt}.",
    "int_parsing_size": "'{field}' takes a smaller number.",
    "share": "'{field}' takes a finite number from 0 to 1.",
    "string_type": "'{field}' takes a text.",
    "string_unicode": "'{field}' takes a text.",
    "string_too_short": "'{field}' is empty.",
    "string_pattern_mismatch": "'{field}' does not take that value.",
    "enum": "'{field}' takes {expected}.",
    "literal_error": "'{field}' takes {expected}.",
    "fused": "'{field}' does not take 'fused', a mean of several looks: the network is asked at one of them.",
    "bundle_name": (
        "'{field}' takes up to 100 letters from A to Z, digits, dots, dashes and underscores, no dot or dash first."
    ),
    "string_too_long": "'{field}' is too long; it takes at most {max_length}.",
    "extra_forbidden": "'{field}' is no field of this request.",
    "too_long": "'{field}' is too long; it takes at most {max_length}.",
    "too_short": "'{field}' is too short; it takes {min_length} at least.",
    "list_type": "'{field}' takes a list.",
    "float_type": "'{field}' takes a number.",
    "int_type": "'{field}' takes a whole number.",
    "bool_type": "'{field}' takes true or false.",
}
SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not know that method.",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
TOO_LONG = (
    f"A field of the form is too long; it may have {MAX_FIELD_BYTES:,} bytes at most, unless it is a file, "
    "in the field 'image'."
)
JSON_SENTENCE = "The request's body is no JSON object; send one, with the Content-Type application/json."
FORM_SENTENCES = {
    "Missing boundary": "The Content-Type has no boundary; leave that header to the program that sends the form.",
    "Too many files": "The form has more than one file; send one, in the field 'image'.",
    "Too many fields": f"The form has too many fields; it may have {MAX_FIELDS:,} at most.",
    "Part exceeded": TOO_LONG,
    "Field exceeded": TOO_LONG,
    "There was an error parsing the body": JSON_SENTENCE,
}
NO_OBJECT = ("missing", "model_attributes_type", "model_type", "dict_type")
FORM_SENTENCE = "The form could not be read; send multipart/form-data with a photo in 'image'."


def from_exception(error: Exception) -> AppError:
    """The refusal that an exception stands for; Unexpected where nobody thought of it."""
    match error:
        case AppError():
            refusal = error
        case ModelError():
            refusal = from_model(error)
        case RequestValidationError():
            refusal = from_validation(error)
        case ClientDisconnect():
            refusal = Gone()
        case HTTPException(__cause__=(OSError() | ClientDisconnect()) as cause):
            refusal = from_exception(cause)
        case HTTPException(status_code=400):
            refusal = from_form_error(str(error.detail))
        case HTTPException():
            detail = SENTENCES.get(error.status_code) or _sentence(str(error.detail))
            refusal = WrongRequest(error.status_code, detail, dict(error.headers or {}))
        case OSError(errno=errno.ENOSPC) | OSError(errno=errno.EDQUOT):
            refusal = NoSpace()
        case OSError(errno=number) if number in OF_THE_DISK:
            refusal = NotReady("The server's disk cannot be used now; try again later.")
        case _:
            refusal = Unexpected()
    return refusal


def from_model(error: ModelError) -> AppError:
    """What the model package refuses, with its own public sentence; a bundle's names files, so it stays here."""
    if isinstance(error, BundleError):
        return NotReady("The model cannot be loaded; the log says why.")
    kind = next((FROM_MODEL[cls] for cls in type(error).__mro__ if cls in FROM_MODEL), Unexpected)
    return kind() if kind is Unexpected else kind(str(error))


def from_validation(error: RequestValidationError) -> AppError:
    """One sentence for the first value that does not fit: which field it is and what it takes."""
    first = error.errors()[0]
    where = [str(part) for part in first["loc"][1:]]
    field = where[0] if where else "body"
    if first["loc"][0] == "body" and field == "image":
        return Malformed(
            f"The form has no file in its field '{field}'; send multipart/form-data with a photo in 'image'."
        )
    if first["type"] == "json_invalid" or (not where and first["type"] in NO_OBJECT):
        return Malformed(JSON_SENTENCE)
    if not where:
        return Unusable(_sentence(str(first["msg"])))
    takes = TAKES.get(first["type"])
    if takes is None:
        return Unusable(f"'{field}': {_sentence(str(first['msg']))}")
    return Unusable(takes.format_map({**first.get("ctx", {}), "field": field}))


def from_form_error(words: str) -> AppError:
    """What to do about a form that the framework cannot read, from the words it has for that."""
    return Malformed(next((said for start, said in FORM_SENTENCES.items() if words.startswith(start)), FORM_SENTENCE))


def allowed_methods(routes: Iterable[BaseRoute], scope: Scope) -> str:
    """An Allow header's value: every method that this address knows, of all its routes."""
    known = [route for route in routes if not isinstance(route, Mount)]  # files know their own

    def takes(method: str) -> bool:
        asked = {**scope, "method": "GET" if method == "HEAD" else method}
        return any(route.matches(asked)[0] is Match.FULL for route in known)

    return ", ".join(method for method in METHODS if takes(method))


def _sentence(text: str) -> str:
    """The text with a capital letter and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


async def answer_exception(request: Request, error: Exception) -> Response:
    """Exception handler: every exception becomes a refusal with its status; the log says why it is our fault."""
    refusal = from_exception(error)
    if refusal.status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = allowed_methods(request.app.routes, request.scope)
        refusal.headers |= {"Allow": allowed} if allowed else {}
    if refusal.status >= 500:
        log.warning("request %s: %s", getattr(request.state, "request_id", ""), refusal.__cause__ or error)
    return respond(request, refusal)


def install(app: FastAPI, error_page: ErrorPage) -> None:
    """Let every exception that a route raises become a refusal.

    What nobody thought of goes on to the error boundary (app/telemetry.py), which logs it.
    """
    app.state.error_page = error_page
    for kind in (AppError, ModelError, RequestValidationError, HTTPException, ClientDisconnect):
        app.add_exception_handler(kind, answer_exception)
