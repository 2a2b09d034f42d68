"""The use-case of the room of global pooling: one number a map, at several sizes, and heads learned of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from app.errors import Unusable
from app.learn_cells import NO_PLACE
from app.learn_visit import Looked, Visit, example_photo, others
from app.passes import Explains
from model.cam import Array
from model.classifier import Explanation
from model.photos import Photo, Pixels
from model.preprocess import Prepared, input_size, prepare
from model.shifting import Edge, shift
from model.small_heads import learn
from model.spec import Preprocessing

SIZES = (1.0, 1.5, 2.0)  # scales of the input
FURTHER = 5  # a photo is moved by this part of its side
INNER = 0.8  # of a side is left where a photo is enlarged
DARK = 0.6


class PooledAsked(BaseModel):
    """The query of the room.

    Attributes:
        other: the example whose vector stands beside the photo's; empty for the first that is not the photo
        map: a map to look at; -1 for none but the strongest
        measure: whether heads are learned and judged
    """

    model_config = ConfigDict(frozen=True)

    other: str = Field("", max_length=100)
    map: int = Field(-1, ge=-1, le=2**16)
    measure: bool = False


@dataclass(frozen=True)
class Pooled:
    """What the network gave for a photo at several sizes, for its mirror image, and for another photo."""

    sizes: tuple[Looked, ...]
    mirrored: Looked
    other: Looked
    name: str


@dataclass(frozen=True)
class Judged:
    """A head, learned from one view of each photo and judged by others.

    Attributes:
        name: "average", "maximum" or "flatten"
        parameters: how many it has learned
        learned: how many it has learned from, and how many of them it names rightly
        new: how many it had not seen, and how many of them it names rightly
        learned_lead: of the right photo over the next, on average, where it had learned
        new_lead: the same where it had not
    """

    name: str
    parameters: int
    learned: tuple[int, int]
    new: tuple[int, int]
    learned_lead: float
    new_lead: float


def maps_of(answer: Explanation) -> Array:
    """The last maps as the network gave them, (C, rows, columns).

    Raises:
        Unusable: there are none
    """
    if answer.features is None or answer.maps is None:
        raise Unusable(NO_PLACE)
    return answer.features


def means_of(answer: Explanation) -> Array:
    """One number each map, (C,)."""
    return np.asarray(maps_of(answer).mean(axis=(1, 2), dtype=np.float64), dtype=np.float32)


def likeness(one: Array, other: Array) -> float:
    """The cosine of the angle between two vectors; 0 where one of them is nothing."""
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / size if size > 0 else 0.0


async def pool(visit: Visit, other: str) -> Pooled:
    """Have the network see the photo at several sizes, its mirror image, and another photo.

    Raises:
        AppError, ModelError: 404 where there is no such example, 422 where there are no maps, 429, 503, 504
    """
    name = other or others(visit.picked)[0]
    scales = SIZES[:1] if visit.picked.entry.spec.preprocessing.fixed_size else SIZES

    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        for scale in scales:
            yield network.prepare(photo, scale)
        still = network.prepare(photo)
        yield replace(still, pixels=np.ascontiguousarray(still.pixels[:, ::-1]), preprocess_ms=0.0)
        yield network.prepare(example_photo(name))

    *sizes, mirrored, second = await visit.look(views)
    maps_of(second.answer)
    return Pooled(tuple(sizes), mirrored, second, name)


async def judge(visit: Visit) -> tuple[Judged, ...]:
    """Learn heads from one view of the photo and of each example, and judge them by views they had not seen.

    Raises:
        AppError, ModelError: 404, 422 where there are no maps, 429, 503, 504
    """

    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        for one in (photo, *map(example_photo, others(visit.picked))):
            square = _square(one, network.spec.preprocessing)
            for change in CHANGES:
                yield Prepared(np.ascontiguousarray(change(square)), (one.width, one.height), 1, 0.0)

    seen = await visit.look(views)
    maps = np.stack([maps_of(one.answer) for one in seen])
    classes = np.repeat(np.arange(len(maps) // len(CHANGES)), len(CHANGES))
    numbers = {
        "average": maps.mean(axis=(2, 3)),
        "maximum": maps.max(axis=(2, 3)),
        "flatten": maps.reshape(len(maps), -1),
    }
    return tuple(_judged(name, values, classes) for name, values in numbers.items())


def _judged(name: str, numbers: Array, classes: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Judged:
    known = np.arange(len(numbers)) % len(CHANGES) == 0
    head = learn(numbers[known], classes[known], int(classes.max()) + 1)
    scores = head.scores(numbers)
    right = scores[np.arange(len(scores)), classes]
    rest = scores.copy()
    rest[np.arange(len(scores)), classes] = -np.inf
    lead = right - rest.max(axis=1)
    return Judged(
        name,
        head.parameters,
        (int(known.sum()), int((lead[known] > 0).sum())),
        (int((~known).sum()), int((lead[~known] > 0).sum())),
        float(lead[known].mean()),
        float(lead[~known].mean()),
    )


def _square(photo: Photo, preprocessing: Preprocessing) -> Pixels:
    return prepare(photo, preprocessing, input_size(preprocessing, 1, 1))


def _moved(right: int, down: int) -> Callable[[Pixels], Pixels]:
    return lambda pixels: shift(
        pixels, right * pixels.shape[1] // FURTHER, down * pixels.shape[0] // FURTHER, Edge.AROUND
    )


def _enlarged(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    x, y = width * (1 - INNER) / 2, height * (1 - INNER) / 2
    box = (x, y, width - x, height - y)
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC, box))


CHANGES: tuple[Callable[[Pixels], Pixels], ...] = (
    lambda pixels: pixels,
    lambda pixels: pixels[:, ::-1],
    _moved(1, 0),
    _moved(-1, 0),
    _moved(0, 1),
    _enlarged,
    lambda pixels: np.asarray(np.rint(pixels * DARK), dtype=np.uint8),
)
"""What becomes of a photo: the first is learned from, by the others heads are judged."""
