"""The pages of evaluations: ask for one, follow it, and look at what came of it."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from app import contexts
from app.answers_evaluations import picture_page, place_of
from app.api_evaluation_pictures import PickingDep
from app.contexts_evaluations import (
    EvaluationDeletePage,
    EvaluationForm,
    EvaluationGoingPage,
    EvaluationPage,
    EvaluationsPage,
)
from app.deps import DatasetsDep, EvaluationsDep, OwnerDep, require_room
from app.errors import AppError, Malformed
from app.evaluation_clusters import clusters_of
from app.evaluation_files import Sent
from app.evaluation_form import FIELDS, asked_of
from app.evaluation_gallery import (
    A_PART,
    address_of,
    chips_of,
    chosen_of,
    counted,
    fields_of,
    said_classes,
    sorts_of,
    true_classes,
)
from app.evaluation_labels import StrangeLabels, with_proposals
from app.evaluation_notes import read_notes
from app.evaluation_picking import Picking
from app.evaluation_report import measured
from app.evaluation_words import group_words
from app.evaluations_shown import line_of, tile_of
from app.forms import Received, received_form
from app.jobs import JobState
from app.pages import network_choices
from app.pages_train import folders_below
from app.schemas_evaluations import Evaluation
from app.templating import render, site
from app.text import plain
from app.training_offer import training_offer
from app.translated import translated

router = APIRouter(include_in_schema=False)

COMMAND = "camscope evaluate models/mine pictures --out report"
REFRESH_S = 5


@dataclass(frozen=True)
class Bench:
    """What these pages take: the evaluations, the pictures that were sent, and who asks."""

    request: Request
    owner: OwnerDep
    evaluations: EvaluationsDep
    datasets: DatasetsDep


BenchDep = Annotated[Bench, Depends()]


@router.get("/evaluations")
def evaluations_page(
    bench: BenchDep,
    model: Annotated[str, Query(max_length=300)] = "",
    dataset: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Ask for an evaluation; those there are."""
    source = "dataset" if dataset else "upload"
    return _evaluations_page(bench, EvaluationForm(model=model, dataset=dataset, source=source))


@router.post("/evaluations", dependencies=[require_room])
async def begin(bench: BenchDep) -> Response:
    """Take the pictures and the boxes, put the evaluation in line, go to its page."""
    form = EvaluationForm()
    try:
        bench.evaluations.offer.require()
        async with received_form(bench.request, "archive", bench.datasets.room, ["boxes", "masks"]) as received:
            known = ("source", *FIELDS)
            form = EvaluationForm(**{name: received.fields[name] for name in known if name in received.fields})
            form = await run_in_threadpool(_with_pictures, bench, form, received)
            place = {"folder": ""} if form.source != "folder" else {"dataset": ""}
            asked = asked_of({name: getattr(form, name) for name in FIELDS} | place)
            sent = Sent(received.besides.get("boxes"), received.besides.get("masks"))
            evaluation = await run_in_threadpool(bench.evaluations.start, asked, bench.owner, sent)
    except StrangeLabels as error:
        form = replace(form, labels=with_proposals(form.labels, error.lines))
        return await run_in_threadpool(_evaluations_page, bench, form, error)
    except AppError as error:
        return await run_in_threadpool(_evaluations_page, bench, form, error)
    return RedirectResponse(evaluation.page_url, 303)


def _with_pictures(bench: Bench, form: EvaluationForm, received: Received) -> EvaluationForm:
    """Keep the pictures of the zip, if that is what was chosen.

    Raises:
        Malformed: nothing was
    """
    if form.source == "folder":
        if not form.folder.strip():
            raise Malformed("Name the folder first.")
        return form
    if form.source == "dataset":
        if not form.dataset:
            raise Malformed("Choose pictures that were sent before first.")
        return form
    if received.file is None or not received.size:
        raise Malformed("Choose a zip of pictures first.")
    return replace(form, source="dataset", dataset=bench.datasets.create_of(bench.owner, received.file).id)


def _evaluations_page(bench: Bench, form: EvaluationForm, refusal: AppError | None = None) -> Response:
    settings, offer = bench.request.app.state.settings, bench.evaluations.offer
    evaluations = bench.evaluations.all_of(bench.owner)
    sent = bench.datasets.all_of(bench.owner).items
    page = EvaluationsPage(
        site=site(bench.request, "/evaluations"),
        reason=None if offer.reason is None else translated(offer.reason),
        command=COMMAND,
        refusal=None if refusal is None else translated(refusal.detail),
        form=form,
        models=network_choices(bench.request),
        datasets=tuple(
            contexts.Choice(one.id, ", ".join(each.label for each in one.classes), one.pictures)
            for one in sent
            if one.pictures
        ),
        folders=tuple(folders_below(settings.training_folders)),
        allowed=offer.folders,
        max_archive_mb=plain(settings.max_archive_mb),
        lines=tuple(map(line_of, evaluations)),
        ongoing=any(not one.state.ended for one in evaluations),
    )
    answer = render(page, 200 if refusal is None else refusal.status)
    answer.headers.update({} if refusal is None else refusal.headers)
    return answer


@router.get("/evaluations/{evaluation_id}")
def evaluation_page(
    bench: BenchDep,
    evaluation_id: str,
    picking: PickingDep,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """One evaluation: as it goes, and what came of it."""
    evaluation = bench.evaluations.find(evaluation_id, bench.owner)
    if evaluation.state is not JobState.DONE:
        return _going(bench, evaluation)
    opened = bench.evaluations.open(evaluation_id, bench.owner)
    notes = read_notes(bench.evaluations.folder(evaluation_id, bench.owner))
    part, begun = picture_page(evaluation_id, opened, picking, notes, A_PART, cursor), place_of(cursor)
    url = evaluation.page_url
    page = EvaluationPage(
        site=site(bench.request, "/evaluations"),
        **measured(opened.metrics, lambda true, said: address_of("", Picking(true=true, said=said))),
        line=line_of(evaluation),
        chips=chips_of(url, opened, picking),
        rule=None if picking.group is None else group_words(picking.group).rule,
        chosen=chosen_of(opened, picking, notes.names),
        clear_url=address_of(url, Picking(group=picking.group, sort=picking.sort, descending=picking.descending)),
        fields=fields_of(picking),
        sorts=sorts_of(picking),
        descending=picking.descending,
        true_classes=true_classes(opened, picking),
        said_classes=said_classes(opened, picking),
        name=picking.name,
        switchable=any(one.grid is not None and not one.right for one in part.items),
        tiles=tuple(tile_of(url, one, picking) for one in part.items),
        counted=counted(begun, len(part.items), part.total),
        earlier_url=address_of(url, picking, max(0, begun - A_PART)) if begun else None,
        later_url=None if part.next is None else address_of(url, picking, int(part.next)),
        export_url=evaluation.url,
        marked=len(notes.marks),
        mendable=training_offer(bench.request.app.state.settings).allowed and evaluation.yours,
        deletable=bench.evaluations.may_change(evaluation_id, bench.owner),
        clusters=clusters_of(url, evaluation_id, opened, notes),
    )
    return render(page)


def _going(bench: Bench, evaluation: Evaluation) -> Response:
    page = EvaluationGoingPage(
        site=site(bench.request, "/evaluations"),
        line=line_of(evaluation),
        error=None if evaluation.error is None else translated(evaluation.error),
        problems=tuple(map(translated, evaluation.problems)),
        ongoing=not evaluation.state.ended,
        refresh_s=REFRESH_S,
    )
    return render(page)


@router.post("/evaluations/{evaluation_id}/cancel")
def cancel(bench: BenchDep, evaluation_id: str) -> Response:
    """Stop one."""
    return RedirectResponse(bench.evaluations.stop(evaluation_id, bench.owner).page_url, 303)


@router.get("/evaluations/{evaluation_id}/delete")
def delete_page(bench: BenchDep, evaluation_id: str) -> Response:
    """Ask once more."""
    line = line_of(bench.evaluations.find(evaluation_id, bench.owner))
    site_here = site(bench.request, "/evaluations")
    return render(EvaluationDeletePage(site=site_here, name=line.name, model=line.model, page_url=line.page_url))


@router.post("/evaluations/{evaluation_id}/delete")
def delete(bench: BenchDep, evaluation_id: str) -> Response:
    """Delete one."""
    bench.evaluations.forget(evaluation_id, bench.owner)
    return RedirectResponse("/evaluations", 303)
