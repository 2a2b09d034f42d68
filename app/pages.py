"""The pages: thin routes that put what was asked for into a context and draw it."""

import contextlib
import io
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from app import contexts
from app.deps import ExplainerDep, OwnerDep
from app.errors import AppError, Malformed, Unusable
from app.examples import examples, read_example
from app.explanations import Explainer
from app.learn_refused import UPLOADS, room_again, room_of
from app.limits import MAX_FIELD_BYTES, MAX_FIELDS
from app.questions import Wish
from app.refusals import from_exception
from app.schemas import Explanation, Problem
from app.templating import render, site
from app.text import gettext, plain
from model.errors import ModelError
from model.spec import SCALES

router = APIRouter(include_in_schema=False)

ACCEPT = "image/jpeg,image/png,image/webp,image/gif,image/bmp,.mpo"


@router.get("/")
def upload_page(request: Request, model: Annotated[str, Query(max_length=300)] = "") -> Response:
    """Choose a photo; the network `model`, by its id or name, is chosen already."""
    if model:
        with contextlib.suppress(AppError):
            model = request.app.state.registry.find(model).id
    request.state.entered = contexts.Entered(model=model)
    return _upload_page(request, None, 200)


@router.post("/explanations")
async def submit(request: Request, explainer: ExplainerDep, owner: OwnerDep) -> Response:
    """The form without scripts: explain the photo or the example, then go to its page, or back to where it was sent."""
    room = urlsplit(room_of(request)).path
    try:
        explanation = await _explained(request, explainer, owner)
    except (AppError, ModelError, HTTPException) as error:
        again = await room_again(request.app.router, request.scope, from_exception(error))
        if again is None:
            raise
        return again
    return RedirectResponse(
        f"{room}?{urlencode({'photo': explanation.id})}" if room else explanation.page_url or "/", 303
    )


async def _explained(request: Request, explainer: Explainer, owner: str) -> Explanation:
    """What became of the form's photo."""
    async with request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES) as form:
        request.state.entered = _entered(form)
        image = await _photo(form)
        return await explainer.explain(request, image, _wish(request.state.entered), owner)


def _entered(form: FormData) -> contexts.Entered:
    """What was typed beside the photo."""
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    lines = [value for value in form.getlist("classes") if isinstance(value, str)]
    return contexts.Entered(typed.get("model", ""), typed.get("scale", "1"), "\n".join(lines))


def _wish(entered: contexts.Entered) -> Wish:
    if entered.scale not in map(plain, SCALES):
        raise Unusable("The input size must be one of the choices.")
    classes = tuple(line.strip() for line in entered.classes.splitlines() if line.strip())
    return Wish(model=entered.model or None, classes=classes, scale=float(entered.scale))


async def _photo(form: FormData) -> UploadFile:
    """The chosen example's file, else the uploaded one."""
    name = form.get("example")
    if isinstance(name, str) and name:
        return UploadFile(io.BytesIO(await run_in_threadpool(read_example, name)), filename=f"{name}.jpg")
    image = form.get("image")
    if not isinstance(image, UploadFile) or not (image.filename or image.size):
        raise Malformed("Choose a photo first.")
    return image


def network_choices(request: Request) -> tuple[contexts.Choice, ...]:
    """The networks there are, the server's first one first."""
    entries = request.app.state.registry.entries()
    return tuple(contexts.Choice(entry.id, entry.name, entry.spec.classes) for entry in entries)


def _upload_page(request: Request, refusal: str | None, status: int) -> Response:
    settings = request.app.state.settings
    page = contexts.UploadPage(
        site=site(request, "/"),
        refusal=refusal,
        form=getattr(request.state, "entered", contexts.Entered()),
        models=network_choices(request),
        scales=tuple(map(plain, SCALES)),
        examples=examples(),
        accept=ACCEPT,
        max_upload_mb=plain(settings.max_upload_mb),
        max_megapixels=plain(settings.max_megapixels),
    )
    return render(page, status)


def error_page(request: Request, problem: Problem) -> Response:
    """A refusal as a page; of the upload form, the form again with what was entered."""
    if request.method == "POST" and request.scope["path"] == UPLOADS and "next" not in request.query_params:
        return _upload_page(request, problem.detail, problem.status)
    page = contexts.ErrorPage(
        site=site(request),
        status=problem.status,
        title=problem.title,
        detail=problem.detail,
        advice=advice(problem.status),
        request_id=problem.request_id,
    )
    return render(page, problem.status)


def advice(status: int) -> str:
    """What somebody who got this status can do."""
    match status:
        case 404:
            return gettext("Check the address, or look for the photo in your history.")
        case 400 | 413 | 415 | 422:
            return gettext("Go back, change what is named above and try again.")
        case 429 | 503 | 504 | 507:
            return gettext("Nothing is lost. Try again in a little while.")
        case 401 | 403 | 405:
            return gettext("Start again from the first page.")
    return gettext("Try again. If it happens again, tell whoever runs this server the number below.")
