"""Heads that are learned at once from a few views of a few photos, and judged by other views of the same."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from app.errors import Unusable
from app.learn_cells import NO_PLACE
from app.learn_flattened import others
from app.learn_views import View, changes, quarters
from app.learn_visit import Visit
from app.passes import Answer, Explains
from model.cam import Array
from model.photos import Photo, Pixels
from model.preprocess import Prepared, input_size, prepare
from model.small_heads import SmallHead, learn

MOST_PHOTOS = 8
JUDGED = (View.STILL, View.MIRRORED, View.UPSIDE_DOWN, View.RIGHT, View.DOWN, View.ENLARGED, View.DARKER)


class Cut(StrEnum):
    """What is to be told apart."""

    QUARTERS = "quarters"
    WHOLE = "whole"


class Pool(StrEnum):
    """What a head is given of each map."""

    AVERAGE = "average"
    MAXIMUM = "maximum"
    PARTS = "parts"
    FLATTEN = "flatten"


class JudgeAsked(BaseModel):
    """What heads are to learn, and from what.

    Attributes:
        photos: other photos, by key; none for all examples that are not the photo
        cut: what is to be told apart
        learned: the views that are learned from, beside the photos as they are; the others are judged by
        by: of a side, in percent: how far moved photos are moved
        parts: of a map's side: how many each map is averaged in, beside the whole
        size: of the input's usual side, in percent
    """

    model_config = ConfigDict(frozen=True)

    photos: list[str] = Field(
        [],
        alias="with",
        max_length=MOST_PHOTOS,
        description="Other photos: examples' names, or explanations' ids; default all other examples.",
        examples=[[]],
    )
    cut: Cut = Field(Cut.QUARTERS, description="What is told apart: each photo's four quarters, or whole photos.")
    learned: list[View] = Field(
        [],
        alias="from",
        max_length=len(View),
        description="Views that are learned from, beside `as-it-is`; the others are judged by.",
        examples=[[]],
    )
    by: int = Field(25, ge=5, le=50, description="How far moved photos are moved, in percent of their side.")
    parts: int = Field(2, ge=2, le=8, description="One head gets the averages of so many times so many parts of a map.")
    size: int = Field(75, ge=25, le=150, description="Of the input's usual side, in percent.")


@dataclass(frozen=True)
class Counted:
    """How a head names one view of everything it has learned.

    Attributes:
        view: which
        learned: whether it has learned from it
        count: how many there are of it
        right: how many of them it names rightly
        lead: of the right one over the next, on average: 1 is what was learned
    """

    view: View
    learned: bool
    count: int
    right: int
    lead: float


@dataclass(frozen=True)
class Judged:
    """A head.

    Attributes:
        pool: what it is given
        parameters: how many it has learned
        views: of what it has learned
    """

    pool: Pool
    parameters: int
    views: tuple[Counted, ...]

    def together(self, learned: bool) -> tuple[int, int, float]:
        """Of the views learned from, or of the others: how many, how many named rightly, and the lead on average."""
        chosen = [one for one in self.views if one.learned is learned]
        count, right = sum(one.count for one in chosen), sum(one.right for one in chosen)
        return count, right, sum(one.lead * one.count for one in chosen) / count if count else 0.0


async def judge(visit: Visit, asked: JudgeAsked) -> tuple[Judged, ...]:
    """Learn heads from views of the photo and of others, and judge them by views that they had not seen.

    Raises:
        AppError, ModelError: 404 where there is no such photo, 422 where there are no maps, 429, 503, 504
    """
    if not visit.exact:
        raise Unusable(NO_PLACE)
    keys = tuple(key for key in dict.fromkeys(asked.photos or others(visit.picked)) if key != visit.picked.key)
    readers = await run_in_threadpool(lambda: [visit.find(key) for key in keys])
    made = changes(asked.by)

    def inputs(network: Explains, photo: Photo) -> Iterator[Prepared]:
        for one in (photo, *(read() for read in readers)):
            for piece in _pieces(one, network, asked):
                for view in JUDGED:
                    pixels = np.ascontiguousarray(made[view](piece))
                    yield Prepared(pixels, (pixels.shape[1], pixels.shape[0]), 1, 0.0)

    async def learned(apart: Visit) -> tuple[Judged, ...]:
        seen = await apart.see(inputs, _without_class_maps)
        maps = np.stack([_features(answer) for answer in seen.answers])
        return await run_in_threadpool(lambda: tuple(_judged(pool, maps, asked) for pool in Pool))

    return await visit.once(("heads", keys, asked.model_dump_json(include=set(JudgeAsked.model_fields))), learned)


def _pieces(photo: Photo, network: Explains, asked: JudgeAsked) -> list[Pixels]:
    preprocessing = network.spec.preprocessing
    size = input_size(preprocessing, 1, 1, asked.size / 100)
    return quarters(photo, preprocessing, size) if asked.cut is Cut.QUARTERS else [prepare(photo, preprocessing, size)]


def _without_class_maps(answer: Answer) -> Answer:
    return replace(answer, explanation=replace(answer.explanation, maps=None))


def _features(answer: Answer) -> Array:
    if answer.explanation.features is None:
        raise Unusable(NO_PLACE)
    return answer.explanation.features


def numbers_of(pool: Pool, maps: Array, parts: int) -> Array:
    """What is left of maps (N, C, rows, columns) for a head: (N, D)."""
    match pool:
        case Pool.AVERAGE:
            return np.asarray(maps.mean(axis=(2, 3)))
        case Pool.MAXIMUM:
            return np.asarray(maps.max(axis=(2, 3)))
        case Pool.PARTS:
            bands = np.array_split(maps, min(parts, maps.shape[2]), axis=2)
            found = [part for band in bands for part in np.array_split(band, min(parts, maps.shape[3]), axis=3)]
            return np.concatenate([part.mean(axis=(2, 3)) for part in found], axis=1)
        case Pool.FLATTEN:
            return maps.reshape(len(maps), -1)


def _judged(pool: Pool, maps: Array, asked: JudgeAsked) -> Judged:
    numbers = numbers_of(pool, maps, asked.parts)
    classes, views = np.divmod(np.arange(len(numbers)), len(JUDGED))
    learned = [view is View.STILL or view in asked.learned for view in JUDGED]
    known = np.array(learned)[views]
    head = learn(numbers[known], classes[known], int(classes.max()) + 1)
    lead = leads(head, numbers, classes)
    of_views = [lead[views == at] for at in range(len(JUDGED))]
    return Judged(
        pool,
        head.parameters,
        tuple(
            Counted(view, is_learned, len(found), int((found > 0).sum()), float(found.mean()))
            for view, is_learned, found in zip(JUDGED, learned, of_views, strict=True)
        ),
    )


def leads(head: SmallHead, numbers: Array, classes: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """By how much each one's right class is above the next, (N,)."""
    scores = head.scores(numbers)
    each = np.arange(len(scores))
    right = scores[each, classes]
    scores[each, classes] = -np.inf
    return np.asarray(right - scores.max(axis=1))
