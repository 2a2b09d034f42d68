"""The JSON API's part about global pooling: thin routes over the room's use-case."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from app import documents_learn_global_pooling as documents
from app import learn_global_pooling
from app.answers import API
from app.documents import answer, problems
from app.learn_deps import VisitDep
from app.learn_global_pooling import PooledAsked
from app.learn_global_pooling_told import size_infos
from app.learn_judging import JudgeAsked, judge
from app.learn_judging_told import judged_info, verdict
from app.schemas_learn_global_pooling import HeadsInfo, SizesInfo

router = APIRouter(prefix=f"{API}/learn")

REFUSALS = problems(400, 404, 422, 429, 504)


@router.get(
    "/sizes",
    tags=["learn"],
    summary="See a photo at several sizes",
    responses={200: answer("The photo at each size.", documents.SIZES), **REFUSALS},
)
async def get_sizes(
    visit: VisitDep,
    percent: Annotated[int, Query(ge=25, le=300, description="One more size, in percent of the usual sides.")] = 50,
) -> SizesInfo:
    """Inputs of several sizes: the last maps grow, and what is left of them after pooling does not."""
    found = await learn_global_pooling.pool(visit, PooledAsked(percent=percent))
    return SizesInfo(photo=visit.picked.key, sizes=await run_in_threadpool(size_infos, visit.picked, found))


@router.get(
    "/heads",
    tags=["learn"],
    summary="Learn heads and judge them",
    responses={200: answer("Four heads.", documents.HEADS), **REFUSALS},
)
async def get_heads(visit: VisitDep, asked: Annotated[JudgeAsked, Query()]) -> HeadsInfo:
    """Heads learned from a few views of the photo and of others, by ridge regression, when this is asked.

    They are judged by other views of the same: mirrored, upside down, moved, enlarged, darker.
    """
    found = await judge(visit, asked)
    return HeadsInfo(photo=visit.picked.key, heads=[judged_info(one) for one in found], verdict=verdict(found))
