"""The use-case of the room of translation: the photo moved, how far its maps moved along, and the score."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from app.insides import Inside
from app.learn_visit import Visit, asked_once
from app.passes import Explains
from model.cam import Array
from model.photos import Photo
from model.preprocess import Prepared
from model.shifting import Edge, moved_along, shift

FURTHEST = 128  # pixels of the input


class ShiftAsked(BaseModel):
    """How far the photo is moved.

    Attributes:
        right: in pixels of the input; to the left where it is negative
        down: the same, downwards
        edge: what comes in
    """

    model_config = ConfigDict(frozen=True)

    right: int = Field(20, ge=-FURTHEST, le=FURTHEST, description="In pixels of the input; negative for to the left.")
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
        still: as it was, its layers' maps let go
        moved: after it was moved, the same
        layers: the network's, from the first to the last
    """

    still: Inside
    moved: Inside
    layers: tuple[LayerMoved, ...]

    @property
    def index(self) -> int:
        """The class that was the most probable one."""
        return int(self.still.logits.argmax())


@asked_once
async def move(visit: Visit, asked: ShiftAsked) -> Moved:
    """Have the network see the photo as it is and moved, and look into it.

    Raises:
        AppError, ModelError: 404, 429, 503, 504
    """

    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        yield moved_input(network.prepare(photo), asked.right, asked.down, asked.edge)

    [still] = await visit.look_inside()
    [moved] = await visit.look_inside(views)
    return await run_in_threadpool(_compared, still, moved, asked)


def _compared(still: Inside, moved: Inside, asked: ShiftAsked) -> Moved:
    layers = tuple(
        _layer(still, tap.name, (before, after), asked)
        for tap, before, after in zip(still.taps, still.activations, moved.activations, strict=True)
    )
    return Moved(replace(still, activations=()), replace(moved, activations=()), layers)


def moved_input(still: Prepared, right: int, down: int, edge: Edge) -> Prepared:
    """What the network sees of a photo moved by pixels of the input."""
    pixels = np.ascontiguousarray(shift(still.pixels, right, down, edge))
    return replace(still, pixels=pixels, preprocess_ms=0.0)


def _layer(inside: Inside, name: str, maps: tuple[Array, Array], asked: ShiftAsked) -> LayerMoved:
    rows, columns = maps[0].shape[1:]
    right, down = asked.right * columns / inside.input_width, asked.down * rows / inside.input_height
    return LayerMoved(name, inside.input_width / columns, (right, down), *moved_along(*maps, right, down, asked.edge))
