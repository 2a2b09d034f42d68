"""Cells of a photo covered: those that give most, those that give least, or any."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from app.errors import Unusable
from app.learn_cells import NO_PLACE, maps_of
from app.learn_visit import Looked, Visit
from app.registry import Entry
from model.cam import Array
from model.counterfactual import Fill, alter, fill_of
from model.geometry import Grid, resize_map
from model.preprocess import Prepared

MOST, LEAST, NONE = "most", "least", "none"
SHARE = 5  # a fifth of the cells, where nothing is said
MOST_CELLS = 4096
LONGEST = 6 * MOST_CELLS  # characters


class CoverAsked(BaseModel):
    """Which cells are covered, and for which class.

    Attributes:
        cells: those that give the score most or least, none, or their numbers
        count: of those that give most or least; 0 for a fifth of all
        index: of the class; -1 for the most probable
    """

    model_config = ConfigDict(frozen=True)

    cells: str = Field(
        MOST,
        max_length=LONGEST,
        pattern=rf"^({MOST}|{LEAST}|{NONE}|\d{{1,5}}(,\d{{1,5}})*)$",
        description="'most' or 'least' for those that give most or least to the score, 'none', or the cells' numbers, "
        "counted row by row from 0, with commas between.",
    )
    count: int = Field(0, ge=0, le=MOST_CELLS, description="Of those that give most or least; 0 for a fifth of all.")
    index: int = Field(-1, ge=-1, le=2**20, alias="class", description="A class; -1 for the most probable.")

    def among(self, values: Array) -> tuple[int, ...]:
        """The cells of a map (rows, columns), in their order.

        Raises:
            Unusable: it has no such cells
        """
        if self.cells == NONE:
            return ()
        if self.cells in (MOST, LEAST):
            count = min(self.count or max(1, round(values.size / SHARE)), values.size)
            order = np.argsort(values.ravel() if self.cells == LEAST else -values.ravel(), kind="stable")
            return tuple(sorted(order[:count].tolist()))
        cells = tuple(sorted({int(cell) for cell in self.cells.split(",")}))
        if cells[-1] >= values.size:
            raise Unusable(f"'cells' takes the numbers 0 to {values.size - 1}.")
        return cells


@dataclass(frozen=True)
class Covered:
    """Cells of a photo covered, and what one class made of it.

    Attributes:
        still: as it is
        after: with the cells covered
        index: of the class
        cells: which, by number
    """

    still: Looked
    after: Looked
    index: int
    cells: tuple[int, ...]

    @property
    def maps(self) -> tuple[Array, Array]:
        """Before and after, (rows, columns)."""
        return maps_of(self.still.answer)[self.index], maps_of(self.after.answer)[self.index]

    @property
    def shares(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What the covered cells give to the logit before and after, and what the others do."""
        mask = mask_of(self.cells, self.maps[0].shape)
        inside, outside = (
            tuple(float((values.astype(np.float64) * part).sum()) / values.size for values in self.maps)
            for part in (mask, 1 - mask)
        )
        return (inside[0], inside[1]), (outside[0], outside[1])


def mask_of(cells: Iterable[int], shape: tuple[int, ...]) -> Array:
    """1 in some cells and 0 elsewhere, (rows, columns)."""
    mask = np.zeros(shape, dtype=np.float32)
    mask.flat[list(cells)] = 1
    return mask


async def cover_all(visit: Visit, still: Looked) -> Looked:
    """Have the network see nothing but the photo's mean colour.

    Raises:
        AppError, ModelError: 404, 429, 503, 504
    """
    maps = maps_of(still.answer)
    blank = cover(visit.picked.entry, still.input, np.ones(maps.shape[1:], np.float32))
    [seen] = await visit.look(lambda _network, _photo: iter([blank]))
    return seen


async def cover_cells(visit: Visit, still: Looked, asked: CoverAsked) -> Covered:
    """Have the network see the photo with some of its cells covered.

    Raises:
        AppError, ModelError: 404, 422 where there is no such class or cell, 429, 503, 504
    """
    index = asked.index if asked.index >= 0 else int(still.answer.logits.argmax())
    if index >= len(still.answer.logits):
        raise Unusable(f"'class' takes 0 to {len(still.answer.logits) - 1}.")
    values = maps_of(still.answer)[index]
    cells = asked.among(values)
    if not cells:
        return Covered(still, still, index, cells)
    covered = cover(visit.picked.entry, still.input, mask_of(cells, values.shape))
    [after] = await visit.look(lambda _network, _photo: iter([covered]))
    return Covered(still, after, index, cells)


def cover(entry: Entry, seen: Prepared, mask: Array) -> Prepared:
    """What the network saw, without the squares of the cells that are 1: the photo's mean colour is there instead."""
    geometry = entry.spec.grid
    if geometry is None:
        raise Unusable(NO_PLACE)
    size = seen.pixels.shape[1], seen.pixels.shape[0]
    rows, columns = mask.shape
    grid = Grid(rows, columns, geometry.stride_x, geometry.stride_y, geometry.left, geometry.top)
    out = resize_map(mask, grid, size, size, smooth=False)
    pixels = alter(seen.pixels, fill_of(seen.pixels, Fill.MEAN), out)
    return replace(seen, pixels=np.ascontiguousarray(pixels), preprocess_ms=0.0)
