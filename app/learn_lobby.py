"""The lobby's cards: each room's claim, and pictures of a photo made a moment ago."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from app.answers_learn import strongest
from app.contexts_learn import Card, Picture
from app.errors import AppError
from app.insides import Inside
from app.learn_frame import rooms
from app.learn_pictures import map_picture, photo_picture, vector_picture
from app.learn_visit import Visit, asked_once
from app.learning import Learning
from app.passes import Explains
from app.text import gettext
from model.cam import Array
from model.detection import brightness, correlate, kernel_of, rectify
from model.errors import ModelError
from model.photos import Photo
from model.pooling import Pooling, pool
from model.preprocess import Prepared
from model.rendering import Style, overlay

SHIFT = 32  # pixels of the input
STAGES = 4
OVER = Style(grey=True)
POOLED = Pooling(size=4, stride=4)


async def cards(request: Request, learning: Learning, photo: str, model: str) -> tuple[Card, ...]:
    """All rooms; without pictures where there is no network, or it is busy.

    Raises:
        NotFound, Unusable: there is no such photo, or no such network
    """
    try:
        visit = await run_in_threadpool(learning.visit, request, photo, model)
        drawn = await _drawn(visit)
    except (AppError, ModelError) as error:
        if isinstance(error, AppError) and error.status in (404, 422):
            raise
        return tuple(Card(room, ()) for room in rooms())
    return tuple(Card(room, drawn[room.name]) for room in rooms(request.url.query))


@asked_once
async def _drawn(visit: Visit) -> dict[str, tuple[Picture, ...]]:
    still, moved = await visit.look_inside(_still_and_moved)
    return await run_in_threadpool(_pictures, still, moved)


def _still_and_moved(network: Explains, photo: Photo) -> Iterator[Prepared]:
    still = network.prepare(photo)
    yield still
    moved = np.ascontiguousarray(np.roll(still.pixels, SHIFT, axis=1))
    yield replace(still, pixels=moved, preprocess_ms=0.0)


def _pictures(still: Inside, moved: Inside) -> dict[str, tuple[Picture, ...]]:
    return {
        "layers": _stages(still),
        "pooling": _condensed(still),
        "translation": _moved(still, moved),
        "global-pooling": _vector(still),
        "location": _shuffled(still),
    }


def _stages(inside: Inside) -> tuple[Picture, ...]:
    """A map of some layers, from the first to the last."""
    if not inside.taps:
        return ()
    chosen = dict.fromkeys(np.linspace(0, len(inside.taps) - 1, STAGES).round().astype(int).tolist())
    return tuple(
        map_picture(
            inside.activations[at][strongest(inside.activations[at], 1)[0]],
            gettext("A map of the layer {name}").format(name=inside.taps[at].name),
        )
        for at in chosen
    )


def _condensed(inside: Inside) -> tuple[Picture, ...]:
    """Edges, and what is left of them after pooling once and twice."""
    edges = rectify(correlate(brightness(inside.pixels), kernel_of("left-right")))
    once = pool(edges, POOLED)
    return (
        map_picture(edges, gettext("Edges of the photo")),
        map_picture(once, gettext("The edges, pooled")),
        map_picture(pool(once, POOLED), gettext("The edges, pooled twice")),
    )


def _moved(still: Inside, moved: Inside) -> tuple[Picture, ...]:
    """The map of the most probable class, before and after the photo was moved."""
    told = gettext("The map over the photo"), gettext("The map over the photo that was moved")
    index = int(still.logits.argmax())
    return tuple(
        photo_picture(overlay(one.pixels, one.maps[index], one.grid, OVER, one.photo_size), alt)
        for one, alt in zip((still, moved), told, strict=True)
        if one.maps is not None and one.grid is not None
    )


def _vector(inside: Inside) -> tuple[Picture, ...]:
    """The means of the last maps, one pixel each, in lines."""
    if inside.features is None:
        return ()
    return (vector_picture(inside.features.mean((-2, -1)), gettext("The mean of every map")),)


def _shuffled(inside: Inside) -> tuple[Picture, ...]:
    """The cells of a map, and the same ones in another order: their mean is the same."""
    if inside.maps is None:
        return ()
    values: Array = inside.maps[int(inside.logits.argmax())]
    mixed = np.random.default_rng(0).permutation(values.ravel()).reshape(values.shape)
    return (
        map_picture(values, gettext("The cells of the map")),
        map_picture(mixed, gettext("The same cells, shuffled")),
    )
