"""Two networks, one photo: what changed between the map before and the map after.

    map M[y,x]        in logits; mean(M) + bias = logit (model/cam.py)
    difference D      M_after - M_before, in logits; where both have the same cells it is exact, and
                      mean(D) = (logit - bias)_after - (logit - bias)_before
    moved             1/2 sum |p_after - p_before|, with p = max(M, 0) / sum(max(M, 0)): 0 where the
                      evidence lies as before, 1 where it lies wholly elsewhere

Maps of different cells are both resized to the finer of the two rasters by the one rule there is
(model/geometry.py); the mean of their difference is then off by a little, and that is reported.
What each map gives and takes, and where, is model/evidence.py's. Pure functions on arrays.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from model.cam import Array
from model.coverage import Size
from model.evidence import PlacedMap
from model.geometry import Grid, resize_map

SAME_PLACE = 1e-6


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
