"""The rooms to learn in: thin routes over what the running network says of a photo."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from app import learn_layers, learn_pooling
from app.answers_learn import predictions
from app.answers_models import layers_side
from app.contexts import Page
from app.contexts_learn import Frame, LobbyPage
from app.contexts_learn_layers import LayersPage
from app.contexts_learn_pooling import PoolingPage
from app.deps import ExplainerDep, LearningDep, OwnerDep
from app.insides import Inside
from app.learn_frame import LOBBY, frame
from app.learn_layers import SmallAsked
from app.learn_lobby import cards
from app.learn_pooling import PoolingAsked
from app.learning import Picked
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


class LayersAsked(Asked, SmallAsked):
    """The query of the room of layers: the sizes of the small network, too."""


class PoolingQuery(Asked, PoolingAsked):
    """The query of the room of pooling: its forms' fields, too."""


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
    request: Request,
    learning: LearningDep,
    explainer: ExplainerDep,
    owner: OwnerDep,
    asked: Annotated[LayersAsked, Query()],
) -> Response:
    """From photo to class, layer by layer."""
    picked = await run_in_threadpool(learning.pick, asked.photo, asked.model)
    learn = await run_in_threadpool(frame, request, "layers", picked, explainer, owner)
    [inside] = await learning.look_inside(request, picked)
    return await run_in_threadpool(_layers, request, learn, picked, inside, asked)


def _layers(request: Request, learn: Frame, picked: Picked, inside: Inside, asked: LayersAsked) -> Response:
    groups, head, first = learn_layers.whole_network(picked.entry)
    counted = learn_layers.small_layers(asked.network)
    page = LayersPage(
        site=site(request, LOBBY),
        learn=learn,
        pixels=(inside.input_width, inside.input_height),
        walk=learn_layers.walk(inside),
        layers=tuple((tap.name, tap.channels) for tap in inside.taps),
        vector=0 if inside.features is None else len(inside.features),
        answers=tuple(predictions(inside, picked.entry.spec.labels)),
        by_hand=learn_layers.by_hand(),
        small=asked.network,
        filters=asked.filters,
        counted=counted,
        total=sum(one.parameters for one in counted),
        connected=learn_layers.connected(asked),
        groups=groups,
        head=head,
        first=first,
        side=layers_side(picked.entry),
    )
    return drawn(page)


@router.get("/pooling")
async def pooling(
    request: Request,
    learning: LearningDep,
    explainer: ExplainerDep,
    owner: OwnerDep,
    asked: Annotated[PoolingQuery, Query()],
) -> Response:
    """Pooling: on numbers, on a photo, on two dots."""
    picked = await run_in_threadpool(learning.pick, asked.photo, asked.model)
    learn = await run_in_threadpool(frame, request, "pooling", picked, explainer, owner)
    [inside] = await learning.look_inside(request, picked)
    return await run_in_threadpool(_pooling, request, learn, inside, asked)


def _pooling(request: Request, learn: Frame, inside: Inside, asked: PoolingQuery) -> Response:
    made = learn_pooling.steps(inside, asked)
    page = PoolingPage(
        site=site(request, LOBBY),
        learn=learn,
        asked=asked.fields,
        choices=learn_pooling.choices(),
        filters=learn_layers.filters(),
        layers=tuple((tap.name, tap.channels) for tap in inside.taps),
        numbers=learn_pooling.on_numbers(asked),
        steps=made,
        left=learn_pooling.what_is_left(made, asked),
        dots=learn_pooling.dots(asked),
        remaining=learn_pooling.counted(asked),
    )
    return drawn(page)
