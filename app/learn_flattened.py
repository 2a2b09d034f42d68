"""A head of means and a head of cells, learned from the photo and the examples, before shuffled cells."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from fastapi.concurrency import run_in_threadpool

from app.examples import examples
from app.learn_cells import maps_of
from app.learn_visit import Picked, Visit, example_photo
from app.passes import Explains
from app.seeing import Views
from model.cam import Array
from model.photos import Photo
from model.preprocess import Prepared, input_size, prepare
from model.shuffling import pooled, shuffle_cells, shuffled_order
from model.small_heads import learn
from model.spec import Preprocessing

SHUFFLES = 100


@dataclass(frozen=True)
class Learned:
    """A head learned from a few photos, before one of them.

    Attributes:
        parameters: how many it has learned
        ordered: its scores for the photo, (photos,)
        shuffled: its scores for the photo's maps, shuffled, (photos,)
        lead: of the photo over the next, on average of SHUFFLES shuffles
        right: of so many, how often the photo is still the first
    """

    parameters: int
    ordered: Array
    shuffled: Array
    lead: float
    right: int


@dataclass(frozen=True)
class Flattened:
    """Two heads, learned to tell photos apart: from means, and from cells.

    Attributes:
        names: of the photos, the one in question first: an example's name, or empty for one's own
        means: the head of means
        cells: the head of cells
    """

    names: tuple[str, ...]
    means: Learned
    cells: Learned


async def flatten(visit: Visit, seed: int) -> Flattened:
    """Learn both heads from the photo and the examples, all squeezed into one square, for cells take one size alone.

    Raises:
        AppError, ModelError: 404, 429, 503, 504
    """
    picked = visit.picked
    seen = await visit.look(_squares(picked))
    maps = np.stack([maps_of(one.answer).features for one in seen])
    names = ("" if picked.example is None else picked.example.name, *others(picked))
    return await run_in_threadpool(
        lambda: Flattened(names, *(_learned(maps, seed, view) for view in (pooled, np.ravel)))
    )


def _learned(maps: Array, seed: int, view: Callable[[Array], Array]) -> Learned:
    """Learn from what is seen of maps (photos, C, rows, columns), and shuffle the first photo's again and again."""
    numbers = np.stack([view(one) for one in maps])
    head = learn(numbers, np.arange(len(numbers)), len(numbers))
    orders = (shuffled_order(maps.shape[2] * maps.shape[3], one) for one in (seed, *range(1, SHUFFLES + 1)))
    # One at a time: all shuffles of a large network's maps would fill the memory.
    scores = np.stack([head.scores(view(shuffle_cells(maps[0], order))) for order in orders]).astype(np.float32)
    lead = scores[1:, 0] - scores[1:, 1:].max(axis=1)
    ordered = head.scores(numbers[0]).astype(np.float32)
    return Learned(head.parameters, ordered, scores[0], float(lead.mean()), int((lead > 0).sum()))


def others(picked: Picked) -> tuple[str, ...]:
    """The examples that are not the photo."""
    own = None if picked.example is None else picked.example.name
    return tuple(example.name for example in examples() if example.name != own)


def _squares(picked: Picked) -> Views:
    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        preprocessing = network.spec.preprocessing
        size = input_size(preprocessing, 1, 1)
        yield _square(photo, preprocessing, size)
        for name in others(picked):
            yield _square(example_photo(name), preprocessing, size)

    return views


def _square(photo: Photo, preprocessing: Preprocessing, size: tuple[int, int]) -> Prepared:
    return Prepared(prepare(photo, preprocessing, size), (photo.width, photo.height), 1, 0.0)
