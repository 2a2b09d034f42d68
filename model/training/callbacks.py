"""What happens beside the steps of a training: it tells how it goes, keeps the best weights, and stops when asked."""

import copy
import math
import threading
import time
from typing import Any

from lightning import Callback, LightningModule, Trainer
from torch import Tensor

from model.metrics import EpochFigures, Stage
from model.runs import EpochDone, Listener, Note, Progress
from model.training.learner import HELD_OUT_ACCURACY, HELD_OUT_LOSS, Learner

TELL_EVERY_S = 0.5


class Stop:
    """A wish to stop after the present step, from a signal or another thread."""

    def __init__(self) -> None:
        self._wished = threading.Event()

    def __bool__(self) -> bool:
        return self._wished.is_set()

    def wish(self) -> None:
        """Stop soon, and keep what there is."""
        self._wished.set()


class StopOnWish(Callback):
    """Ends the fit where a stop is wished for."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    def on_train_batch_end(self, trainer: Trainer, *_: object) -> None:
        """Look after each step; where several processes train, all of them stop when one of them is asked to."""
        wished = bool(self._stop)
        if trainer.world_size > 1:
            wished = trainer.strategy.reduce_boolean_decision(wished, all=False)
        if wished:
            trainer.should_stop = True


class Teller(Callback):
    """Collects each epoch's figures and tells them, and how far the present epoch is.

    What it collected is part of a checkpoint, so a resumed training knows its past.
    """

    def __init__(self, stage: Stage, epochs: int, listener: Listener) -> None:
        self.figures: list[EpochFigures] = []
        self._stage: Stage = stage
        self._epochs, self._listener = epochs, listener
        self._begun = self._told = time.monotonic()
        self._step_s: float | None = None

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:  # noqa: ARG002
        """Start the clock."""
        self._begun = time.monotonic()

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:  # noqa: ANN401, ARG002
        """Tell how far the stage is, now and then."""
        now = time.monotonic()
        if now - self._told < TELL_EVERY_S or not trainer.is_global_zero:
            return
        self._told = now
        per_epoch = int(trainer.num_training_batches)
        in_epoch = trainer.fit_loop.epoch_loop.batch_progress.current.completed
        done = trainer.current_epoch * per_epoch + in_epoch
        left = (now - self._begun) / max(in_epoch, 1) * (self._epochs * per_epoch - done)
        self._listener(
            Progress(stage=self._stage, done=done, total=self._epochs * per_epoch, seconds_left=round(left, 1))
        )

    def on_train_epoch_end(self, trainer: Trainer, pl_module: Learner) -> None:  # type: ignore[override]
        """Tell the epoch's figures; Lightning has judged the held-out part by now."""
        seconds = time.monotonic() - self._begun
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        if not trainer.is_global_zero or HELD_OUT_LOSS not in values:
            return
        if not math.isfinite(values[HELD_OUT_LOSS] + pl_module.train_loss):
            trainer.should_stop = True
            self._listener(Note(message="The loss is no finite number any more: this stage ends here."))
            return
        figures = EpochFigures(
            stage=self._stage,
            epoch=trainer.current_epoch + 1,
            train_loss=pl_module.train_loss,
            held_out_loss=values[HELD_OUT_LOSS],
            held_out_accuracy=min(max(values[HELD_OUT_ACCURACY], 0.0), 1.0),
            seconds=round(seconds, 3),
        )
        self.figures.append(figures)
        left = seconds * (self._epochs - figures.epoch)
        self._listener(EpochDone(figures=figures, epochs=self._epochs, seconds_left=round(left, 1)))

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"figures": [figures.model_dump() for figures in self.figures]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """What a checkpoint kept."""
        self.figures = [EpochFigures.model_validate(figures) for figures in state_dict["figures"]]


class BestInMemory(Callback):
    """Keeps the weights of the epoch with the lowest held-out loss, for networks small enough, and stops in time."""

    def __init__(self, patience: int) -> None:
        self.epoch = 0
        self.loss = float("inf")
        self.accuracy = 0.0
        self.state: dict[str, Tensor] | None = None
        self._patience = patience

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Compare."""
        loss = float(trainer.callback_metrics[HELD_OUT_LOSS])
        if loss < self.loss:
            self.epoch, self.loss = trainer.current_epoch + 1, loss
            self.accuracy = float(trainer.callback_metrics[HELD_OUT_ACCURACY])
            self.state = copy.deepcopy(pl_module.state_dict())
        elif trainer.current_epoch + 1 - self.epoch >= self._patience:
            trainer.should_stop = True
