"""The use-case of the curves in the room of translation: the photo moved on, pixel by pixel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.insides import Inside
from app.learn_translation import moved_input
from app.learn_visit import Visit, asked_once
from app.passes import Explains
from model.cam import Array
from model.photos import Photo
from model.preprocess import Prepared
from model.scores import top_classes
from model.shifting import Edge, moved_along_inside
from model.taps import Tap

ACROSS = 40  # how far the photo goes, in pixels of the input: a cell of most networks' last maps, and a little more
CLASSES = 5


@dataclass(frozen=True)
class LayerFollowed:
    """How far a layer's maps moved along, shift by shift.

    Attributes:
        name: of the layer
        stride: input pixels between two of its cells
        along: how like the moved maps are, -1 to 1
        inner: the same without the cells near the border; None where none would be left
    """

    name: str
    stride: float
    along: tuple[float, ...]
    inner: tuple[float, ...] | None


@dataclass(frozen=True)
class MovedCurves:
    """Classes and layers while the photo is moved to the right, a pixel at a time.

    Attributes:
        shifts: in pixels of the input, (N,)
        border: how many pixels at each side inner cells are away from it, about
        classes: the most probable ones, the photo's own first
        logits: of those, (N, classes)
        probabilities: of those, (N, classes)
        first: for how many shifts the first of them was the most probable of all
        layers: the first of each stride; of the largest one the last
    """

    shifts: tuple[int, ...]
    border: int
    classes: tuple[int, ...]
    logits: Array
    probabilities: Array
    first: int
    layers: tuple[LayerFollowed, ...]


class _Noted(NamedTuple):
    """Of one shift: all classes, and how far each layer moved along, with the border and without it."""

    logits: Array
    probabilities: Array
    along: tuple[tuple[float, float | None], ...]


@asked_once
async def follow(visit: Visit, edge: Edge) -> MovedCurves:
    """Have the network see the photo again and again, each time a pixel further to the right.

    Raises:
        AppError, ModelError: 404, 429, 503, 504
    """
    shifts = tuple(range(ACROSS + 1))
    seen: list[Inside] = []

    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        still = network.prepare(photo)
        for by in shifts:
            yield moved_input(still, by, 0, edge)

    def note(at: int, inside: Inside) -> _Noted:
        if not seen:
            seen.append(inside)
        return _Noted(inside.logits, inside.probabilities, _along(seen[0], inside, shifts[at], edge))

    noted = await visit.watch_inside(views, one_a_stride, note)
    logits, probabilities = np.stack([one.logits for one in noted]), np.stack([one.probabilities for one in noted])
    classes = top_classes(logits[0], min(CLASSES, logits.shape[1]))
    return MovedCurves(
        shifts,
        round(max((_stride(seen[0], maps) for maps in seen[0].activations), default=0)),
        tuple(classes),
        logits[:, classes],
        probabilities[:, classes],
        int((logits.argmax(axis=1) == classes[0]).sum()),
        tuple(_layer(seen[0], at, [one.along[at] for one in noted]) for at in range(len(seen[0].taps))),
    )


def one_a_stride(taps: Sequence[Tap]) -> tuple[Tap, ...]:
    """The first layer of each stride, where it shows alone what that stride does; of the largest one the last."""
    if not taps:
        return ()
    first = {round(tap.stride): tap for tap in reversed(taps)}
    first[round(taps[-1].stride)] = taps[-1]
    return tuple(first[stride] for stride in sorted(first))


def _stride(inside: Inside, maps: Array) -> float:
    stride: float = inside.input_width / maps.shape[2]
    return stride


def _along(still: Inside, moved: Inside, by: int, edge: Edge) -> tuple[tuple[float, float | None], ...]:
    """How far each layer's maps moved along: all cells, and the inner ones; None where there are no such cells."""
    widest = max((_stride(still, maps) for maps in still.activations), default=0)
    found = []
    for before, after in zip(still.activations, moved.activations, strict=True):
        stride = _stride(still, before)
        found.append(moved_along_inside(before, after, by / stride, edge, max(1, round(widest / stride))))
    return tuple(found)


def _layer(inside: Inside, at: int, noted: Sequence[tuple[float, float | None]]) -> LayerFollowed:
    inner = [one[1] for one in noted]
    whole = tuple(value for value in inner if value is not None)
    return LayerFollowed(
        inside.taps[at].name,
        _stride(inside, inside.activations[at]),
        tuple(one[0] for one in noted),
        whole if len(whole) == len(inner) else None,
    )
