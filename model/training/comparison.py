"""What the choice of a head does: all of them learn from the same feature maps, with the same budget and seeds.

Every head gets the same square input, since fully connected layers can take no other, and so the very
same maps; they differ in what follows on these alone. It is a measurement: nothing is tuned for any head.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean

import torch

from model.boxes import BoxedPicture
from model.census import Census
from model.classifier import Classifier
from model.head_comparison import BoxCounts, HeadComparison, HeadFigures, Localisation, ShiftedAccuracy, Spread
from model.plan import HeadChoice, Plan
from model.runs import Note, Progress, StageBegun
from model.training.arena import SHIFTS, Arena, Run
from model.training.localisation import localise
from model.training.preparation import Surroundings


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
    epochs: int = 100


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
    with Arena(plan, census, around) as arena:
        runs = _run_all(arena, contest, around)
        task = arena.task(contest.heads[0], 0)
    where, counts, left_out = _localise(runs, census, boxes, arena.classifier, around)
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
        heads=tuple(_figures(choice, of_seeds, where.get(choice)) for choice, of_seeds in runs.items()),
        problems=(*census.problems, *left_out),
        seconds=round(time.monotonic() - started, 1),
    )


def _run_all(arena: Arena, contest: Contest, around: Surroundings) -> dict[HeadChoice, list[Run]]:
    around.listener(StageBegun(stage="head"))
    runs: dict[HeadChoice, list[Run]] = {}
    for place, choice in enumerate(contest.heads):
        runs[choice] = []
        for seed in range(contest.seeds):
            runs[choice].append(arena.run(choice, seed, contest.epochs))
            done = place * contest.seeds + seed + 1
            around.listener(Progress(stage="head", done=done, total=len(contest.heads) * contest.seeds))
        around.listener(Note(message=f"{choice}: accuracy {fmean(run.val for run in runs[choice]):.3f}"))
    return runs


def _localise(
    runs: Mapping[HeadChoice, Sequence[Run]],
    census: Census,
    boxes: Sequence[BoxedPicture],
    classifier: Classifier,
    around: Surroundings,
) -> tuple[dict[HeadChoice, Localisation], BoxCounts | None, tuple[str, ...]]:
    """Where the maps of the heads that have some lie; nothing where there are no boxes."""
    heads = {choice: [run.head for run in of_seeds if run.head is not None] for choice, of_seeds in runs.items()}
    heads = {choice: trained for choice, trained in heads.items() if trained}
    if not boxes or not heads:
        return {}, None, ()
    around.listener(StageBegun(stage="validate"))
    progress = around.counting("validate")
    return localise(heads, census.dataset.labels, boxes, classifier, around.max_megapixels, progress)


def _figures(choice: HeadChoice, runs: Sequence[Run], localisation: Localisation | None) -> HeadFigures:
    larger = [run.larger for run in runs if run.larger is not None]
    return HeadFigures(
        head=choice,
        parameters=runs[0].parameters,
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
        localisation=localisation,
    )
