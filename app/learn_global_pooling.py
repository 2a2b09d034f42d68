"""The use-case of the room of global pooling: one number a map, at several sizes and of several photos."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from app.errors import Unusable
from app.learn_cells import NO_PLACE
from app.learn_flattened import others
from app.learn_judging import JudgeAsked
from app.learn_visit import Looked, Visit
from app.passes import Explains
from model.cam import Array
from model.classifier import Explanation
from model.photos import Photo
from model.preprocess import Prepared

SIZES = (1.0, 1.5, 2.0)  # scales of the input


class Left(StrEnum):
    """What is left of each map."""

    AVERAGE = "average"
    MAXIMUM = "maximum"


class PooledAsked(JudgeAsked):
    """The query of the room.

    Attributes:
        map: a map to look at, counted from 1; 0 for none but the strongest
        percent: of the input's usual sides, for one size more
        other: the photo whose vector stands beside the photo's, by key; empty for the first example that is not it
        left: what is left of each map in the vectors
        measure: whether heads are learned and judged
        comparison: which of the server's comparisons of heads is shown, the newest first
    """

    map: int = Field(0, ge=0, le=2**16)
    percent: int = Field(50, ge=25, le=300)
    other: str = Field("", max_length=100)
    left: Left = Left.AVERAGE
    measure: bool = False
    comparison: int = Field(0, ge=0, le=1000)


@dataclass(frozen=True)
class Pooled:
    """What the network gave for a photo at several sizes, for its mirror image, and for another photo.

    Attributes:
        sizes: the photo's own size first
        mirrored: at that size
        other: another photo
        key: of that one
    """

    sizes: tuple[Looked, ...]
    mirrored: Looked
    other: Looked
    key: str


def maps_of(answer: Explanation) -> Array:
    """The last maps as the network gave them, (C, rows, columns).

    Raises:
        Unusable: there are none
    """
    if answer.features is None or answer.maps is None:
        raise Unusable(NO_PLACE)
    return answer.features


def vector_of(answer: Explanation, left: Left = Left.AVERAGE) -> Array:
    """One number each map, (C,)."""
    maps = maps_of(answer)
    if left is Left.MAXIMUM:
        return np.asarray(maps.max(axis=(1, 2)))
    return np.asarray(maps.mean(axis=(1, 2), dtype=np.float64), dtype=np.float32)


def likeness(one: Array, other: Array) -> float:
    """The cosine of the angle between two vectors; 0 where one of them is nothing."""
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / size if size > 0 else 0.0


async def pool(visit: Visit, asked: PooledAsked) -> Pooled:
    """Have the network see the photo at several sizes, its mirror image, and another photo.

    Raises:
        AppError, ModelError: 404 where there is no such photo, 422 where there are no maps, 429, 503, 504
    """
    if not visit.exact:
        raise Unusable(NO_PLACE)
    key = asked.other or others(visit.picked)[0]
    read = await run_in_threadpool(visit.find, key)
    fixed = visit.picked.entry.spec.preprocessing.fixed_size is not None
    scales = SIZES[:1] if fixed else tuple(dict.fromkeys((*SIZES, asked.percent / 100)))

    def views(network: Explains, photo: Photo) -> Iterator[Prepared]:
        for scale in scales:
            yield network.prepare(photo, scale)
        still = network.prepare(photo)
        yield replace(still, pixels=np.ascontiguousarray(still.pixels[:, ::-1]), preprocess_ms=0.0)
        yield network.prepare(read())

    *sizes, mirrored, other = await visit.once(("sizes", key, scales), lambda apart: apart.look(views))
    return Pooled(tuple(sizes), mirrored, other, key)
