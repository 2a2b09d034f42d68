"""The use-case of the room of the location: what is left of a photo's cells when they are shuffled."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from app.errors import Unusable
from app.learn_cells import in_pieces, maps_of
from app.learn_visit import Looked, Visit
from model.cam import Array, residual
from model.classifier import Explanation
from model.shuffling import logits_of, pooled, shuffle_cells, shuffled_order

SHOWN = 5
LONGEST_ORDER = 6000  # characters
LARGEST_SEED = 2**32 - 1
FIRST_SEED = 2


class ShuffleAsked(BaseModel):
    """Which order the cells are put in.

    Attributes:
        seed: of a shuffle; 0 leaves the cells where they are
        order: instead of a shuffle, cells by number, with commas between them
    """

    model_config = ConfigDict(frozen=True)

    seed: int = Field(
        FIRST_SEED, ge=0, le=LARGEST_SEED, description="Which shuffle; 0 leaves the cells where they are."
    )
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
    seen = still
    if order != sorted(order):
        pieces = in_pieces(still.input, maps.shape[1:], order)
        [seen] = await visit.look(lambda _network, _photo: iter([pieces]))
    mixed = pooled(shuffle_cells(maps.features, order))
    vector, bias = pooled(maps.features), still.answer.bias
    logits = partial(logits_of, weight=maps.weight, bias=bias)
    return Shuffled(still, seen, tuple(order), vector, mixed, logits(vector), logits(mixed))


def largest_residual(answer: Explanation) -> float:
    """The largest of all classes' |mean(map) + bias - logit|, in logits."""
    return float(np.abs(residual(np.asarray(maps_of(answer)), answer.bias, answer.logits)).max())
