"""The pages of models: thin routes over the shelf; every change is a form."""

import contextlib
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from app import contexts_models as shown
from app import model_words as words
from app.answers_models import model_details
from app.api_models import ShelfDep
from app.deps import require_room
from app.errors import AppError, NotFound
from app.forms import received_file
from app.layer_groups import FEW_LAYERS, head_sentences, layer_groups
from app.registry import Entry
from app.shelf import Shelf
from app.templating import render, site
from app.text import plain
from app.translated import translated

router = APIRouter(prefix="/models", include_in_schema=False)


@router.get("")
def models_page(request: Request, shelf: ShelfDep) -> Response:
    """The models there are."""
    return _models_page(request, shelf)


@router.post("", dependencies=[require_room])
async def import_model(request: Request, shelf: ShelfDep) -> Response:
    """The form without scripts: take a model in, then show it."""
    try:
        shelf.require_changes()
        async with received_file(request, "archive", shelf.room) as file:
            entry = await run_in_threadpool(shelf.take, file)
    except AppError as error:
        return await run_in_threadpool(_models_page, request, shelf, error)
    return RedirectResponse(f"/models/{entry.id}", 303)


@router.get("/{model_id}")
def model_page(
    request: Request, model_id: str, shelf: ShelfDep, q: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """One model; under an old id it leads to the present one."""
    entry = shelf.find(model_id)
    if entry.id != model_id:
        return RedirectResponse(f"/models/{entry.id}", 307)
    return _model_page(request, shelf, entry, q)


@router.post("/{model_id}/rename")
def rename(
    request: Request, model_id: str, shelf: ShelfDep, name: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Give it another name, then show it."""
    try:
        entry = shelf.rename(model_id, name.strip())
    except AppError as error:
        if error.status == 404:
            raise
        return _model_page(request, shelf, shelf.find(model_id), "", error)
    return RedirectResponse(f"/models/{entry.id}", 303)


@router.get("/{model_id}/delete")
def delete_page(request: Request, model_id: str, shelf: ShelfDep) -> Response:
    """Ask once more."""
    entry = shelf.changeable(model_id)
    return render(shown.ModelDeletePage(site=site(request, "/models"), name=entry.name, page_url=f"/models/{entry.id}"))


@router.post("/{model_id}/delete")
def delete(model_id: str, shelf: ShelfDep) -> Response:
    """Delete it, then show the others."""
    shelf.delete(model_id)
    return RedirectResponse("/models", 303)


def _models_page(request: Request, shelf: Shelf, error: AppError | None = None) -> Response:
    page = shown.ModelsPage(
        site=site(request, "/models"),
        models=tuple(_lines(shelf)),
        fixed=None if shelf.refusal is None else translated(shelf.refusal),
        refusal=translated(error.detail) if error else None,
        max_model_mb=plain(shelf.max_model_mb),
    )
    return render(page, error.status if error else 200)


def _lines(shelf: Shelf) -> Iterator[shown.ModelLine]:
    for place, entry in enumerate(shelf.entries()):
        with contextlib.suppress(NotFound):  # deleted a moment ago
            yield _line(shelf, entry, default=place == 0)


def _line(shelf: Shelf, entry: Entry, default: bool) -> shown.ModelLine:
    page_url = f"/models/{entry.id}"
    return shown.ModelLine(
        name=entry.name,
        page_url=page_url,
        archive_url=f"/api/v1/models/{entry.id}/archive",
        delete_url=None if shelf.why_fixed(entry) else f"{page_url}/delete",
        classes=words.counted_classes(entry.spec.classes),
        labels=words.first_labels(entry.spec.labels),
        head=words.head_in_words(entry.spec.head),
        accuracy=words.accuracy(entry.metrics),
        judged=words.judged(entry.metrics),
        base=words.base_of(entry).get("name"),
        size=words.size(shelf.size(entry)),
        created_at=entry.created_at,
        default=default,
    )


def _model_page(request: Request, shelf: Shelf, entry: Entry, query: str, error: AppError | None = None) -> Response:
    model = model_details(shelf, entry)
    disk = words.size(model.bytes)
    base = words.base_of(entry).get("id")
    wanted = query.casefold().split()
    page = shown.ModelPage(
        site=site(request, "/models"),
        model=model,
        facts=words.facts(model, disk),
        told=words.told(entry.provenance),
        base_url=f"/models/{base}" if any(other.id == base for other in shelf.entries()) else None,
        labels=tuple(label for label in entry.spec.labels if all(word in label.casefold() for word in wanted)),
        query=query,
        groups=layer_groups(model.layers),
        unfolded=len(model.layers) <= FEW_LAYERS,
        head=head_sentences(model.layers, entry.spec.outputs, flattened=not model.exact),
        size=disk,
        refusal=translated(error.detail) if error else None,
    )
    return render(page, error.status if error else 200)
