"""Several looks of one network at one photo, averaged: at several scales, and at the mirror image.

    look v       logit_v, bias_v, map M_v on the cells of its own input: mean(M_v) + bias_v = logit_v, exact
    mirror image M_v with its columns turned round, on cells that lie as far from the photo's other edge
    fused        logit = mean_v logit_v,   bias = mean_v bias_v,   M = mean_v on_raster(M_v)

The raster has as many cells as the finest look has along each axis, over the whole photo; each map is laid on it by
the one resizing rule there is (model/geometry.py). So the fused logit is exact, the average of what the network said,
and what is averaged is where its evidence lies: mean(M) + bias - logit is what the resizing brought in. It is nothing
but rounding where each raster's cells are a whole number of times the finest one's. Pure functions on arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from model.cam import Array
from model.comparison import common_grid
from model.coverage import Size
from model.geometry import Grid, resize_map

MOST_VALUES = 2**21  # of maps that are resized together, 8 MB


@dataclass(frozen=True)
class View:
    """What a network said when it looked once.

    Attributes:
        scale: of the input
        mirrored: whether it saw the photo's mirror image; its maps and cells are then that image's
        logits: the network's own, (K,)
        bias: (K,)
        maps: (K, rows, columns), in logits; None where the head keeps no location
        grid: where the cells lie on the picture that was seen; None where there are no maps
    """

    scale: float
    mirrored: bool
    logits: Array
    bias: Array
    maps: Array | None
    grid: Grid | None


@dataclass(frozen=True)
class Fused:
    """Several views on one raster.

    Attributes:
        logits: mean of the views', (K,)
        bias: mean of the views', (K,)
        maps: mean of the views' on the raster, (K, rows, columns); None where the head keeps no location
        grid: the raster; None where there are no maps
    """

    logits: Array
    bias: Array
    maps: Array | None
    grid: Grid | None


def fuse(views: Sequence[View], photo_size: Size) -> Fused:
    """Average views of one photo, each counting the same.

    Args:
        views: by one network; at least one
        photo_size: (width, height) of the photo that the grids are laid on

    Raises:
        ValueError: there is no view, or some have maps and others none
    """
    if not views:
        raise ValueError("nothing to fuse")
    logits, bias = _mean([view.logits for view in views]), _mean([view.bias for view in views])
    placed = [(view.maps, view.grid) for view in (upright(view, photo_size[0]) for view in views)]
    if all(maps is None for maps, _ in placed):
        return Fused(logits, bias, None, None)
    found = [(maps, grid) for maps, grid in placed if maps is not None and grid is not None]
    if len(found) < len(placed):
        raise ValueError("some views have maps and others have none")
    grid = raster([grid for _, grid in found], photo_size)
    return Fused(logits, bias, _mean_on(grid, found, photo_size), grid)


def upright(view: View, width: float) -> View:
    """A view of the mirror image as one of the photo: each cell lies where what it saw is on the photo.

    Args:
        view: any; one of the photo itself stays as it is
        width: of the photo
    """
    if not view.mirrored:
        return view
    maps = None if view.maps is None else np.ascontiguousarray(view.maps[..., ::-1])
    return replace(view, mirrored=False, maps=maps, grid=view.grid and mirrored_grid(view.grid, width))


def mirrored_grid(grid: Grid, width: float) -> Grid:
    """A grid seen in the mirror: as far from the photo's right edge as it was from the left one."""
    return replace(grid, left=width - grid.left - grid.columns * grid.cell_width)


def raster(grids: Sequence[Grid], photo_size: Size) -> Grid:
    """As many cells as the finest of some grids has along each axis, over the whole photo."""
    return reduce(lambda one, other: common_grid(one, other, photo_size), grids, grids[0])


def _mean(vectors: Sequence[Array]) -> Array:
    return np.asarray(np.mean(vectors, axis=0, dtype=np.float64), dtype=np.float32)


def _mean_on(grid: Grid, placed: Sequence[tuple[Array, Grid]], photo_size: Size) -> Array:
    """Maps of the same classes on several grids, laid on one and averaged; some classes at a time."""
    size = (grid.columns, grid.rows)
    classes = len(placed[0][0])
    mean = np.empty((classes, grid.rows, grid.columns), dtype=np.float32)
    step = max(1, MOST_VALUES // (grid.rows * grid.columns))
    for start in range(0, classes, step):
        some = slice(start, start + step)
        total = sum(resize_map(maps[some], own, size, photo_size) for maps, own in placed)
        mean[some] = total / np.float32(len(placed))
    return mean
