"""The page of one picture of an evaluation: its figures, what is marked on it, and the way to its explanation."""

import io
from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from app.answers_evaluations import picture_item
from app.api_evaluation_pictures import PickingDep
from app.contexts_evaluated import EvaluatedPicturePage
from app.deps import ExplainerDep, require_room
from app.errors import AppError, NotFound
from app.evaluated_picture import evidence_of, facts_of, maps_of, marks_of, neighbours_of, place_of, reasons_of
from app.evaluation_drawing import mean_map
from app.evaluation_gallery import address_of, part_of, query_of
from app.evaluation_marking import mark_of, together
from app.evaluation_notes import mark, name_cluster, read_notes
from app.evaluation_picking import Picking
from app.evaluations_shown import line_of, tile_of
from app.pages_evaluations import Bench, BenchDep
from app.questions import Wish
from app.schemas_evaluations import PictureItem
from app.templating import render, site
from app.training_offer import training_offer
from app.translated import translated

router = APIRouter(prefix="/evaluations/{evaluation_id}", include_in_schema=False)

Edge = Annotated[str, Form(max_length=20)]


@router.get("/pictures/{number}")
def picture_page(bench: BenchDep, evaluation_id: str, number: int, picking: PickingDep) -> Response:
    """One picture, large, among those chosen."""
    return _picture_page(bench, evaluation_id, number, picking)


@router.post("/pictures/{number}/marks")
def add_mark(
    bench: BenchDep,
    evaluation_id: str,
    number: int,
    picking: PickingDep,
    left: Edge = "",
    top: Edge = "",
    right: Edge = "",
    bottom: Edge = "",
) -> Response:
    """Mark a box as a wrong reason."""
    record = bench.evaluations.open(evaluation_id, bench.owner).find(number).record
    folder = bench.evaluations.changeable(evaluation_id, bench.owner)
    try:
        new = mark_of((left, top, right, bottom), record.width, record.height)
        mark(folder, number, together(read_notes(folder).marks.get(number, []), [new]))
    except AppError as error:
        return _picture_page(bench, evaluation_id, number, picking, error)
    return _back(evaluation_id, number, picking)


@router.post("/pictures/{number}/marks/{place}/delete")
def remove_mark(bench: BenchDep, evaluation_id: str, number: int, place: int, picking: PickingDep) -> Response:
    """Take one away."""
    bench.evaluations.open(evaluation_id, bench.owner).find(number)
    folder = bench.evaluations.changeable(evaluation_id, bench.owner)
    before = read_notes(folder).marks.get(number, [])
    mark(folder, number, [one for other, one in enumerate(before) if other != place])
    return _back(evaluation_id, number, picking)


@router.get("/clusters/{key}.png")
def cluster_map(bench: BenchDep, evaluation_id: str, key: str) -> Response:
    """The mean map of a cluster, drawn."""
    cluster = bench.evaluations.open(evaluation_id, bench.owner).clusters.get(key)
    if cluster is None:
        raise NotFound
    headers = {"Cache-Control": "private, max-age=3600"}
    return Response(mean_map(cluster), media_type="image/png", headers=headers)


@router.post("/clusters/{key}/name")
def rename_cluster(
    bench: BenchDep, evaluation_id: str, key: str, name: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """Give a cluster a name."""
    if key in bench.evaluations.open(evaluation_id, bench.owner).clusters:
        name_cluster(bench.evaluations.changeable(evaluation_id, bench.owner), key, name.strip())
    return RedirectResponse(f"/evaluations/{evaluation_id}#clusters", 303)


@router.post("/pictures/{number}/explain", dependencies=[require_room])
async def explain(bench: BenchDep, evaluation_id: str, number: int, explainer: ExplainerDep) -> Response:
    """Make an explanation of a picture, and go there."""
    evaluation = await run_in_threadpool(bench.evaluations.find, evaluation_id, bench.owner)
    opened = await run_in_threadpool(bench.evaluations.open, evaluation_id, bench.owner)
    record = opened.find(number).record
    photo = await run_in_threadpool(bench.evaluations.photo, evaluation_id, bench.owner, number)
    wish = Wish(model=evaluation.model, classes=tuple(f"index:{index}" for index in record.true))
    made = await explainer.explain(bench.request, UploadFile(io.BytesIO(photo), size=len(photo)), wish, bench.owner)
    return RedirectResponse(f"{made.page_url}?class={record.said}", 303)


def _back(evaluation_id: str, number: int, picking: Picking) -> Response:
    return RedirectResponse(f"/evaluations/{evaluation_id}/pictures/{number}{query_of(picking)}", 303)


def _picture_page(
    bench: Bench, evaluation_id: str, number: int, picking: Picking, refusal: AppError | None = None
) -> Response:
    evaluation = bench.evaluations.find(evaluation_id, bench.owner)
    opened = bench.evaluations.open(evaluation_id, bench.owner)
    notes = read_notes(bench.evaluations.folder(evaluation_id, bench.owner))
    one, gallery_url = opened.find(number), evaluation.page_url
    picture = picture_item(evaluation_id, opened, one, notes)
    page = EvaluatedPicturePage(
        site=site(bench.request, "/evaluations"),
        line=line_of(evaluation),
        tile=tile_of(gallery_url, picture, picking),
        url=f"{gallery_url}/pictures/{number}",
        query=query_of(picking),
        back_url=address_of(gallery_url, picking, part_of(opened, picking, number)),
        neighbours=neighbours_of(gallery_url, opened, picking, number),
        photo_url=_photo_url(bench, evaluation_id, picture),
        facts=facts_of(one.record),
        maps=maps_of(opened, one.record),
        evidence=evidence_of(opened, one.record),
        reasons=reasons_of(one),
        boxes=tuple(place_of(edges, picture) for edges in picture.boxes),
        marks=marks_of(picture),
        refusal=None if refusal is None else translated(refusal.detail),
        changeable=bench.evaluations.may_change(evaluation_id, bench.owner),
        judges=evaluation.yours and opened.metrics.settings.split == "val" and _trains(bench),
    )
    return render(page, 200 if refusal is None else refusal.status)


def _photo_url(bench: Bench, evaluation_id: str, picture: PictureItem) -> str:
    """Of the picture itself, as long as it is where it was; else of its small copy."""
    try:
        bench.evaluations.photo_file(evaluation_id, bench.owner, picture.number)
    except NotFound:
        return picture.thumbnail_url
    return picture.photo_url


def _trains(bench: Bench) -> bool:
    return training_offer(bench.request.app.state.settings).allowed
