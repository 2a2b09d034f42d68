"""The JSON API's part about global pooling: thin routes over the room's use-case."""

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool

from app import documents_learn_global_pooling as documents
from app import learn_global_pooling
from app.answers import API
from app.documents import answer, problems
from app.learn_deps import VisitDep
from app.learn_global_pooling_told import judged_info, size_infos
from app.schemas_learn_global_pooling import HeadsInfo, SizesInfo

router = APIRouter(prefix=f"{API}/learn")

REFUSALS = problems(400, 404, 422, 429, 504)


@router.get(
    "/sizes",
    tags=["learn"],
    summary="See a photo at several sizes",
    responses={200: answer("The photo at each size.", documents.SIZES), **REFUSALS},
)
async def get_sizes(visit: VisitDep) -> SizesInfo:
    """Inputs of several sizes: the last maps grow, and what is left of them after pooling does not."""
    found = await learn_global_pooling.pool(visit, "")
    return SizesInfo(photo=visit.picked.key, sizes=await run_in_threadpool(size_infos, visit.picked, found))


@router.get(
    "/heads",
    tags=["learn"],
    summary="Learn heads and judge them",
    responses={200: answer("Three heads.", documents.HEADS), **REFUSALS},
)
async def get_heads(visit: VisitDep) -> HeadsInfo:
    """Heads learned from one view of the photo and of each example, by ridge regression, when this is asked.

    They are judged by six other views of each: mirrored, moved three ways, enlarged, darker.
    """
    found = await learn_global_pooling.judge(visit)
    return HeadsInfo(photo=visit.picked.key, heads=[judged_info(one) for one in found])
