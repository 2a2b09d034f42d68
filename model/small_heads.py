"""Two heads of the same maps, learned at once from a handful of pictures: one of each map's mean, one of every cell.

    x        a photo's numbers: C means, or all C h w values
    scores   W x + b, one for each class; learned to be 1 for the photo's own class and 0 for the others
    W        X' (X X' + r I)^-1 (Y - mean Y), with X the photos' numbers around their mean: ridge regression in its
             dual form, so that N photos need N x N numbers, however many weights there are

    shuffled sum_p G[order[p]] + b with G[p, q] what place p of the head makes of cell q: one product for all shuffles,
             and never a copy of the maps for each. A head of means is one of cells with equal weights everywhere

It is what a fully connected head is made of, without its hidden layers, and learned exactly instead of step by step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.cam import Array

RIDGE = 1e-3  # of the mean of the diagonal
LEAST = 1e-12

Double = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SmallHead:
    """A linear head.

    Attributes:
        weight: (K, D)
        bias: (K,)
    """

    weight: Double
    bias: Double

    @property
    def parameters(self) -> int:
        """How many numbers it has learned."""
        return self.weight.size + self.bias.size

    def scores(self, numbers: Array) -> Double:
        """Of photos' numbers (..., D), (..., K)."""
        return np.asarray(numbers @ self.weight.T + self.bias)

    def scores_shuffled(self, maps: Array, orders: Sequence[Sequence[int]]) -> Double:
        """Of photos' maps (N, C, rows, columns) whose cells are put in each of some orders, (orders, N, K)."""
        cells: Double = maps.reshape(*maps.shape[:2], -1).astype(np.float64)
        photos, channels, count = cells.shape
        weight = self.weight.reshape(len(self.weight), channels, -1)
        places = weight.shape[2]  # one where it is a head of means
        made = weight.transpose(0, 2, 1).reshape(-1, channels) @ cells.transpose(1, 0, 2).reshape(channels, -1)
        pairs = made.reshape(-1, places, photos, count).transpose(1, 3, 2, 0) * (places / count)
        here = np.arange(count) % places
        return np.stack([pairs[here, list(order)].sum(axis=0) + self.bias for order in orders])


def learn(numbers: Array, classes: npt.NDArray[np.intp], count: int) -> SmallHead:
    """Learn to tell photos apart.

    Args:
        numbers: of photos, (N, D)
        classes: of photos, (N,)
        count: of classes
    """
    wide: Double = numbers.astype(np.float64)
    targets: Double = np.eye(count)[classes]
    middle, level = wide.mean(axis=0), targets.mean(axis=0)
    around = wide - middle
    likeness = around @ around.T
    ridge = RIDGE * max(float(np.trace(likeness)) / len(wide), LEAST)
    dual = np.linalg.solve(likeness + ridge * np.eye(len(wide)), targets - level)
    weight = dual.T @ around
    return SmallHead(weight, level - weight @ middle)
