"""Stage one: the head alone, on features that were computed once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

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
from model.training.trainers import Loader, fit_quietly

BATCH, SMALLEST_BATCH, STEPS = 32, 4, 8  # few pictures are learned from in at least so many steps an epoch
LR = 5e-4
USUAL_SIZE = 0.35  # of pooled features, root mean square, for which LR is meant
SIZED_BY = 256  # pictures
WEIGHT_DECAY = 1e-2
PATIENCE = 20


class _Rows(Dataset[tuple[Tensor, Tensor]]):
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

    def __getitems__(self, places: Sequence[Draw | int]) -> tuple[Tensor, Tensor]:
        wanted = [place.picture if isinstance(place, Draw) else place for place in places]
        indices = [self._indices[place] for place in wanted]
        if self._matrix is not None:
            rows = self._matrix[indices]
        else:
            rows = np.stack([self._features.pooled(index) for index in indices])
        return torch.from_numpy(rows), self._targets[wanted]


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
        features: of all training pictures, as the head's `pool` says
        targets: of all of them, (N, K)
        objective: what it is trained towards
        epochs: at most; 20 without a better held-out loss end it
        seed: of the first weights, the order and dropout
        picture_weights: how often to draw each, (N,); none for each once an epoch
    """

    make: Callable[[], TrainableHead]
    features: Features
    targets: Tensor
    objective: Objective
    epochs: int = 100
    seed: int = 0
    picture_weights: Tensor | None = None

    def learner(self) -> tuple[Learner, TrainableHead]:
        """A fresh head, ready to learn."""
        torch.manual_seed(self.seed)
        head = self.make()
        larger = enlargement(head, self.features)
        with torch.no_grad():
            head.first.mul_(larger)
        return Learner(_OnKept(head), self.objective, head_paces(head, LR, larger), seed=self.seed), head

    def loader(self, indices: Sequence[int], shuffled: bool) -> Loader:
        """Some pictures, in batches of one shape."""
        rows = _Rows(self.features, self.targets, indices)
        weights = None if self.picture_weights is None else self.picture_weights[list(indices)]
        order = EpochOrder(len(rows), self.seed, weights) if shuffled else range(len(rows))
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
    fit_quietly(learner, task.loader(train, True), task.loader(held_out, False), task.epochs, callbacks)
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
    loader = task.loader(range(len(task.targets)), True)
    fit_quietly(learner, loader, None, task.epochs, [StopOnWish(Stop() if stop is None else stop)], last=epochs)
    return head.eval()


def _as_it_is(batch: Any) -> Any:  # noqa: ANN401 (it is one already)
    return batch
