"""What input sizes a network takes and how large its feature maps then are: found by trying."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from model.errors import NetworkError
from model.training.heads import Seam, cut

LARGE = 512  # a multiple of every stride in use

SeamAt = Callable[[int, int], Seam]


@dataclass(frozen=True)
class Sizes:
    """What a network takes, in pixels.

    Attributes:
        multiple: input sides are multiples of this
        min_side: shortest side it takes
        fixed_side: the side of the one square input it takes, or none
        stride_x: between neighbouring cells
        stride_y: the same, downwards
        tiled: rows x stride is the input's height and columns x stride its width, at every size tried
    """

    multiple: int
    min_side: int
    fixed_side: int | None
    stride_x: float
    stride_y: float
    tiled: bool


def seams(shape: nn.Module, network: nn.Module | None = None) -> SeamAt:
    """A function from an input's height and width to the seam there, for its shapes alone.

    Args:
        shape: the network on the meta device
        network: the same on the CPU, for what cannot be run on the meta device

    The function raises NetworkError: there is no head that keeps exact maps, or the network does
    not take this size.
    """

    def seam_at(height: int, width: int) -> Seam:
        for candidate, device in ((shape, "meta"), (network, "cpu")):
            if candidate is None:
                continue
            try:
                with torch.no_grad():
                    return cut(candidate, torch.zeros(2, 3, height, width, device=device))
            except NetworkError:
                raise
            except Exception as error:  # noqa: BLE001 (each library has its own for a size it does not take)
                cause = error
        raise NetworkError(f"the network does not take pictures of {width} x {height} pixels") from cause

    return seam_at


def measure_sizes(seam_at: SeamAt, side: int) -> Sizes:
    """Find out what a network takes.

    Args:
        seam_at: from height and width to the seam
        side: of the square input that the network is known for, in pixels

    Raises:
        NetworkError: it has no exact maps at that size, or maps of a single cell
    """
    rows, columns = _grid(seam_at, side, side)
    if rows * columns == 1:
        raise NetworkError(
            f"the network's feature maps are a single cell at {side} x {side} pixels: they locate nothing"
        )
    try:
        return _any(seam_at, side)
    except NetworkError:  # takes the size it is known for, and not every other
        return Sizes(side, side, side, side / columns, side / rows, tiled=True)


def _any(seam_at: SeamAt, side: int) -> Sizes:
    """What a network of any input size takes."""
    stride_y, stride_x = _strides(seam_at, LARGE)
    if odd := [round(stride) for stride in (stride_y, stride_x) if LARGE % round(stride)]:
        stride_y, stride_x = _strides(seam_at, 32 * max(odd))
    multiple = math.ceil(max(stride_x, stride_y))
    smallest = _smallest(seam_at, multiple, side)
    trials = [(smallest, smallest), (smallest, smallest + multiple), (LARGE // multiple * multiple, 2 * smallest)]
    grids = {size: _grid(seam_at, *size) for size in trials}
    tiled = all((rows * stride_y, columns * stride_x) == size for size, (rows, columns) in grids.items())
    return Sizes(multiple, smallest, None, stride_x, stride_y, tiled)


def _strides(seam_at: SeamAt, side: int) -> tuple[float, float]:
    """Pixels per row and per column: by how much twice the side enlarges the maps."""
    rows, columns = _grid(seam_at, side, side)
    more_rows, more_columns = _grid(seam_at, 2 * side, side)[0], _grid(seam_at, side, 2 * side)[1]
    if more_rows == rows or more_columns == columns:
        raise NetworkError("the network's feature maps do not grow with the picture")
    return side / (more_rows - rows), side / (more_columns - columns)


def _grid(seam_at: SeamAt, height: int, width: int) -> tuple[int, int]:
    rows, columns = seam_at(height, width).features.shape[2:]
    return int(rows), int(columns)


def _smallest(seam_at: SeamAt, multiple: int, side: int) -> int:
    """The shortest side, a multiple, with which the network answers."""
    for candidate in range(multiple, side + multiple, multiple):
        try:
            _grid(seam_at, candidate, candidate)
        except NetworkError:
            continue
        return candidate
    raise NetworkError(f"the network takes no picture with sides that are multiples of {multiple} up to {side} pixels")
