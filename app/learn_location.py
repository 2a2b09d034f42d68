"""The use-case of the room of the location: cells shuffled, and a part of the photo covered."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from pydantic import BaseModel, ConfigDict, Field

from app.errors import Unusable
from app.learn_cells import Part, cover, in_pieces, maps_of
from app.learn_visit import Looked, Visit
from model.cam import Array, residual
from model.classifier import Explanation
from model.scores import top_classes
from model.shuffling import logits_of, pooled, shuffle_cells, shuffled_order

CLASSES = 8  # of the most probable ones, to take a row of the head from
SHOWN = 5
LONGEST_ORDER = 6000  # characters
LARGEST_SEED = 2**32 - 1
MOST_CELLS = 256
MIXED = 1  # which order a row's weights are put in


class ShuffleAsked(BaseModel):
    """Which order the cells are put in.

    Attributes:
        seed: of a shuffle; 0 leaves the cells where they are
        order: instead of a shuffle, cells by number, with commas between them
    """

    model_config = ConfigDict(frozen=True)

    seed: int = Field(1, ge=0, le=LARGEST_SEED, description="Which shuffle; 0 leaves the cells where they are.")
    order: str = Field(
        "",
        max_length=LONGEST_ORDER,
        pattern=r"^(\d{1,5}(,\d{1,5})*)?$",
        description="Instead of a shuffle: every cell once, by its number, counted row by row, with commas between.",
        examples=[""],
    )

    def of(self, count: int) -> list[int]:
        """The order of so many cells.

        Raises:
            Unusable: it has not every one of them once
        """
        if not self.order:
            return shuffled_order(count, self.seed)
        order = [int(cell) for cell in self.order.split(",")]
        if sorted(order) != list(range(count)):
            raise Unusable(f"'order' takes the numbers 0 to {count - 1}, each once.")
        return order


class CoverAsked(BaseModel):
    """Which cells are covered, and for which class.

    Attributes:
        row: of the first; -1 for where most of the score comes from
        column: of the first; -1 for the same
        rows: how many; 0 for half of all
        columns: how many; 0 for half of all
        index: of the class; -1 for the most probable
    """

    model_config = ConfigDict(frozen=True)

    row: int = Field(-1, ge=-1, lt=MOST_CELLS, description="The first row; -1 for where most comes from.")
    column: int = Field(-1, ge=-1, lt=MOST_CELLS, description="The first column; -1 for where most comes from.")
    rows: int = Field(0, ge=0, le=MOST_CELLS, description="How many rows; 0 for half of them.")
    columns: int = Field(0, ge=0, le=MOST_CELLS, description="How many columns; 0 for half of them.")
    index: int = Field(-1, ge=-1, le=2**20, alias="class", description="A class; -1 for the most probable.")

    def cells(self, values: Array) -> Part:
        """The cells of a map (rows, columns)."""
        rows, columns = values.shape
        high, wide = min(self.rows or -(-rows // 2), rows), min(self.columns or -(-columns // 2), columns)
        sums = sliding_window_view(values, (high, wide)).sum(axis=(2, 3))
        top, left = divmod(int(sums.argmax()), sums.shape[1])
        row, column = (top if self.row < 0 else self.row), (left if self.column < 0 else self.column)
        return Part(row, column, high, wide).within(rows, columns)


@dataclass(frozen=True)
class Shuffled:
    """An answer's cells in another order, and the photo itself in pieces.

    Attributes:
        still: as it is
        pieces: what the network says of the photo in pieces, in the same order
        order: of the cells
        vector: one number each map, (C,)
        mixed: the same of the shuffled maps
        ordered: logits of the first, (K,)
        shuffled: logits of the second, (K,)
    """

    still: Looked
    pieces: Looked
    order: tuple[int, ...]
    vector: Array
    mixed: Array
    ordered: Array
    shuffled: Array

    @property
    def moved(self) -> int:
        """How many cells are elsewhere."""
        return sum(at != cell for at, cell in enumerate(self.order))

    @property
    def same(self) -> int:
        """How many means are the same to the last bit."""
        return int((self.vector == self.mixed).sum())


@dataclass(frozen=True)
class Covered:
    """A part of the photo covered, and what one class made of it.

    Attributes:
        still: as it is
        after: with the part covered
        index: of the class
        part: the cells
    """

    still: Looked
    after: Looked
    index: int
    part: Part

    @property
    def maps(self) -> tuple[Array, Array]:
        """Before and after, (rows, columns)."""
        return maps_of(self.still.answer)[self.index], maps_of(self.after.answer)[self.index]

    @property
    def split(self) -> tuple[float, float]:
        """What the covered cells brought to the change of the logit, and what the others did."""
        before, after = (values.astype(np.float64) for values in self.maps)
        change = (after - before) / before.size
        inside = float((change * self.part.mask(*before.shape)).sum())
        return inside, float(change.sum()) - inside


async def see(visit: Visit) -> Looked:
    """What the network says of the photo.

    Raises:
        AppError, ModelError: 404, 422 where it keeps no location, 429, 503, 504
    """
    [still] = await visit.look()
    maps_of(still.answer)
    return still


async def shuffle(visit: Visit, still: Looked, asked: ShuffleAsked) -> Shuffled:
    """Shuffle an answer's cells, and have the network see the photo in pieces.

    Raises:
        AppError, ModelError: 404, 429, 503, 504
    """
    maps = maps_of(still.answer)
    order = asked.of(maps.shape[1] * maps.shape[2])
    pieces = in_pieces(still.input, maps.shape[1:], order)
    [seen] = await visit.look(lambda _network, _photo: iter([pieces]))
    mixed = pooled(shuffle_cells(maps.features, order))
    vector, bias = pooled(maps.features), still.answer.bias
    logits = partial(logits_of, weight=maps.weight, bias=bias)
    return Shuffled(still, seen, tuple(order), vector, mixed, logits(vector), logits(mixed))


async def cover_part(visit: Visit, still: Looked, asked: CoverAsked) -> Covered:
    """Have the network see the photo with a part of it covered.

    Raises:
        AppError, ModelError: 404, 422 where there is no such class, 429, 503, 504
    """
    index = asked.index if asked.index >= 0 else int(still.answer.logits.argmax())
    if index >= len(still.answer.logits):
        raise Unusable(f"'class' takes 0 to {len(still.answer.logits) - 1}.")
    part = asked.cells(maps_of(still.answer)[index])
    covered = cover(visit.picked.entry, still.input, maps_of(still.answer).shape[1:], part)
    [after] = await visit.look(lambda _network, _photo: iter([covered]))
    return Covered(still, after, index, part)


def choices(answer: Explanation) -> list[int]:
    """Classes to take a row of the head from: the most probable ones, and the least probable one."""
    count = len(answer.logits)
    return list(dict.fromkeys([*top_classes(answer.logits, min(CLASSES, count)), int(answer.logits.argmin())]))


def most_different(maps: Sequence[Array]) -> int:
    """Which of the maps after the first is least like it."""
    flat = [values.ravel() - values.mean() for values in maps]
    likeness = [float(one @ flat[0] / (np.linalg.norm(one) * np.linalg.norm(flat[0]) or 1)) for one in flat[1:]]
    return 1 + int(np.argmin(likeness))


def largest_residual(answer: Explanation) -> float:
    """The largest of all classes' |mean(map) + bias - logit|, in logits."""
    return float(np.abs(residual(np.asarray(maps_of(answer)), answer.bias, answer.logits)).max())
