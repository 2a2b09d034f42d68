"""Right for the right reasons: what is marked as wrong becomes pairs to learn from, and is judged at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import Literal

import numpy as np
import torch

from model.bundle import Bundle
from model.cam import Array
from model.census import Census
from model.classifier import Classifier
from model.corrections import Corrections, Marked, donors, match_corrections, read_corrections
from model.counterfactual import Fill, fill_of
from model.dataset import Sample
from model.evidence import shares_of
from model.findings import counted
from model.mended import Mended, MendedFigures, MendedMap, MendedPicture
from model.photos import Photo, Pixels, open_photo, shrink, shrink_to
from model.preprocess import enough
from model.runs import Note
from model.runtime import Runtime
from model.spec import Preprocessing
from model.training.base import own_bundle
from model.training.head_fit import HeadTask, fit_head, refit_head
from model.training.mistakes import THUMBNAIL_SIDE, cells_of, encoded, scaled
from model.training.objective import Objective, targets_of
from model.training.pairs import PairMaker, with_files
from model.training.preparation import Surroundings, Task, draft_of
from model.training.surgery import replace_head

MOST_PASTED = 500  # validation pictures that are given a mark
SHOWN = 12
DONORS_KEPT = 16  # whose pixels are in memory


def mark_wrong(
    task: Task, census: Census, preprocessing: Preprocessing, around: Surroundings, folder: Path
) -> tuple[Task, Census, Corrections | None]:
    """The task with pairs made of what is marked, a census that knows them, and what is marked.

    Args:
        task: whose plan says what is marked, if anything is
        census: of the data
        preprocessing: of the base
        around: who is told
        folder: for the pairs' files

    Raises:
        DatasetError: the table is none, or none of its pictures can be learned from
    """
    if task.plan.corrections is None:
        return task, census, None
    corrections = match_corrections(read_corrections(task.plan.corrections), census)
    maker = PairMaker(folder, preprocessing, around.max_megapixels, task.labels)
    held_out = frozenset(task.pictures[index].path for index in set(task.held_out) - set(task.train))
    pairs = maker.make(corrections, task.pictures, held_out, task.plan.seed)
    pasted = sum(pair.pasted for pair in pairs)
    marked = counted(len(pairs) - pasted, "marked picture")
    for sentence in (
        *corrections.problems,
        f"What is marked on {marked} is cut out there, and put onto {counted(pasted, 'picture')} of other classes.",
    ):
        around.listener(Note(message=sentence))
    return replace(task, pairs=pairs), with_files(census, pairs, around.max_megapixels), corrections


@dataclass(frozen=True)
class Mending:
    """What is needed to judge a correction.

    Attributes:
        corrections: what is marked
        before: the network without them
        began: whether that is the base, or a head that was learned for the comparison
    """

    corrections: Corrections
    before: Classifier
    began: Literal["base", "head"]


def compared(corrections: Corrections, task: Task, base: Bundle, plain: HeadTask, around: Surroundings) -> Mending:
    """What a corrected network is compared with: the base where it knows the very classes, else another head.

    Args:
        corrections: what is marked
        task: with the pairs that are made of it
        base: that the training begins with
        plain: a head on the same features, without the pairs
        around: of the training
    """
    own = own_bundle(task.plan.base, around.cache_dir)
    if own is not None and own.spec.labels == task.labels:
        return Mending(corrections, Classifier(own, Runtime(own, task.plan.threads)), "base")
    fit = fit_head(plain, task.train, task.held_out, stop=around.stop)
    head = refit_head(plain, max(fit.epoch, 1), around.stop)
    draft = draft_of(task, base, head, replace_head(base.graph, head))
    return Mending(corrections, Classifier(draft, Runtime(draft, task.plan.threads)), "head")


class MendingJudge:
    """Lays a correction's two networks side by side.

    Args:
        mending: what was corrected
        after: the corrected network
        objective: says what is right
        max_megapixels: of pictures
    """

    def __init__(self, mending: Mending, after: Classifier, objective: Objective, max_megapixels: float) -> None:
        self._mending, self._objective, self._max_megapixels = mending, objective, max_megapixels
        self._networks = (mending.before, after)
        self._least = enough(after.spec.preprocessing)
        self._labels = after.spec.labels
        self._donor = lru_cache(DONORS_KEPT)(self._pixels_of)

    def judge(self, val: Sequence[Sample], accuracies: tuple[float, float], pairs: int) -> Mended:
        """Before and after.

        Args:
            val: the validation pictures
            accuracies: of both on them
            pairs: that the corrected one learned from
        """
        marked = self._mending.corrections.pictures
        pictures = [self._picture(one) for one in marked]
        cut = [self._right(one.sample, self._without(one)) for one in marked]
        pasted = self._pasted(val)
        before, after = (
            MendedFigures(
                accuracy=whole,
                accuracy_pasted=fmean(one[side] for one in pasted) if pasted else None,
                accuracy_cut=fmean(one[side] for one in cut),
                inside=_mean([(one.before, one.after)[side].inside for one in pictures]),
            )
            for side, whole in enumerate(accuracies)
        )
        return Mended(
            began=self._mending.began,
            pictures=len(marked),
            marks=sum(len(one.marks) for one in marked),
            pairs=pairs,
            pasted=len(pasted),
            before=before,
            after=after,
            shown=tuple(sorted(pictures, key=lambda one: -(one.before.inside or 0))[:SHOWN]),
        )

    def _pasted(self, val: Sequence[Sample]) -> list[tuple[bool, bool]]:
        """Whether each network is right of validation pictures that carry a mark of another class."""
        learned = [one for one in self._mending.corrections.pictures if one.learned]
        unmarked = [one for one in val if donors(learned, one.labels)][:: max(1, len(val) // MOST_PASTED)]
        found = []
        for place, sample in enumerate(unmarked):
            unlike = donors(learned, sample.labels)
            photo, donor = self._photo(sample), unlike[place % len(unlike)]
            size = (photo.pixels.shape[1], photo.pixels.shape[0])
            altered = donor.replaced(photo.pixels, shrink_to(self._donor(donor.sample), size))
            found.append(self._right(sample, Photo(altered, photo.format, photo.size)))
        return found

    def _without(self, marked: Marked) -> Photo:
        """A marked picture, its marks cut out."""
        photo = self._photo(marked.sample)
        return Photo(marked.replaced(photo.pixels, fill_of(photo.pixels, Fill.MEAN)), photo.format, photo.size)

    def _right(self, sample: Sample, photo: Photo) -> tuple[bool, bool]:
        targets = targets_of([sample], len(self._labels))
        before, after = (
            bool(self._objective.score_right(torch.from_numpy(network.explain([photo])[0].logits)[None], targets))
            for network in self._networks
        )
        return before, after

    def _picture(self, marked: Marked) -> MendedPicture:
        photo = self._photo(marked.sample)
        thumbnail = shrink(photo.pixels, THUMBNAIL_SIDE)
        height, width = thumbnail.shape[:2]
        across, down = width / photo.width, height / photo.height
        named = [self._labels.index(mark.label) for mark in marked.marks if mark.label is not None]
        shown = (*named, *marked.sample.labels, 0)[0]
        before, after = (self._map(network, photo, marked, shown, (across, down)) for network in self._networks)
        regions = [mark.region for mark in marked.marks]
        return MendedPicture(
            path=marked.sample.name,
            shown=shown,
            thumbnail=encoded(thumbnail),
            width=width,
            height=height,
            marks=tuple((one.left * across, one.top * down, one.right * across, one.bottom * down) for one in regions),
            before=before,
            after=after,
        )

    def _map(
        self, network: Classifier, photo: Photo, marked: Marked, shown: int, factors: tuple[float, float]
    ) -> MendedMap:
        answer = network.explain([photo])[0]
        cam: Array | None = None if answer.maps is None else answer.maps[shown]
        inside = None
        if cam is not None and answer.grid is not None:
            inside = shares_of(cam, marked.parts(answer.grid)).given
        return MendedMap(
            probability=float(answer.probabilities[shown]),
            inside=inside,
            grid=None if answer.grid is None else scaled(answer.grid, *factors),
            cam=None if cam is None else cells_of(cam),
        )

    def _pixels_of(self, sample: Sample) -> Pixels:
        return self._photo(sample).pixels

    def _photo(self, sample: Sample) -> Photo:
        return open_photo(sample.path.read_bytes(), self._max_megapixels).read(self._least)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
