"""The JSON API's part about where the location goes: thin routes over the room's use-case."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from app import answers_learn_location as answers
from app import documents_learn_location as documents
from app import learn_location
from app.answers import API
from app.api_learn import BINARY, numpy_answer
from app.documents import answer, problems, written_answer
from app.learn_cells import maps_of, rows_of
from app.learn_cover import CoverAsked, cover_cells
from app.learn_deps import VisitDep
from app.learn_flattened import flatten
from app.learn_location import ShuffleAsked
from app.schemas_learn_location import ClassesInfo, CoveredInfo, FlattenedInfo, ShuffledInfo

router = APIRouter(prefix=f"{API}/learn")

MOST_ROWS = 32
REFUSALS = problems(400, 404, 422, 429, 504)


@router.get(
    "/features.npy",
    tags=["learn"],
    summary="Get the maps that a head weighs",
    response_class=Response,
    responses={**written_answer("NumPy's format: float32, channels x rows x columns.", BINARY), **REFUSALS},
)
async def get_features(visit: VisitDep) -> Response:
    """The last maps of a network for a photo, as its head weighs them: mean(map) x row of the head + bias = logit.

    Those of a head that is not quite average and linear are brought to that: normalised, scaled, or at their peaks.
    """
    still = await learn_location.see(visit)
    return await run_in_threadpool(lambda: numpy_answer(maps_of(still.answer).features))


@router.get(
    "/head.npy",
    tags=["learn"],
    summary="Get rows of a network's head",
    response_class=Response,
    responses={**written_answer("NumPy's format: float32, classes x channels.", BINARY), **problems(400, 404, 422)},
)
async def get_head(
    visit: VisitDep,
    index: Annotated[
        list[Annotated[int, Field(ge=0, le=2**20)]],
        Query(alias="class", min_length=1, max_length=MOST_ROWS, description="Classes, by index."),
    ],
) -> Response:
    """What the network weighs its last maps with for some classes, in the order asked for."""
    bundle = await run_in_threadpool(visit.head)
    return await run_in_threadpool(lambda: numpy_answer(rows_of(bundle, index)))


@router.get(
    "/shuffled",
    tags=["learn"],
    summary="Shuffle the cells of a photo's maps",
    responses={200: answer("What stays and what does not.", documents.SHUFFLED), **REFUSALS},
)
async def get_shuffled(
    visit: VisitDep,
    asked: Annotated[ShuffleAsked, Query()],
) -> ShuffledInfo:
    """The cells of the last maps in another order: every mean and every logit stays, and each map is shuffled along.

    Beside it the photo itself, cut into as many pieces and put together in the same order, as the network sees it.
    """
    still = await learn_location.see(visit)
    found = await learn_location.shuffle(visit, still, asked)
    return await run_in_threadpool(answers.shuffled_info, visit.picked, found)


@router.get(
    "/covered",
    tags=["learn"],
    summary="Cover cells of a photo",
    responses={200: answer("A class before and after.", documents.COVERED), **REFUSALS},
)
async def get_covered(
    visit: VisitDep,
    asked: Annotated[CoverAsked, Query()],
) -> CoveredInfo:
    """The squares of some cells painted in the photo's mean colour: what the network says then, and what its map does.

    Inside, outside and the bias add up to the logit, before and after.
    """
    still = await learn_location.see(visit)
    found = await cover_cells(visit, still, asked)
    return await run_in_threadpool(answers.covered_info, visit.picked, found)


@router.get(
    "/classes",
    tags=["learn"],
    summary="Get a photo's scores of all classes",
    responses={200: answer("Every class's logit, bias and probability.", documents.CLASSES), **REFUSALS},
)
async def get_classes(visit: VisitDep) -> ClassesInfo:
    """What a network says of a photo, for every class: what a row of its head, `head.npy`, makes of `features.npy`."""
    still = await learn_location.see(visit)
    return await run_in_threadpool(answers.classes_info, visit.picked, still)


@router.get(
    "/flattened",
    tags=["learn"],
    summary="Learn a head of means and a head of cells",
    responses={200: answer("Both, before the maps and before shuffled ones.", documents.FLATTENED), **REFUSALS},
)
async def get_flattened(
    visit: VisitDep,
    asked: Annotated[ShuffleAsked, Query()],
) -> FlattenedInfo:
    """Two linear heads learned to tell the photo from its mirror images, by ridge regression, when this is asked.

    One has the mean of each map, the other every cell. Then the cells of all four are shuffled.
    """
    still = await learn_location.see(visit)
    maps = maps_of(still.answer)
    found = await flatten(visit, still, asked.of(maps.shape[1] * maps.shape[2]))
    return await run_in_threadpool(answers.flattened_info, visit.picked, found)
