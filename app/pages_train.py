"""The pages of trainings: prepare and start one, follow it, stop it."""

import contextlib
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from app import contexts, training_words
from app.api_models import ShelfDep
from app.contexts_train import TrainForm, TrainingPage, TrainPage
from app.curves import stage_curves
from app.deps import DatasetsDep, OwnerDep, TrainingsDep, require_room
from app.errors import AppError, Malformed, NotFound, Unusable
from app.forms import Received, received_form
from app.registry import Entry
from app.schemas_trainings import Asked, Dataset
from app.templating import render, site
from app.text import noted, plain
from app.training_offer import training_offer
from app.training_shown import Made, show_line, show_training
from app.translated import translated
from model.errors import BundleError
from model.int8 import is_int8
from model.manifest import NAME_PATTERN
from model.metrics import read_metrics

router = APIRouter(include_in_schema=False)

ACCEPT = "image/jpeg,image/png,image/webp,image/gif,image/bmp,.mpo"
NAME_FIELD = NAME_PATTERN.replace("-]", r"\-]")  # in browsers' expressions a bare dash is none
COMMAND = "camscope train pictures --out models/mine"
USUAL_NAME = "my-model"
MOST_FOLDERS = 200
REFRESH_S = 5
TAKES = {
    "name": noted("The name takes 1 to 100 letters, digits, dots, dashes and underscores, a letter or digit first."),
    "epochs": noted("Epochs takes a whole number from 1 to 1000."),
    "folder": noted("The folder's path is too long."),
}
ASKED = ("name", "freeze", "base", "head", "epochs", "balance", "loss", "corrections_of")


@dataclass(frozen=True)
class Desk:
    """What preparing a training takes: the pictures, the trainings and the models, and who asks."""

    request: Request
    owner: OwnerDep
    datasets: DatasetsDep
    trainings: TrainingsDep
    shelf: ShelfDep


DeskDep = Annotated[Desk, Depends()]
Id = Annotated[str, Query(max_length=64)]


@router.get("/train")
def train_page(desk: DeskDep, dataset: Id = "", again: Id = "") -> Response:
    """Prepare a training; those there are.

    Args:
        desk: see there
        dataset: pictures that are with the server already
        again: a training to be asked for once more
    """
    if not again:
        return _train_page(desk, TrainForm(dataset=dataset))
    asked = desk.trainings.find(again, desk.owner).asked
    return _train_page(desk, replace(_form_of(asked), corrections_of=again if asked.corrections else ""))


@router.post("/train", dependencies=[require_room])
async def begin(desk: DeskDep) -> Response:
    """The form without scripts: take the zip, start the training, go to its page."""
    form = TrainForm()
    try:
        desk.trainings.offer.require()
        async with received_form(desk.request, "archive", desk.datasets.room) as received:
            form = _entered(received.fields)
            form = await run_in_threadpool(_with_pictures, desk, form, received)
            training = await run_in_threadpool(desk.trainings.start, _asked(form), desk.owner)
    except AppError as error:
        return await run_in_threadpool(_train_page, desk, form, error)
    return RedirectResponse(training.page_url, 303)


def _entered(fields: Mapping[str, str]) -> TrainForm:
    """What was typed; a file has its own place."""
    typed = {name: value.strip() for name, value in fields.items()}
    known = {name: value for name, value in typed.items() if name in ("source", "folder", *ASKED)}
    return TrainForm(dataset=typed.get("pictures", ""), **known)


def _with_pictures(desk: Desk, form: TrainForm, received: Received) -> TrainForm:
    """Keep the pictures of the zip, if one was chosen; others may be with the server already."""
    if form.source == "folder":
        if not form.folder:
            raise Malformed("Name the folder first.")
        return form
    if received.file is not None and received.size:
        return replace(form, dataset=desk.datasets.create_of(desk.owner, received.file).id)
    if not form.dataset:
        raise Malformed("Choose a zip of pictures first.")
    return form


def _asked(form: TrainForm) -> Asked:
    """The form as the API takes it.

    Raises:
        Unusable: a field has what it cannot have
    """
    place = {"folder": form.folder} if form.source == "folder" else {"dataset": form.dataset}
    values = {name: getattr(form, name) for name in ASKED} | place
    try:
        return Asked.model_validate({name: value for name, value in values.items() if value})
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        if field in TAKES:
            raise Unusable(TAKES[field]) from error
        raise Unusable(f"'{field}' takes one of the choices.") from error


def _form_of(asked: Asked) -> TrainForm:
    """The form as it was filled in for a training."""
    values = {
        name: getattr(asked, name) for name in ("dataset", "folder", "base", "loss", "epochs") if getattr(asked, name)
    }
    typed = {name: str(value) for name, value in values.items()}
    source = "upload" if asked.folder is None else "folder"
    freeze = "head" if asked.freeze == "head" else "auto"
    return TrainForm(source=source, name=asked.name, freeze=freeze, head=asked.head, balance=asked.balance, **typed)


def _train_page(desk: Desk, form: TrainForm, refusal: AppError | None = None) -> Response:
    settings = desk.request.app.state.settings
    offer = training_offer(settings)
    dataset = _pictures(desk, form.dataset)
    is_gone = dataset is None and form.dataset != ""
    if is_gone:
        form = replace(form, dataset="")
    models = desk.shelf.entries()
    trainings = desk.trainings.all_of(desk.owner)
    taken = {entry.name for entry in models} | {one.name for one in trainings if not one.state.ended}
    page = TrainPage(
        site=site(desk.request, "/train"),
        reason=None if offer.reason is None else translated(offer.reason),
        command=COMMAND,
        refusal=None if refusal is None else translated(refusal.detail),
        form=form if refusal else replace(form, name=free_name(form.name or USUAL_NAME, taken)),
        dataset=dataset,
        is_dataset_gone=is_gone,
        folders=tuple(folders_below(settings.training_folders)),
        allowed=offer.folders,
        bases=tuple(
            contexts.Choice(one.id, one.name, one.spec.classes) for one in models if not is_int8(one.provenance)
        ),
        heads=training_words.heads(),
        balances=training_words.balances(),
        losses=training_words.losses(),
        accept=ACCEPT,
        max_archive_mb=plain(settings.max_archive_mb),
        name_pattern=NAME_FIELD,
        usual_name=USUAL_NAME,
        taken_names=" ".join(sorted(taken)),
        trainings=tuple(show_line(training, called_now(training.model, models)) for training in trainings),
        ongoing=any(not training.state.ended for training in trainings),
    )
    answer = render(page, 200 if refusal is None else refusal.status)
    answer.headers.update({} if refusal is None else refusal.headers)
    return answer


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The wanted name, or with the first number that makes it one that no model has; static/js/modelname.js too."""
    known = {name.casefold() for name in taken}
    names = itertools.chain([wanted], (f"{wanted}-{number}" for number in itertools.count(2)))
    return next(name for name in names if name.casefold() not in known)


def _pictures(desk: Desk, dataset: str) -> Dataset | None:
    """The pictures that a form names, if they are still kept."""
    try:
        return desk.datasets.find(dataset, desk.owner) if dataset else None
    except NotFound:
        return None


def folders_below(allowed: tuple[Path, ...]) -> Iterator[str]:
    """Folders on the server to choose from: those allowed, and the ones in them; the first few hundred."""
    for root in allowed:
        try:
            inner = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
        except OSError:
            continue
        yield str(root)
        yield from map(str, inner[:MOST_FOLDERS])


@router.get("/trainings/{training_id}")
def training_page(training_id: str, desk: DeskDep) -> Response:
    """One training: as it goes, and what came of it."""
    training = desk.trainings.find(training_id, desk.owner)
    page = TrainingPage(
        site=site(desk.request, "/train"),
        shown=show_training(training, _made(desk, training.model)),
        stages=stage_curves(training.epochs),
        refresh_s=REFRESH_S,
    )
    return render(page)


def _made(desk: Desk, model: str | None) -> Made | None:
    """The model that a training made, whatever it is called now; None where there is none any more."""
    entry = called_now(model, desk.shelf.entries())
    if entry is None:
        return None
    metrics = None
    with contextlib.suppress(BundleError):
        metrics = read_metrics(entry.path)
    return Made(entry.id, metrics, desk.shelf.has_report(entry))


def called_now(model: str | None, entries: Sequence[Entry]) -> Entry | None:
    """A model by its id, else the one that had this id before it was renamed."""
    content = (model or "").rpartition("-")[2]
    return next(
        itertools.chain(
            (entry for entry in entries if entry.id == model), (entry for entry in entries if entry.content == content)
        ),
        None,
    )


@router.post("/trainings/{training_id}/cancel")
def cancel(training_id: str, desk: DeskDep, keep: Annotated[bool, Form()] = False) -> Response:
    """Stop it, then show how it stands."""
    training = desk.trainings.stop(training_id, desk.owner, keep)
    return RedirectResponse(training.page_url, 303)
