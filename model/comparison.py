"""Two networks, one photo: what changed between the map before and the map after.

    map M[y,x]        in logits; mean(M) + bias = logit (model/cam.py)
    difference D      M_after - M_before, in logits; where both have the same cells it is exact, and
                      mean(D) = (logit - bias)_after - (logit - bias)_before
    given G           mean(max(M, 0)): what the cells add to the logit
    taken T           mean(max(-M, 0)): what they take from it; G - T + bias = logit
    share in R        sum(max(M, 0) a) / sum(max(M, 0)), with a[y,x] the part of a cell's area in R
    moved             1/2 sum |p_after - p_before|, with p = max(M, 0) / sum(max(M, 0)): 0 where the
                      evidence lies as before, 1 where it lies wholly elsewhere

Maps of different cells are both resized to the finer of the two rasters by the one rule there is
(model/geometry.py); the mean of their difference is then off by a little, and that is reported.
static/js/evidence.js computes shares by the same rule; tests compare the two. Pure functions on arrays.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.cam import Array
from model.geometry import Grid, resize_map

SAME_PLACE = 1e-6
Size = tuple[int, int]


@dataclass(frozen=True)
class PlacedMap:
    """A class's map and where its cells lie on the photo.

    Attributes:
        values: (rows, columns), in logits
        grid: of as many rows and columns
    """

    values: Array
    grid: Grid

    @property
    def mean(self) -> float:
        """What all cells together bring to the logit."""
        return float(self.values.mean(dtype=np.float64))


@dataclass(frozen=True)
class Region:
    """A rectangle on the photo, in its pixels; edges may lie between pixels.

    Raises:
        ValueError: it has no area, or an edge is not finite
    """

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        edges = (self.left, self.top, self.right, self.bottom)
        if not all(map(math.isfinite, edges)) or self.left >= self.right or self.top >= self.bottom:
            raise ValueError("a region needs finite edges, left < right and top < bottom")

    def cut_to(self, size: Size) -> "Region":
        """The part of it that lies on a photo of (width, height).

        Raises:
            ValueError: none of it does
        """
        width, height = size
        return Region(max(self.left, 0), max(self.top, 0), min(self.right, width), min(self.bottom, height))

    def area(self, size: Size) -> float:
        """Its share of a photo of (width, height) that it lies on, 0 to 1."""
        return (self.right - self.left) * (self.bottom - self.top) / (size[0] * size[1])


@dataclass(frozen=True)
class Evidence:
    """What a map's cells add to the logit and what they take from it, both 0 or more, in logits."""

    given: float
    taken: float


@dataclass(frozen=True)
class Shares:
    """Which part of what is given, and of what is taken, lies in a region: 0 to 1; None where there is nothing."""

    given: float | None
    taken: float | None


@dataclass(frozen=True)
class Comparison:
    """A map before and after.

    Attributes:
        difference: after minus before, in logits
        exact: whether both have the same cells, so that the difference is theirs, cell by cell
        shift: (logit - bias) after minus before, in logits
        residual: mean(difference) - shift: rounding where exact, else what the resizing brought in
        moved: how much of the given evidence lies elsewhere than before, 0 to 1
    """

    difference: PlacedMap
    exact: bool
    shift: float
    residual: float
    moved: float


def compare(before: PlacedMap, after: PlacedMap, photo_size: Size) -> Comparison:
    """Lay two maps of one photo on common cells and subtract them.

    Args:
        before: under the one network
        after: under the other
        photo_size: (width, height) of the photo both grids are laid on
    """
    exact = same_cells(before.grid, after.grid, photo_size)
    grid = before.grid if exact else common_grid(before.grid, after.grid, photo_size)
    first, second = (one.values if exact else on_grid(one, grid, photo_size) for one in (before, after))
    difference = PlacedMap(np.asarray(second - first, dtype=np.float32), grid)
    shift = after.mean - before.mean
    return Comparison(difference, exact, shift, difference.mean - shift, moved(first, second))


def same_cells(one: Grid, other: Grid, photo_size: Size) -> bool:
    """Whether two grids have as many cells in the same places, to a millionth of the photo."""
    tolerance = SAME_PLACE * max(photo_size)
    places = ("cell_width", "cell_height", "left", "top")
    return (one.rows, one.columns) == (other.rows, other.columns) and all(
        math.isclose(getattr(one, name), getattr(other, name), rel_tol=0, abs_tol=tolerance) for name in places
    )


def common_grid(one: Grid, other: Grid, photo_size: Size) -> Grid:
    """The finer of two grids along each axis, laid over the whole photo."""
    rows, columns = max(one.rows, other.rows), max(one.columns, other.columns)
    return Grid(rows, columns, photo_size[0] / columns, photo_size[1] / rows, 0.0, 0.0)


def on_grid(one: PlacedMap, grid: Grid, photo_size: Size) -> Array:
    """A map at the cell centres of a grid that covers the whole photo, (rows, columns)."""
    return resize_map(one.values, one.grid, (grid.columns, grid.rows), photo_size)


def moved(before: Array, after: Array) -> float:
    """How much of the given evidence lies elsewhere, 0 to 1: the total variation of the two distributions.

    Args:
        before: (rows, columns), in logits
        after: on the same cells

    Returns:
        1 where one map gives and the other gives nowhere, 0 where neither does
    """
    parts = [np.maximum(values, 0).astype(np.float64) for values in (before, after)]
    sums = [part.sum() for part in parts]
    if min(sums) <= 0:
        return float(max(sums) > 0)
    first, second = (part / total for part, total in zip(parts, sums, strict=True))
    return min(1.0, float(np.abs(second - first).sum() / 2))


def evidence(values: Array) -> Evidence:
    """What the cells of a map (rows, columns) add and take: given - taken = mean."""
    wide = values.astype(np.float64)
    return Evidence(float(np.maximum(wide, 0).mean()), float(np.maximum(-wide, 0).mean()))


def shares(one: PlacedMap, region: Region, photo_size: Size) -> Shares:
    """How much of a map's evidence lies in a region; cells partly in it count by area.

    The outer cells reach to the photo's edges, as they do in a drawing of the true cells.

    Args:
        one: the map
        region: on the photo
        photo_size: (width, height) the grid is laid on
    """
    grid = one.grid
    across = covered(grid.columns, grid.cell_width, grid.left, photo_size[0], region.left, region.right)
    down = covered(grid.rows, grid.cell_height, grid.top, photo_size[1], region.top, region.bottom)
    wide = one.values.astype(np.float64)
    parts = (np.maximum(wide, 0), np.maximum(-wide, 0))
    given, taken = (
        None if (total := part.sum()) == 0 else min(1.0, float(down @ part @ across / total)) for part in parts
    )
    return Shares(given, taken)


def covered(cells: int, pitch: float, start: float, length: float, low: float, high: float) -> npt.NDArray[np.float64]:
    """The part of each cell along one axis that lies between two places, (cells,), 0 to 1.

    Args:
        cells: how many
        pitch: from one to the next
        start: of the first
        length: of the photo; cells are cut to it, the first and the last reach its ends
        low: where the region begins
        high: where it ends
    """
    edges = np.clip(start + pitch * np.arange(cells + 1, dtype=np.float64), 0, length)
    edges[0], edges[-1] = 0, length
    lengths = np.diff(edges)
    inside = np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None)
    beyond = (low <= edges[:-1]) & (edges[:-1] <= high)  # cells wholly beside the photo: all or nothing
    return np.where(lengths > 0, inside / np.where(lengths > 0, lengths, 1), beyond)


@dataclass(frozen=True)
class Pair:
    """A class that two networks know: its index before and after."""

    before: int
    after: int


def shared_classes(before: Sequence[str], after: Sequence[str]) -> tuple[Pair, ...]:
    """The classes that two networks both know, in the order of the first.

    Labels match exactly; what is left over matches whatever its case, underscores and spaces. A label
    that several classes have ("crane", the bird and the machine) is matched in order where both networks
    have it as often, and not at all otherwise. Synonyms and plurals are not guessed.
    """
    pairs = _paired(before, after, range(len(before)), range(len(after)), str)
    left = sorted(set(range(len(before))) - {pair.before for pair in pairs})
    right = sorted(set(range(len(after))) - {pair.after for pair in pairs})
    pairs += _paired(before, after, left, right, folded)
    return tuple(sorted(pairs, key=lambda pair: pair.before))


def folded(label: str) -> str:
    """A label without its case, underscores and spare spaces."""
    return re.sub(r"[\s_]+", " ", label).strip().casefold()


def _paired(
    before: Sequence[str],
    after: Sequence[str],
    left: Sequence[int],
    right: Sequence[int],
    key: Callable[[str], str],
) -> list[Pair]:
    """Pairs of the classes left over on both sides whose labels have the same key, equally often."""
    sides = []
    for labels, indices in ((before, left), (after, right)):
        groups: dict[str, list[int]] = defaultdict(list)
        for index in indices:
            groups[key(labels[index])].append(index)
        sides.append(groups)
    first, second = sides
    same = [(group, second[name]) for name, group in first.items() if len(group) == len(second.get(name, ()))]
    return [Pair(*pair) for ours, theirs in same for pair in zip(ours, theirs, strict=True)]
