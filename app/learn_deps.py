"""What the routes of the rooms may ask for: the photo and the network of an address, and what all rooms have."""

from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.concurrency import run_in_threadpool

from app.contexts_learn import Frame
from app.deps import ExplainerDep, LearningDep, OwnerDep
from app.learn_frame import frame
from app.learn_visit import Visit

PhotoKey = Annotated[
    str,
    Query(
        max_length=100,
        description="An example's name, or an explanation's id; default the first example.",
        examples=[""],
    ),
]
ModelKey = Annotated[
    str,
    Query(
        max_length=300,
        description="A bundle's id or name; default the one that explained the photo, else the server's first.",
        examples=[""],
    ),
]


async def get_visit(request: Request, learning: LearningDep, photo: PhotoKey = "", model: ModelKey = "") -> Visit:
    """The photo and the network of the address."""
    return await run_in_threadpool(learning.visit, request, photo, model)


VisitDep = Annotated[Visit, Depends(get_visit)]


async def get_frame(visit: VisitDep, explainer: ExplainerDep, owner: OwnerDep) -> Frame:
    """What this room has in common with the others."""
    return await run_in_threadpool(frame, visit, explainer, owner)


FrameDep = Annotated[Frame, Depends(get_frame)]
