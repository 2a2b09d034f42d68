"""The rooms to learn in: thin routes over what the running network says of a photo."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from app import learn_layers, learn_pooling
from app.answers_learn import predictions
from app.answers_models import layers_of, layers_side
from app.contexts import Page, Site
from app.contexts_learn import Frame, LobbyPage
from app.contexts_learn_global_pooling import GlobalPoolingPage
from app.contexts_learn_layers import LayersPage
from app.contexts_learn_location import LocationPage
from app.contexts_learn_pooling import Condensed, PoolingPage
from app.contexts_learn_translation import TranslationPage
from app.deps import LearningDep
from app.head_comparisons import head_comparisons
from app.insides import Inside
from app.learn_deps import FrameDep, ModelKey, PhotoKey, VisitDep
from app.learn_frame import LOBBY
from app.learn_global_pooling import Pooled, PooledAsked, pool
from app.learn_global_pooling_told import pooled_shown
from app.learn_judging import Judged, judge
from app.learn_layers import SmallAsked
from app.learn_lobby import cards
from app.learn_location_room import LocationAsked, locate
from app.learn_pooling import PoolingAsked
from app.learn_translation import FURTHEST, Moved, ShiftAsked, move
from app.learn_translation_curves import MovedCurves, follow
from app.learn_translation_curves_told import curves_shown
from app.learn_translation_told import edges, moved_info, moved_shown
from app.learn_visit import Visit
from app.security import POLICY, policy
from app.templating import render, site

router = APIRouter(prefix=LOBBY, include_in_schema=False)

# Rooms' pictures stand in the page itself (docs/decisions/0153).
WITH_PICTURES = policy(POLICY | {"img-src": f"{POLICY['img-src']} data:"})


def drawn(page: Page) -> Response:
    """A room as HTML, which may have pictures inside."""
    answer = render(page)
    answer.headers["Content-Security-Policy"] = WITH_PICTURES
    return answer


def of(visit: Visit) -> Site:
    """What every page has, for this visitor."""
    return site(visit.request, LOBBY)


@router.get("")
async def lobby(request: Request, learning: LearningDep, photo: PhotoKey = "", model: ModelKey = "") -> Response:
    """All rooms, each with its claim and a picture made now."""
    shown = await cards(request, learning, photo, model)
    return drawn(await run_in_threadpool(LobbyPage, site(request, LOBBY), shown))


@router.get("/layers")
async def layers(visit: VisitDep, learn: FrameDep, asked: Annotated[SmallAsked, Query()]) -> Response:
    """From photo to class, layer by layer."""
    [inside] = await visit.look_inside()
    return await run_in_threadpool(_layers, visit, learn, inside, asked)


def _layers(visit: Visit, learn: Frame, inside: Inside, asked: SmallAsked) -> Response:
    entry = visit.picked.entry
    groups, head, first = learn_layers.whole_network(entry)
    counted = learn_layers.small_layers(asked.network)
    page = LayersPage(
        site=of(visit),
        learn=learn,
        pixels=(inside.input_width, inside.input_height),
        walk=learn_layers.walk(inside, layers_of(entry)),
        layers=inside.layers,
        vector=0 if inside.features is None else len(inside.features),
        answers=tuple(predictions(inside, entry.spec.labels)),
        by_hand=learn_layers.by_hand(),
        small=asked.network,
        filters=asked.filters,
        counted=counted,
        total=sum(one.parameters for one in counted),
        connected=learn_layers.connected(asked),
        groups=groups,
        head=head,
        first=first,
        side=layers_side(entry),
    )
    return drawn(page)


@router.get("/pooling")
async def pooling(visit: VisitDep, learn: FrameDep, asked: Annotated[PoolingAsked, Query()]) -> Response:
    """Pooling: on numbers, on a photo, on two dots."""
    condensed = await learn_pooling.condense(visit, asked)
    return await run_in_threadpool(_pooling, visit, learn, condensed, asked)


def _pooling(visit: Visit, learn: Frame, condensed: Condensed, asked: PoolingAsked) -> Response:
    page = PoolingPage(
        site=of(visit),
        learn=learn,
        asked=asked.fields,
        choices=learn_pooling.choices(),
        filters=learn_layers.filters(),
        numbers=learn_pooling.on_numbers(asked),
        condensed=condensed,
        dots=learn_pooling.dots(asked),
        remaining=learn_pooling.counted(asked),
    )
    return drawn(page)


@router.get("/translation")
async def translation(
    visit: VisitDep, learn: FrameDep, asked: Annotated[ShiftAsked, Query()], curves: Annotated[bool, Query()] = False
) -> Response:
    """The photo moved: which maps move along, and what becomes of the score."""
    moved = await move(visit, asked)
    followed = await follow(visit, asked.edge) if curves else None
    return await run_in_threadpool(_translation, visit, learn, asked, moved, followed)


def _translation(visit: Visit, learn: Frame, asked: ShiftAsked, moved: Moved, curves: MovedCurves | None) -> Response:
    labels = visit.picked.entry.spec.labels
    page = TranslationPage(
        site=of(visit),
        learn=learn,
        asked=asked.fields,
        edges=edges(),
        furthest=FURTHEST,
        facts=moved_info(visit.picked, moved, asked).model_dump(mode="json"),
        moved=moved_shown(moved, labels),
        curves=None if curves is None else curves_shown(curves, labels),
        cell=round(moved.layers[-1].stride) if moved.layers else 0,
    )
    return drawn(page)


@router.get("/global-pooling")
async def global_pooling(visit: VisitDep, learn: FrameDep, asked: Annotated[PooledAsked, Query()]) -> Response:
    """One number a map: of which maps, at which sizes, and what heads learn of it."""
    if not visit.exact:
        return await run_in_threadpool(lambda: drawn(GlobalPoolingPage(of(visit), learn, None)))
    pooled = await pool(visit, asked)
    judged = await judge(visit, asked) if asked.measure else ()
    return await run_in_threadpool(_global_pooling, visit, learn, asked, pooled, judged)


def _global_pooling(
    visit: Visit, learn: Frame, asked: PooledAsked, pooled: Pooled, judged: tuple[Judged, ...]
) -> Response:
    picked = visit.picked
    comparisons = head_comparisons(visit.request.app.state.settings.head_comparisons, picked.entry.id)
    return drawn(GlobalPoolingPage(of(visit), learn, pooled_shown(picked, pooled, judged, asked, comparisons)))


@router.get("/location")
async def location(visit: VisitDep, learn: FrameDep, asked: Annotated[LocationAsked, Query()]) -> Response:
    """Where the location goes: cells shuffled, a part covered, rows of the head changed."""
    found = await locate(visit, asked) if visit.exact else None
    return await run_in_threadpool(lambda: drawn(LocationPage(of(visit), learn, found)))
