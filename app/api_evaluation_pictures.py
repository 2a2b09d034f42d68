"""The JSON API of an evaluation's pictures: which are worth a look, their maps, what is marked on them, lists."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema
from starlette.concurrency import run_in_threadpool

from app import documents_evaluations as documents
from app.answers import API
from app.answers_evaluations import picture_item, picture_page
from app.api import cached, fresh, has_tag
from app.api_evaluations import EvaluationId, OpenedDep
from app.deps import EvaluationsDep, OwnerDep, RegistryDep, UploadsDep
from app.documents import BINARY, OWNER, answer, file_answer, problems, written_answer
from app.errors import Unusable
from app.evaluation_drawing import map_npy, overlay_png, thumbnail_jpeg
from app.evaluation_lists import evidence_coco, marks_csv, triage_csv
from app.evaluation_notes import Notes, mark, read_notes
from app.evaluation_opened import Opened, Which
from app.evaluation_picking import Looked, Picking
from app.schemas_evaluations import Marks, PictureItem, PicturePage, SortKey
from model.evaluation.triage import Group

router = APIRouter(prefix=f"{API}/evaluations/{{evaluation_id}}", tags=["evaluations"])

ClassIndex = Annotated[int, Field(ge=0, le=10**9)]
Number = Annotated[int, Path(ge=0, le=10**9, description="The picture's number.", examples=[17])]
MOST_NUMBERS = 1000
PNG = b"\x89PNG"
Given = BeforeValidator(lambda value: value or None)  # a field of a form that was left empty
OfQuery = Annotated[Which, Query(description="The class: what was said, or the most probable true one.")]


async def get_picking(
    group: Annotated[Group | SkipJsonSchema[None], Query(description="Those of one group alone.")] = None,
    true: Annotated[ClassIndex | SkipJsonSchema[None], Given, Query(description="Those of one class.")] = None,
    said: Annotated[
        ClassIndex | SkipJsonSchema[None], Given, Query(description="Those of which this class was said.")
    ] = None,
    cluster: Annotated[
        Annotated[str, Field(pattern=r"^\d{1,9}\.\d{1,3}$")] | SkipJsonSchema[None],
        Query(description="Those whose maps are alike: a class's index, a dot, and the cluster's number."),
    ] = None,
    name: Annotated[str, Query(max_length=200, description="Those with this in their path, in capitals or not.")] = "",
    numbers: Annotated[
        Annotated[list[ClassIndex], Field(max_length=MOST_NUMBERS)] | SkipJsonSchema[None],
        Query(alias="number", description="These alone; repeatable."),
    ] = None,
    sort: Annotated[
        SortKey, Query(description="The figure to put them in order by, the smallest first.")
    ] = SortKey.WORST,
    descending: Annotated[bool, Query(description="The other way round: the largest first.")] = False,
) -> Picking:
    """Which pictures are asked for."""
    return Picking(group, true, said, cluster, name.strip(), frozenset(numbers or ()), sort, descending)


def get_looked(opened: OpenedDep, number: Number) -> Looked:
    """One of its pictures."""
    return opened.find(number)


def get_notes(evaluation_id: EvaluationId, evaluations: EvaluationsDep, owner: OwnerDep) -> Notes:
    """What people added to it."""
    return read_notes(evaluations.folder(evaluation_id, owner))


PickingDep = Annotated[Picking, Depends(get_picking)]
LookedDep = Annotated[Looked, Depends(get_looked)]
NotesDep = Annotated[Notes, Depends(get_notes)]


@router.get(
    "/pictures",
    summary="List pictures, and why each is worth a look",
    openapi_extra=OWNER,
    responses={200: answer("Those asked for.", documents.PICTURES), **problems(400, 404, 422)},
)
def list_evaluated_pictures(
    evaluation_id: EvaluationId,
    opened: OpenedDep,
    notes: NotesDep,
    picking: PickingDep,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 48,
    cursor: Annotated[
        Annotated[str, Field(max_length=20)] | SkipJsonSchema[None], Query(description="`next` of the part before.")
    ] = None,
) -> PicturePage:
    """A figure that a picture does not have puts it last, in either order. 404 until the evaluation is done."""
    return picture_page(evaluation_id, opened, picking, notes, limit, cursor)


@router.put(
    "/pictures/{number}/marks",
    summary="Mark wrong reasons on a picture",
    openapi_extra=OWNER,
    responses={200: answer("The picture, as it is now.", documents.PICTURE), **problems(400, 403, 404, 413, 422)},
)
def put_marks(
    evaluation_id: EvaluationId,
    opened: OpenedDep,
    one: LookedDep,
    marks: Marks,
    evaluations: EvaluationsDep,
    owner: OwnerDep,
) -> PictureItem:
    """In place of what was marked on it before; an empty list takes all away."""
    folder, record = evaluations.changeable(evaluation_id, owner), one.record
    for box in marks.items:
        if not (box.left < box.right <= record.width and box.top < box.bottom <= record.height):
            raise Unusable("'items': a box must have a width and a height and lie in the picture.")
    return picture_item(evaluation_id, opened, one, mark(folder, record.number, marks.items))


@router.get(
    "/triage.csv",
    summary="Take the list along as a table",
    openapi_extra=OWNER,
    response_class=Response,
    responses={**written_answer("Comma-separated, a line a picture.", "text/csv"), **problems(400, 404, 422)},
)
def get_triage(opened: OpenedDep, picking: PickingDep) -> Response:
    """The pictures asked for, in their order: classes, figures and groups."""
    return _kept(triage_csv(opened, opened.pick(picking)), "text/csv", f"{_name(opened)}-triage.csv")


@router.get(
    "/evidence.json",
    summary="Take boxes around the evidence along",
    openapi_extra=OWNER,
    response_class=Response,
    responses={
        **documents.json_file("COCO: a box for each map.", documents.COCO),
        **problems(400, 404, 422),
    },
)
def get_evaluated_evidence(opened: OpenedDep, picking: PickingDep, of: OfQuery = "true") -> Response:
    """The largest region above a fifth of the map's maximum, in pixels of the upright picture."""
    boxes = evidence_coco(opened, opened.pick(picking), of)
    return _kept(boxes, "application/json", f"{_name(opened)}-evidence.json")


@router.get(
    "/corrections.csv",
    summary="Take what is marked along",
    openapi_extra=OWNER,
    response_class=Response,
    responses={**written_answer("Comma-separated, a line a box.", "text/csv"), **problems(400, 404)},
)
def get_corrections(
    evaluation_id: EvaluationId, opened: OpenedDep, notes: NotesDep, evaluations: EvaluationsDep, owner: OwnerDep
) -> Response:
    """What `camscope train --corrections` takes: pictures by the sha256 of their content, and their names."""
    marked = marks_csv(opened, notes.marks, partial(evaluations.photo, evaluation_id, owner))
    return _kept(marked, "text/csv", f"{_name(opened)}-corrections.csv")


@router.get(
    "/thumbnails/{number}",
    summary="Get a small copy of a picture",
    openapi_extra=OWNER,
    response_class=Response,
    responses={**file_answer("At most 320 pixels a side.", "image/jpeg"), **problems(400, 404, 422)},
)
def get_evaluated_thumbnail(
    request: Request, evaluation_id: EvaluationId, opened: OpenedDep, one: LookedDep
) -> Response:
    """Upright, without metadata."""
    tag = f'"{evaluation_id}-{one.record.number}"'
    return _unchanging(request, tag, "image/jpeg", lambda: thumbnail_jpeg(opened, one.record))


@router.get(
    "/photos/{number}",
    summary="Get a large copy of a picture",
    openapi_extra=OWNER,
    response_class=Response,
    responses={
        200: {
            "description": "At most 2,048 pixels a side: a JPEG file, or a PNG file of a small lossless picture.",
            "content": {"image/jpeg": {"schema": BINARY}, "image/png": {"schema": BINARY}},
        },
        **problems(400, 404, 413, 415, 422, 503),
    },
)
async def get_evaluated_photo(
    request: Request,
    evaluation_id: EvaluationId,
    number: Number,
    evaluations: EvaluationsDep,
    uploads: UploadsDep,
    registry: RegistryDep,
    owner: OwnerDep,
) -> Response:
    """Upright, without metadata, made when it is asked for. 404 once the picture is not where it was."""
    file = await run_in_threadpool(evaluations.photo_file, evaluation_id, owner, number)
    tag = f'"{evaluation_id}-photo-{number}"'
    if has_tag(request, tag):
        return fresh(tag)
    rules = registry.find(None).spec.preprocessing
    copy = await asyncio.wrap_future(uploads.submit(lambda: uploads.copy_of(file.read_bytes(), rules)))
    kind = "image/png" if copy.startswith(PNG) else "image/jpeg"
    return Response(copy, media_type=kind, headers=cached(tag))


@router.get(
    "/maps/{number}.npy",
    summary="Get a picture's map",
    openapi_extra=OWNER,
    response_class=Response,
    responses={
        **file_answer("float32, (rows, columns), in logits.", "application/octet-stream"),
        **problems(400, 404, 422),
    },
)
def get_evaluated_map(
    request: Request, evaluation_id: EvaluationId, opened: OpenedDep, one: LookedDep, of: OfQuery = "said"
) -> Response:
    """At scale 1. 404 where the network has no maps."""
    tag = f'"{evaluation_id}-map-{one.record.number}-{of}"'
    return _unchanging(request, tag, "application/octet-stream", lambda: map_npy(opened, one.record, of))


@router.get(
    "/overlays/{number}.png",
    summary="Get a picture with its map over it",
    openapi_extra=OWNER,
    response_class=Response,
    responses={**file_answer("The thumbnail with a map.", "image/png"), **problems(400, 404, 422)},
)
def get_evaluated_overlay(
    request: Request, evaluation_id: EvaluationId, opened: OpenedDep, one: LookedDep, of: OfQuery = "said"
) -> Response:
    """Signed, on its own scale: what gives and what takes. 404 where the network has no maps."""
    tag = f'"{evaluation_id}-overlay-{one.record.number}-{of}"'
    return _unchanging(request, tag, "image/png", lambda: overlay_png(opened, one.record, of))


def _unchanging(request: Request, tag: str, media_type: str, made: Callable[[], bytes]) -> Response:
    """A file of an evaluation, or word that the asker has it already."""
    if has_tag(request, tag):
        return fresh(tag)
    return Response(made(), media_type=media_type, headers=cached(tag))


def _name(opened: Opened) -> str:
    return opened.metrics.model.name


def _kept(content: str | bytes, media_type: str, name: str) -> Response:
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )  # fmt: skip
