"""Stage one: the head alone, on features that were computed once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from lightning import Callback
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from model.features import Features
from model.metrics import EpochFigures
from model.runs import Listener
from model.spec import Pool
from model.training.callbacks import BestInMemory, Stop, StopOnWish, Teller
from model.training.head_modules import TrainableHead
from model.training.learner import Learner, Pace
from model.training.objective import Objective
from model.training.order import AlikeBatches, Draw, EpochOrder
from model.training.pairs import Pair, choose
from model.training.trainers import Loader, fit_quietly

BATCH, SMALLEST_BATCH, STEPS = 32, 4, 8  # few pictures are learned from in at least so many steps an epoch
LR = 5e-4
USUAL_SIZE = 0.35  # of pooled features, root mean square, for which LR is meant
SIZED_BY = 256  # pictures
WEIGHT_DECAY = 1e-2
PATIENCE = 20
PAIRS, MAP_PAIRS = 64, 16  # in a step, of pooled features and of whole maps


class PairRow(NamedTuple):
    """A pair among the features.

    Attributes:
        before: index of the picture as it is
        after: of the altered one
        wrong: 1 for the classes that are to stay as they are, (K,)
        pair: itself
    """

    before: int
    after: int
    wrong: Tensor
    pair: Pair


class _Rows(Dataset[tuple[Tensor, ...]]):
    """Some pictures' features and targets, taken a batch at a time."""

    def __init__(self, features: Features, targets: Tensor, indices: Sequence[int]) -> None:
        self._features, self._indices = features, indices
        self._targets = targets[list(indices)]
        self._matrix = None if features.pool is Pool.MAPS else features.matrix()

    def __len__(self) -> int:
        return len(self._indices)

    def shape(self, place: int) -> tuple[int, ...]:
        """Of one picture's features."""
        return self._features.shape(self._indices[place])

    def __getitems__(self, places: Sequence[Draw | int]) -> tuple[Tensor, ...]:
        wanted = [place.picture if isinstance(place, Draw) else place for place in places]
        return self.kept([self._indices[place] for place in wanted]), self._targets[wanted]

    def kept(self, indices: Sequence[int]) -> Tensor:
        """Features of pictures that share a shape, (B, ...)."""
        if self._matrix is not None:
            return torch.from_numpy(self._matrix[indices])
        return torch.from_numpy(np.stack([self._features.pooled(index) for index in indices]))


class _PairedRows(_Rows):
    """Rows that bring pairs with every batch; which ones, seed, epoch and the batch's first picture decide."""

    def __init__(self, task: "HeadTask", indices: Sequence[int], pairs: Sequence[PairRow]) -> None:
        super().__init__(task.features, task.targets, indices)
        self._all, self._pairs, self._seed = task, pairs, task.seed

    def __getitems__(self, places: Sequence[Draw | int]) -> tuple[Tensor, ...]:
        first, features = places[0], self._all.features
        if not isinstance(first, Draw):
            return super().__getitems__(places)
        rng = np.random.default_rng((self._seed, first.epoch, first.picture))
        count = MAP_PAIRS if features.pool is Pool.MAPS else PAIRS
        drawn = [self._pairs[place] for place in choose([row.pair for row in self._pairs], count, rng)]
        alike = [row for row in drawn if features.shape(row.before) == features.shape(drawn[0].before)]
        before, after = self.kept([row.before for row in alike]), self.kept([row.after for row in alike])
        return (*super().__getitems__(places), before, after, torch.stack([row.wrong for row in alike]))


@dataclass(frozen=True)
class HeadFit:
    """A head that was trained.

    Attributes:
        head: with the best epoch's weights
        epoch: that one; 0 where nothing was learned
        held_out_loss: at that epoch
        held_out_accuracy: likewise
        figures: of all epochs
    """

    head: TrainableHead
    epoch: int
    held_out_loss: float
    held_out_accuracy: float
    figures: tuple[EpochFigures, ...]


class _OnKept(torch.nn.Module):
    """A head behind its own reduction: what the cache holds is reduced already."""

    def __init__(self, head: TrainableHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, kept: Tensor) -> Tensor:
        return self.head.classify(kept)


@dataclass(frozen=True)
class HeadTask:
    """What a head is to learn.

    Attributes:
        make: gives a fresh head; torch's generator is seeded before
        features: of all training pictures, then of both pictures of every pair, as the head's `pool` says
        targets: of all of them, (N + 2 P, K)
        objective: what it is trained towards
        epochs: at most; 20 without a better held-out loss end it
        seed: of the first weights, the order and dropout
        picture_weights: how often to draw each, (N,); none for each once an epoch
        pairs: P pictures and themselves altered, which the head is to say the same of
    """

    make: Callable[[], TrainableHead]
    features: Features
    targets: Tensor
    objective: Objective
    epochs: int = 100
    seed: int = 0
    picture_weights: Tensor | None = None
    pairs: Sequence[Pair] = ()

    @property
    def pictures(self) -> int:
        """How many there are to learn from, pairs apart."""
        return len(self.targets) - 2 * len(self.pairs)

    def rows(self, held_out: bool | None = None) -> list[PairRow]:
        """Where the pairs are among the features: all, or those to choose by, or the others."""
        wrong = torch.zeros(len(self.pairs), self.targets.shape[1])
        for place, pair in enumerate(self.pairs):
            wrong[place, list(pair.wrong)] = 1
        rows = [
            PairRow(self.pictures + 2 * place, self.pictures + 2 * place + 1, wrong[place], pair)
            for place, pair in enumerate(self.pairs)
        ]
        return [row for row in rows if held_out in (None, row.pair.held_out)]

    def learner(self) -> tuple[Learner, TrainableHead]:
        """A fresh head, ready to learn."""
        torch.manual_seed(self.seed)
        head = self.make()
        larger = enlargement(head, self.features)
        with torch.no_grad():
            head.first.mul_(larger)
        return Learner(_OnKept(head), self.objective, head_paces(head, LR, larger), seed=self.seed), head

    def training_loader(self, indices: Sequence[int], pairs: Sequence[PairRow]) -> Loader:
        """Some pictures in an order of their own each epoch, and pairs with every batch."""
        weights = None if self.picture_weights is None else self.picture_weights[list(indices)]
        rows = _PairedRows(self, indices, pairs) if pairs else _Rows(self.features, self.targets, indices)
        return _loader(rows, EpochOrder(len(rows), self.seed, weights))

    def judging_loader(self, indices: Sequence[int]) -> Loader:
        """Some pictures, and those of the pairs that are held out, altered."""
        rows = _Rows(self.features, self.targets, [*indices, *(row.after for row in self.rows(held_out=True))])
        return _loader(rows, range(len(rows)))


def _loader(rows: _Rows, order: Iterable[Draw | int]) -> Loader:
    """Batches of one shape."""
    size = min(max(len(rows) // STEPS, SMALLEST_BATCH), BATCH)
    return DataLoader(rows, batch_sampler=AlikeBatches(order, rows.shape, size), collate_fn=_as_it_is)


def enlargement(head: TrainableHead, features: Features) -> float:
    """How much larger than usual a head's first weights are: what they meet is of that much less than usual size.

    The size is the root mean square over some pictures; networks differ in it by orders of magnitude.
    """
    step = max(len(features) // SIZED_BY, 1)
    with torch.no_grad():
        some = [head.met(torch.tensor(features.pooled(index))[None]) for index in range(0, len(features), step)]
    size = np.sqrt(np.mean([float(values.double().square().mean()) for values in some]))
    return USUAL_SIZE / max(float(size), 1e-6)


def head_paces(head: TrainableHead, lr: float, larger: float) -> list[Pace]:
    """A head's pace: weights that meet features smaller than usual must grow `larger`, and learn that much faster."""
    others = [parameter for parameter in head.parameters() if parameter is not head.first]
    return [Pace([head.first], lr * larger, WEIGHT_DECAY / larger), Pace(others, lr, WEIGHT_DECAY)]


def fit_head(
    task: HeadTask,
    train: Sequence[int],
    held_out: Sequence[int],
    listener: Listener = lambda _: None,
    stop: Stop | None = None,
) -> HeadFit:
    """Train a head on features, and choose the epoch by pictures held out.

    Args:
        task: what it is to learn
        train: indices of the pictures to learn from
        held_out: indices of those to choose by
        listener: told each epoch's figures
        stop: looked at after every step
    """
    learner, head = task.learner()
    best, teller = BestInMemory(PATIENCE), Teller("head", task.epochs, listener)
    callbacks: list[Callback] = [best, teller, StopOnWish(Stop() if stop is None else stop)]
    pairs = task.rows(held_out=False) or task.rows()
    fit_quietly(learner, task.training_loader(train, pairs), task.judging_loader(held_out), task.epochs, callbacks)
    if best.state is not None:
        learner.load_state_dict(best.state)
    return HeadFit(head.eval(), best.epoch, best.loss, best.accuracy, tuple(teller.figures))


def refit_head(task: HeadTask, epochs: int, stop: Stop | None = None) -> TrainableHead:
    """Train a head anew on all pictures, for as many epochs as were best: those held out are learned from, too.

    Args:
        task: what it is to learn
        epochs: to run, at the pace of a fit of `task.epochs`
        stop: looked at after every step
    """
    learner, head = task.learner()
    loader = task.training_loader(range(task.pictures), task.rows())
    fit_quietly(learner, loader, None, task.epochs, [StopOnWish(Stop() if stop is None else stop)], last=epochs)
    return head.eval()


def _as_it_is(batch: Any) -> Any:  # noqa: ANN401 (it is one already)
    return batch
