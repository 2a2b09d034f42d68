"""The rooms to learn in: thin routes over what the running network says of a photo."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from app.contexts import Page
from app.contexts_learn import LobbyPage
from app.contexts_learn_layers import LayersPage
from app.deps import ExplainerDep, LearningDep, OwnerDep
from app.learn_frame import LOBBY, frame
from app.learn_lobby import cards
from app.security import POLICY, policy
from app.templating import render, site

router = APIRouter(prefix=LOBBY, include_in_schema=False)

# Rooms' pictures stand in the page itself (docs/decisions/0153).
WITH_PICTURES = policy(POLICY | {"img-src": f"{POLICY['img-src']} data:"})


class Asked(BaseModel):
    """The query of every room; what is empty is left out.

    Attributes:
        photo: an example's name, or an explanation's id
        model: a bundle's id or name
    """

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    photo: Annotated[str, Field(max_length=100)] = ""
    model: Annotated[str, Field(max_length=300)] = ""


Asks = Annotated[Asked, Query()]


def drawn(page: Page) -> Response:
    """A room as HTML, which may have pictures inside."""
    answer = render(page)
    answer.headers["Content-Security-Policy"] = WITH_PICTURES
    return answer


@router.get("")
async def lobby(request: Request, learning: LearningDep, asked: Asks) -> Response:
    """All rooms, each with its claim and a picture made now."""
    shown = await cards(request, learning, asked.photo, asked.model)
    return drawn(await run_in_threadpool(LobbyPage, site(request, LOBBY), shown))


@router.get("/layers")
async def layers(
    request: Request, learning: LearningDep, explainer: ExplainerDep, owner: OwnerDep, asked: Asks
) -> Response:
    """From photo to class, layer by layer."""
    picked = await run_in_threadpool(learning.pick, asked.photo, asked.model)
    learn = await run_in_threadpool(frame, request, "layers", picked, explainer, owner)
    return drawn(LayersPage(site=site(request, LOBBY), learn=learn))
