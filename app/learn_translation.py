"""The use-case of the room of translation: the photo moved, how far its maps moved along, and the score."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from app.insides import Inside
from app.learn_visit import Visit
from app.passes import Answer, Explains
from model.cam import Array
from model.photos import Photo
from model.preprocess import Prepared
from model.shifting import Edge, moved_along, shift

FURTHEST = 256  # pixels of the input
ACROSS = 64  # how far the curves go, in pixels of the input
POINTS = 17


class ShiftAsked(BaseModel):
    """How far the photo is moved.

    Attributes:
        right: in pixels of the input; to the left where it is negative
        down: the same, downwards
        edge: what comes in
    """

    model_config = ConfigDict(frozen=True)

    right: int = Field(16, ge=-FURTHEST, le=FURTHEST, description="In pixels of the input; negative for to the left.")
    down: int = Field(0, ge=-FURTHEST, le=FURTHEST, description="In pixels of the input; negative for upwards.")
    edge: Edge = Field(Edge.AROUND, description="What comes in: the photo's other side, or its mean colour.")

    @property
    def fields(self) -> dict[str, str]:
        """As they stand in the form."""
        return {"right": str(self.right), "down": str(self.down), "edge": self.edge.value}


@dataclass(frozen=True)
class LayerMoved:
    """How far a layer's maps moved along.

    Attributes:
        name: of the layer
        stride: input pixels between two of its cells
        cells: how many of them the photo was moved, right and down
        along: how like the moved maps are, -1 to 1
        stayed: how like those are that were not moved
    """

    name: str
    stride: float
    cells: tuple[float, float]
    along: float
    stayed: float


@dataclass(frozen=True)
class Moved:
    """A photo moved.

    Attributes:
        still: as it was
        moved: after it was moved
        layers: the network's, from the first to the last
    """

    still: Inside
    moved: Inside
    layers: tuple[LayerMoved, ...]

    @property
    def index(self) -> int:
        """The class that was the most probable one."""
        return int(self.still.logits.argmax())


@dataclass(frozen=True)
class MovedCurves:
    """A class while the photo is moved to the right, step by step.

    Attributes:
        index: the class
        shifts: in pixels of the input, (N,)
        logits: (N,)
        probabilities: (N,)
        along: how like the last maps are to the photo's own, moved; None where there are no maps
    """

    index: int
    shifts: tuple[int, ...]
    logits: Array
    probabilities: Array
    along: tuple[float, ...] | None


async def move(visit: Visit, asked: ShiftAsked) -> Moved:
    """Have the network see the photo as it is and moved, and look into it.

    Raises:
        AppError, ModelError: 404, 429, 503, 504
    """

    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        still = network.prepare(photo)
        yield still
        yield _moved(still, asked.right, asked.down, asked.edge)

    still, moved = await visit.look_inside(views)
    layers = tuple(
        _layer(still, tap.name, (before, after), asked)
        for tap, before, after in zip(still.taps, still.activations, moved.activations, strict=True)
    )
    return Moved(still, moved, layers)


def _moved(still: Prepared, right: int, down: int, edge: Edge) -> Prepared:
    pixels = np.ascontiguousarray(shift(still.pixels, right, down, edge))
    return replace(still, pixels=pixels, preprocess_ms=0.0)


def _layer(inside: Inside, name: str, maps: tuple[Array, Array], asked: ShiftAsked) -> LayerMoved:
    rows, columns = maps[0].shape[1:]
    right, down = asked.right * columns / inside.input_width, asked.down * rows / inside.input_height
    return LayerMoved(name, inside.input_width / columns, (right, down), *moved_along(*maps, right, down, asked.edge))


async def follow(visit: Visit, edge: Edge) -> MovedCurves:
    """Have the network see the photo again and again, each time moved a little further to the right.

    Raises:
        AppError, ModelError: 404, 429, 503, 504
    """
    shifts = tuple(int(at) for at in np.linspace(0, ACROSS, POINTS))
    first: list[Array] = []
    along: list[float] = []
    found: list[tuple[Array, Array]] = []

    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        still = network.prepare(photo)
        for by in shifts:
            yield _moved(still, by, 0, edge)

    def keep_numbers(answer: Answer) -> Answer:
        told = answer.explanation
        if told.features is not None:
            if not first:
                first.append(told.features)
            cells = shifts[len(found)] * told.features.shape[2] / told.input_width
            along.append(moved_along(first[0], told.features, cells, 0, edge)[0])
        found.append((told.logits, told.probabilities))
        return replace(answer, explanation=replace(told, maps=None, features=None))

    await visit.see(views, keep_numbers)
    logits, probabilities = (np.stack(values) for values in zip(*found, strict=True))
    index = int(logits[0].argmax())
    return MovedCurves(index, shifts, logits[:, index], probabilities[:, index], tuple(along) or None)
