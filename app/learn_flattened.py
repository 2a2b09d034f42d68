"""A head of means and a head of cells, learned to tell a photo from its own mirror images, before shuffled cells."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from fastapi.concurrency import run_in_threadpool

from app.learn_cells import maps_of
from app.learn_visit import Looked, Visit
from model.cam import Array
from model.photos import Pixels
from model.preprocess import Prepared
from model.shuffling import pooled, shuffle_cells, shuffled_order
from model.small_heads import Double, learn

SHUFFLES = 100  # of each view
CLEAR = 1e-3  # of a lead: less is rounding
AHEAD, BACK = slice(None), slice(None, None, -1)
VIEWS = {
    "still": (AHEAD, AHEAD),
    "mirrored": (AHEAD, BACK),
    "upside-down": (BACK, AHEAD),
    "turned": (BACK, BACK),
}
"""Pictures made of the same pixels, by name: which way their rows and their columns are read."""


@dataclass(frozen=True)
class Learned:
    """A head that has learned to tell the views apart.

    Attributes:
        parameters: how many it has learned
        ordered: its scores for each view, (views, views)
        shuffled: the same for their maps in one other order, (views, views)
        right: of SHUFFLES shuffles of each view, how often it is still told from the others
    """

    parameters: int
    ordered: Array
    shuffled: Array
    right: tuple[int, ...]

    @property
    def knows(self) -> int:
        """How many views it tells apart before they are shuffled."""
        return sum(_are_told(self.ordered).tolist())


@dataclass(frozen=True)
class Flattened:
    """Two heads, learned to tell the views of one photo apart: from means, and from cells.

    Attributes:
        views: what the network saw, in the order of VIEWS
        means: the head of means
        cells: the head of cells
    """

    views: tuple[Pixels, ...]
    means: Learned
    cells: Learned


async def flatten(visit: Visit, still: Looked, order: Sequence[int]) -> Flattened:
    """Learn both heads from what the network makes of the photo and its mirror images.

    Args:
        visit: to the photo
        still: what the network said of it
        order: the cells of the views are put in, to be looked at

    Raises:
        AppError, ModelError: 404, 429, 503, 504
    """
    seen = [still, *await visit.look(lambda _network, _photo: _mirrored(still.input))]
    maps = np.stack([maps_of(one.answer).features for one in seen])
    views = tuple(one.input.pixels for one in seen)
    return await run_in_threadpool(
        lambda: Flattened(views, *(_learned(maps, order, numbers) for numbers in (pooled, np.ravel)))
    )


def _mirrored(seen: Prepared) -> Iterator[Prepared]:
    """The views after the first."""
    for name in [*VIEWS][1:]:
        yield replace(seen, pixels=np.ascontiguousarray(seen.pixels[VIEWS[name]]), preprocess_ms=0.0)


def _learned(maps: Array, order: Sequence[int], numbers: Callable[[Array], Array]) -> Learned:
    """Learn from the numbers of maps (views, C, rows, columns), and shuffle each view's again and again."""
    given = np.stack([numbers(one) for one in maps])
    head = learn(given, np.arange(len(maps)), len(maps))
    orders = [shuffled_order(maps.shape[2] * maps.shape[3], seed) for seed in range(1, SHUFFLES + 1)]
    right = _are_told(head.scores_shuffled(maps, orders)).sum(axis=0)
    mixed = np.stack([numbers(shuffle_cells(one, order)) for one in maps])
    ordered, shuffled = (head.scores(each).astype(np.float32) for each in (given, mixed))
    return Learned(head.parameters, ordered, shuffled, tuple(right.tolist()))


def _are_told(scores: Array | Double) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether each view leads in its own score, of scores (..., views, views)."""
    own = np.diagonal(scores, axis1=-2, axis2=-1)
    others = np.where(np.eye(scores.shape[-1], dtype=bool), -np.inf, scores).max(axis=-1)
    return np.asarray(own - others > CLEAR)
