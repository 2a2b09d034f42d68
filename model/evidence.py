"""What cells of a map give to a class and take from it, in logits: all of them, or those that a region covers.

    given G           mean(max(M, 0)): what the cells add to the logit
    taken T           mean(max(-M, 0)): what they take from it; G - T + bias = logit
    of a region       sum(a max(M, 0)) / (h w) and sum(a max(-M, 0)) / (h w), with a[y,x] the part of a cell in it
    share             of a region in all that is given, and in all that is taken: 0 to 1
    without it        what the head says of features scaled by 1 - a, of as many cells

Without a region the score of a head that is linear in its features loses just what the region gives less what it
takes: sum(a M) / (h w). A normalisation or a maximum is computed anew. Pure functions on arrays.
"""

from dataclasses import dataclass

import numpy as np

from model.cam import Array, ClassMaps, Head
from model.coverage import Double, Region, Size, parts_of
from model.geometry import Grid
from model.products import matmul
from model.spec import HeadKind

LINEAR = frozenset({HeadKind.GAP, HeadKind.SUM, HeadKind.CONV})
"""Heads whose score is linear in the features, so that the maps alone say what is left without some cells."""


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
class Evidence:
    """What a map's cells add to the logit and what they take from it, both 0 or more, in logits."""

    given: float
    taken: float


@dataclass(frozen=True)
class Shares:
    """Which part of what is given, and of what is taken, lies in a region: 0 to 1; None where there is nothing."""

    given: float | None
    taken: float | None


def evidence(values: Array) -> Evidence:
    """What the cells of a map (rows, columns) add and take: given - taken = mean."""
    wide = values.astype(np.float64)
    return Evidence(float(np.maximum(wide, 0).mean()), float(np.maximum(-wide, 0).mean()))


def shares(one: PlacedMap, region: Region, photo_size: Size) -> Shares:
    """How much of a map's evidence lies in a region; cells partly in it count by area.

    Args:
        one: the map
        region: on the photo
        photo_size: (width, height) the grid is laid on
    """
    return shares_of(one.values, parts_of(region, one.grid, photo_size))


def shares_of(values: Array, parts: Double) -> Shares:
    """How much of the evidence of a map (rows, columns) lies in parts of its cells (rows, columns)."""
    whole, inside = evidence(values), contribution(values, parts)
    given, taken = (
        None if total == 0 else min(1.0, part / total)
        for part, total in ((inside.given, whole.given), (inside.taken, whole.taken))
    )
    return Shares(given, taken)


def contribution(values: Array, parts: Double) -> Evidence:
    """What parts of the cells of a map (rows, columns) add to the logit and take from it: the rest counts as 0."""
    wide = values.astype(np.float64)
    return Evidence(float((np.maximum(wide, 0) * parts).mean()), float((np.maximum(-wide, 0) * parts).mean()))


def contributions(maps: ClassMaps, parts: Double) -> Double:
    """What parts of the cells bring to every class's logit, given less taken: sum(a M) / (h w).

    Args:
        maps: (K, rows, columns), in logits
        parts: (rows, columns), 0 to 1

    Returns:
        (K,), in logits
    """
    pooled = maps.features.reshape(len(maps.features), -1) @ (parts.ravel() / parts.size)
    return np.asarray(pooled if maps.weight is None else _weighed(maps.weight, pooled), dtype=np.float64)


def head_logits(features: Array, head: Head) -> Double:
    """What a head says of feature maps, computed as the network does.

    Args:
        features: last convolutional maps, (C, h, w); of a `conv` head the maps themselves, after a ReLU if it has one
        head: any kind but `fc`

    Returns:
        (outputs,), in logits

    Raises:
        ValueError: the head keeps no location (`fc`)
    """
    flat = features.reshape(len(features), -1).astype(np.float64)
    if head.kind is HeadKind.CONV:
        return np.asarray(flat.mean(axis=1))
    weight, bias = head.linear()
    match head.kind:
        case HeadKind.SUM:
            pooled = flat.sum(axis=1)
        case HeadKind.GMP:
            pooled = flat.max(axis=1)
        case _:
            pooled = flat.mean(axis=1)
    if head.gamma is not None and head.beta is not None and head.eps is not None:
        pooled = head.gamma * ((pooled - pooled.mean()) / np.sqrt(pooled.var() + head.eps)) + head.beta
    return _weighed(weight, pooled) + bias


def _weighed(weight: Array, pooled: Double) -> Double:
    return matmul(weight, pooled.astype(np.float32)[:, None])[:, 0].astype(np.float64)
