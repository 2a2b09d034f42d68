"""One network and one set of pictures: the maps that all heads learn from and are judged on."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import fmean
from typing import Self

import numpy as np
import torch
from torch import Tensor

from model.census import Census
from model.classifier import Classifier
from model.dataset import Sample
from model.features import FeatureCache, Features
from model.plan import HeadChoice, Plan
from model.preprocess import input_size
from model.runtime import Runtime
from model.spec import HeadKind, Pool, Preprocessing
from model.training.head_fit import HeadTask, fit_head
from model.training.head_modules import HEADS, TrainableHead
from model.training.objective import Objective, targets_of
from model.training.preparation import Surroundings, Task, prepare_base, set_task

BATCH = 32
SHIFTS = (0.125, 0.25)
LARGER = 1.5


@dataclass(frozen=True)
class Judged:
    """Pictures that all heads are judged on: whole maps, and what they show, (N, K)."""

    features: Features
    targets: Tensor


@dataclass(frozen=True)
class Run:
    """One head, trained with one seed.

    Attributes:
        head: None where it leaves no map, and so is of no further use
        parameters: that it has
        train: accuracy on the pictures it learned from
        val: on the validation pictures
        epochs_to_best: until the lowest held-out loss
        seconds: that it took
        shifted: accuracy for each of SHIFTS
        larger: at the larger side; None where it takes one size alone
    """

    head: TrainableHead | None
    parameters: int
    train: float
    val: float
    epochs_to_best: int
    seconds: float
    shifted: tuple[float, ...]
    larger: float | None


class Arena:
    """One network, one set of pictures; leave it to let go of the feature cache."""

    def __init__(self, plan: Plan, census: Census, around: Surroundings) -> None:
        self._plan, self._census, self._around = plan, census, around
        self._open = ExitStack()
        takes_any = not prepare_base(plan, around).spec.preprocessing.fixed_size
        self._base = prepare_base(plan.model_copy(update={"head": HeadChoice.FC}), around)  # one size for all
        self.classifier = Classifier(self._base, Runtime(self._base, plan.threads))
        self._cache = FeatureCache(around.cache_dir / "features", around.feature_bytes)
        preprocessing = self._base.spec.preprocessing
        train, val = census.dataset.train, census.dataset.val
        self._train, self._val = self._judged(train), self._judged(val)
        self._shifted = [[self._judged(val, shift=way) for way in _ways(share)] for share in SHIFTS]
        larger = _enlarged(preprocessing) if takes_any else None
        self._larger = self._judged(val, preprocessing=larger) if larger else None
        self.side = _side(preprocessing)
        self.larger_side = _side(larger) if larger else None
        self.cells = self._train.features.shape(0)[1], self._train.features.shape(0)[2]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def task(self, choice: HeadChoice, seed: int) -> Task:
        """What a head is to learn with a seed, which also decides the pictures held out."""
        return set_task(self._plan.model_copy(update={"head": choice, "seed": seed}), self._census)

    def run(self, choice: HeadChoice, seed: int, epochs: int) -> Run:
        """Train and judge."""
        task, started = self.task(choice, seed), time.monotonic()
        objective = task.objective("head")
        with self._features(task.pictures, HEADS[choice].pool) as features:
            work = HeadTask(
                make=lambda: task.head(self._base, self.cells),
                features=features,
                targets=task.targets,
                objective=objective,
                epochs=epochs,
                seed=seed,
            )
            try:
                fit = fit_head(work, task.train, task.held_out)
            except SystemExit:  # what Lightning makes of Ctrl-C
                raise KeyboardInterrupt from None
        seconds = time.monotonic() - started
        larger = self._larger if fit.head.kind is not HeadKind.FC else None
        return Run(
            head=fit.head if fit.head.kind is not HeadKind.FC else None,
            parameters=sum(parameter.numel() for parameter in fit.head.parameters()),
            train=_accuracy(fit.head, self._train, objective, task.train),
            val=_accuracy(fit.head, self._val, objective),
            epochs_to_best=fit.epoch,
            seconds=seconds,
            shifted=tuple(fmean(_accuracy(fit.head, one, objective) for one in ways) for ways in self._shifted),
            larger=_accuracy(fit.head, larger, objective) if larger else None,
        )

    def _judged(
        self,
        samples: Sequence[Sample],
        shift: tuple[float, float] = (0.0, 0.0),
        preprocessing: Preprocessing | None = None,
    ) -> Judged:
        features = self._open.enter_context(self._features(samples, Pool.MAPS, shift, preprocessing))
        return Judged(features, targets_of(samples, len(self._census.dataset.labels)))

    def _features(
        self,
        samples: Sequence[Sample],
        pool: Pool = Pool.MAPS,
        shift: tuple[float, float] = (0.0, 0.0),
        preprocessing: Preprocessing | None = None,
    ) -> Features:
        return self._cache.compute(
            self.classifier,
            self._census,
            samples,
            pool,
            preprocessing=preprocessing,
            shift=shift,
            workers=self._plan.threads,
            progress=self._around.counting("features"),
        )


def _ways(share: float) -> Sequence[tuple[float, float]]:
    """To the four sides."""
    return (share, 0.0), (-share, 0.0), (0.0, share), (0.0, -share)


def _enlarged(preprocessing: Preprocessing) -> Preprocessing:
    """About 1.5 times the side, as a multiple of what the network takes."""
    side = round(LARGER * _side(preprocessing) / preprocessing.multiple) * preprocessing.multiple
    return preprocessing.model_copy(update={"fixed_size": (side, side)})


def _side(preprocessing: Preprocessing) -> int:
    return input_size(preprocessing, 1, 1)[0]


def _accuracy(head: TrainableHead, judged: Judged, objective: Objective, indices: Sequence[int] | None = None) -> float:
    """The share of pictures that a head gets right, of all or of some."""
    chosen = range(len(judged.targets)) if indices is None else indices
    right = 0
    with torch.inference_mode():
        for start in range(0, len(chosen), BATCH):
            batch = list(chosen[start : start + BATCH])
            maps = np.stack([judged.features.pooled(index) for index in batch])
            right += int(objective.right(head(torch.from_numpy(maps)), judged.targets[batch]).sum())
    return right / len(chosen)
