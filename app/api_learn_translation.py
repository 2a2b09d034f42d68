"""The JSON API's part about a photo that is moved: thin routes over the room's use-case."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from app import documents_learn_translation as documents
from app import learn_translation
from app.answers import API
from app.documents import answer, problems
from app.learn_deps import VisitDep
from app.learn_translation import ShiftAsked
from app.learn_translation_curves import follow
from app.learn_translation_curves_told import curves_info
from app.learn_translation_told import moved_info
from app.schemas_learn_translation import MovedCurvesInfo, MovedInfo
from model.shifting import Edge

router = APIRouter(prefix=f"{API}/learn")

EdgeKey = Annotated[Edge, Query(description="What comes in: the photo's other side, or its mean colour.")]
REFUSALS = problems(400, 404, 422, 429, 504)


@router.get(
    "/moved",
    tags=["learn"],
    summary="Move a photo",
    responses={200: answer("What moved along, and what stayed.", documents.MOVED), **REFUSALS},
)
async def get_moved(
    visit: VisitDep,
    asked: Annotated[ShiftAsked, Query()],
) -> MovedInfo:
    """The network's input moved by whole pixels: every layer's maps and the score, before and after."""
    found = await learn_translation.move(visit, asked)
    return await run_in_threadpool(moved_info, visit.picked, found, asked)


@router.get(
    "/moved/curves",
    tags=["learn"],
    summary="Move a photo step by step",
    responses={200: answer("A class over the shift.", documents.CURVES), **REFUSALS},
)
async def get_moved_curves(
    visit: VisitDep,
    edge: Annotated[
        Edge, Query(description="What comes in: the photo's other side, or its mean colour.")
    ] = Edge.AROUND,
) -> MovedCurvesInfo:
    """The scores of the most probable classes, and how far maps of each stride moved along, for 0 to 40 pixels."""
    found = await follow(visit, edge)
    return await run_in_threadpool(curves_info, visit.picked, found, edge)
