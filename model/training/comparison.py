"""What the choice of a head does: all of them learn from the same feature maps, with the same budget and seeds.

Every head gets the same square input, since fully connected layers can take no other, and so the very
same maps; they differ in what follows on these alone. It is a measurement: nothing is tuned for any head.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

from model.boxes import BoxedPicture
from model.census import Census
from model.classifier import Classifier
from model.dataset import Sample
from model.features import FeatureCache, Features
from model.head_comparison import HeadComparison, HeadFigures, Localisation, ShiftedAccuracy, Spread
from model.plan import HeadChoice, Plan
from model.preprocess import input_size
from model.runs import Note, Progress, StageBegun
from model.runtime import Runtime
from model.spec import HeadKind, Pool, Preprocessing
from model.training.head_fit import HeadTask, fit_head
from model.training.head_modules import TrainableHead
from model.training.localisation import localise
from model.training.objective import Objective, targets_of
from model.training.preparation import Surroundings, Task, prepare_base, set_task

BATCH = 32
SHIFTS = (0.125, 0.25)
LARGER = 1.5


@dataclass(frozen=True)
class Contest:
    """What is compared.

    Attributes:
        heads: which, in this order
        seeds: how many, from 0
        epochs: of each training at most
    """

    heads: tuple[HeadChoice, ...] = tuple(HeadChoice)
    seeds: int = 5
    epochs: int = 60


@dataclass(frozen=True)
class _Judged:
    """Pictures that all heads are judged on: whole maps, and what they show."""

    features: Features
    targets: Tensor


@dataclass(frozen=True)
class _Run:
    """One head, trained with one seed."""

    head: TrainableHead
    train: float
    val: float
    epochs_to_best: int
    seconds: float
    shifted: tuple[float, ...]
    larger: float | None


def compare_heads(
    plan: Plan, census: Census, contest: Contest, boxes: Sequence[BoxedPicture], around: Surroundings
) -> HeadComparison:
    """Train every head with every seed, and measure.

    Args:
        plan: data, base, image size and threads; its head and seed are the contest's
        census: of the data
        contest: which heads, how many seeds, how long
        boxes: pictures with boxes of the data's labels; none for no localisation
        around: where features are kept, who is told

    Raises:
        DatasetError: more features than may be kept, or no picture with boxes that can be used
        TrainingError: the base has no maps of its own
        BundleError, NetworkError, WeightsError: the base cannot be had
    """
    started = time.monotonic()
    if plan.threads:
        torch.set_num_threads(plan.threads)
    around.listener(StageBegun(stage="features"))
    arena = _Arena(plan, census, around)
    around.listener(StageBegun(stage="head"))
    trained: dict[HeadChoice, list[TrainableHead]] = {}
    figures = []
    for place, choice in enumerate(contest.heads):
        runs = []
        for seed in range(contest.seeds):
            runs.append(arena.run(choice, seed, contest.epochs))
            done = place * contest.seeds + seed + 1
            around.listener(Progress(stage="head", done=done, total=len(contest.heads) * contest.seeds))
        around.listener(Note(message=f"{choice}: accuracy {Spread.of([run.val for run in runs]).mean:.3f}"))
        figures.append(_figures(choice, runs))
        if runs[0].head.kind is not HeadKind.FC:  # large, and without maps to localise by
            trained[choice] = [run.head for run in runs]
    where: dict[HeadChoice, Localisation] = {}
    counts, problems = None, census.problems
    if boxes and trained:
        around.listener(StageBegun(stage="validate"))
        where, counts, left_out = localise(
            trained, census.dataset.labels, boxes, arena.classifier, around.max_megapixels, around.counting("validate")
        )
        problems += left_out
    task = arena.task(contest.heads[0], 0)
    return HeadComparison(
        created_at=datetime.now(UTC),
        data=census.dataset.root.name,
        base=arena.classifier.bundle.id,
        labels=census.dataset.labels,
        multi_label=census.dataset.multi_label,
        side=arena.side,
        larger_side=arena.larger_side,
        cells=arena.cells,
        channels=arena.classifier.spec.channels,
        train=len(task.train),
        held_out=len(task.held_out),
        val=len(census.dataset.val),
        seeds=tuple(range(contest.seeds)),
        epochs=contest.epochs,
        boxes=counts,
        heads=tuple(one.model_copy(update={"localisation": where.get(one.head)}) for one in figures),
        problems=problems,
        seconds=round(time.monotonic() - started, 1),
    )


def _figures(choice: HeadChoice, runs: Sequence[_Run]) -> HeadFigures:
    larger = [run.larger for run in runs if run.larger is not None]
    return HeadFigures(
        head=choice,
        parameters=sum(parameter.numel() for parameter in runs[0].head.parameters()),
        train_accuracy=Spread.of([run.train for run in runs]),
        val_accuracy=Spread.of([run.val for run in runs]),
        gap=Spread.of([run.train - run.val for run in runs]),
        epochs_to_best=Spread.of([run.epochs_to_best for run in runs]),
        seconds=Spread.of([run.seconds for run in runs]),
        shifted=tuple(
            ShiftedAccuracy(share=share, accuracy=Spread.of([run.shifted[place] for run in runs]))
            for place, share in enumerate(SHIFTS)
        ),
        other_size=Spread.of(larger) if larger else None,
        localisation=None,
    )


class _Arena:
    """One network, one set of pictures: the maps that all heads learn from and are judged on."""

    def __init__(self, plan: Plan, census: Census, around: Surroundings) -> None:
        self._plan, self._census, self._around = plan, census, around
        takes_any = not prepare_base(plan, around).spec.preprocessing.fixed_size
        self._base = prepare_base(plan.model_copy(update={"head": HeadChoice.FC}), around)  # one size for all
        self.classifier = Classifier(self._base, Runtime(self._base, plan.threads))
        self._cache = FeatureCache(around.cache_dir / "features", around.feature_bytes)
        preprocessing = self._base.spec.preprocessing
        train, val = census.dataset.train, census.dataset.val
        self._learned = self._features(train)  # the maps that are pooled for heads that pool
        self._train, self._val = self._judged(train), self._judged(val)
        self._shifted = [[self._judged(val, shift=way) for way in _ways(share)] for share in SHIFTS]
        larger = _enlarged(preprocessing) if takes_any else None
        self._larger = self._judged(val, preprocessing=larger) if larger else None
        self.side = _side(preprocessing)
        self.larger_side = _side(larger) if larger else None
        self.cells = (self._learned.shape(0)[1], self._learned.shape(0)[2])

    def task(self, choice: HeadChoice, seed: int) -> Task:
        """What a head is to learn with a seed, which also decides the pictures held out."""
        return set_task(self._plan.model_copy(update={"head": choice, "seed": seed}), self._census)

    def run(self, choice: HeadChoice, seed: int, epochs: int) -> _Run:
        """Train and judge."""
        task, started = self.task(choice, seed), time.monotonic()
        objective = task.objective("head")
        with self._features(task.pictures, choice.pool) as features:
            work = HeadTask(
                make=lambda: task.head(self._base, self.cells),
                features=features,
                targets=task.targets,
                objective=objective,
                epochs=epochs,
                seed=seed,
            )
            fit = fit_head(work, task.train, task.held_out)
        seconds = time.monotonic() - started
        larger = self._larger if fit.head.kind is not HeadKind.FC else None
        return _Run(
            head=fit.head,
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
    ) -> _Judged:
        features = self._features(samples, Pool.MAPS, shift, preprocessing)
        return _Judged(features, targets_of(samples, len(self._census.dataset.labels)))

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


def _accuracy(
    head: TrainableHead, judged: _Judged, objective: Objective, indices: Sequence[int] | None = None
) -> float:
    """The share of pictures that a head gets right, of all or of some."""
    chosen = range(len(judged.targets)) if indices is None else indices
    right = 0
    with torch.inference_mode():
        for start in range(0, len(chosen), BATCH):
            batch = list(chosen[start : start + BATCH])
            maps = np.stack([judged.features.pooled(index) for index in batch])
            right += int(objective.right(head(torch.from_numpy(maps)), judged.targets[batch]).sum())
    return right / len(chosen)
