"""The JSON API's part about what is inside a network: thin routes over the use-case of the rooms."""

import io
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from app import answers_learn, documents_learn
from app.answers import API
from app.documents import answer, problems, written_answer
from app.learn_deps import VisitDep
from app.schemas_learn import LayersInfo
from model.cam import Array

router = APIRouter(prefix=f"{API}/learn")

BINARY = "application/octet-stream"
MOST_MAPS = 64
LARGEST_CHANNEL = 2**16


def numpy_answer(values: Array) -> Response:
    """An array as float32 in NumPy's format."""
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(values, dtype="<f4"))
    return Response(file.getvalue(), media_type=BINARY)


@router.get(
    "/layers",
    tags=["learn"],
    summary="See what a network's layers give for a photo",
    responses={200: answer("The layers, from the first to the last.", documents_learn.LAYERS),
               **problems(400, 404, 422, 429, 504)},
)  # fmt: skip
async def get_layers(visit: VisitDep) -> LayersInfo:
    """The sizes of a network's inner maps and a few numbers of each, for an example photo or a stored one.

    The network sees the photo when this is asked; nothing of it is kept. Layers are those that end with an activation,
    a sum or a pooling; of many, sixteen are told, among them every size there is.
    """
    [inside] = await visit.look_inside()
    return await run_in_threadpool(answers_learn.layers_info, visit.picked, inside)


@router.get(
    "/activations.npy",
    tags=["learn"],
    summary="Get a layer's maps as numbers",
    response_class=Response,
    responses={
        **written_answer("NumPy's format: float32, channels x rows x columns.", BINARY),
        **problems(400, 404, 422, 429, 504),
    },
)
async def get_activations(
    visit: VisitDep,
    layer: Annotated[str, Query(max_length=300, description="Its name, or `photo`: what the network saw, in grey.")],
    first: Annotated[int, Field(ge=0, le=LARGEST_CHANNEL), Query(description="The first channel.")] = 0,
    count: Annotated[int, Field(ge=1, le=MOST_MAPS), Query(description="How many channels at most.")] = MOST_MAPS,
) -> Response:
    """What a layer gives for a photo, channel by channel: `numpy.load` reads it."""
    [inside] = await visit.look_inside()
    maps = await run_in_threadpool(answers_learn.maps_of, inside, layer, first, count)
    return numpy_answer(maps)
