"""Lightning's Trainer, as Camscope uses it: quiet, and told what the plan says."""

import contextlib
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lightning import Callback, Trainer
from torch import Tensor
from torch.utils.data import DataLoader

from model.training.learner import Learner

Loader = DataLoader[tuple[Tensor, ...]]


UNADORNED: Mapping[str, Any] = {  # of the Trainer: what is told, is told by our own callbacks
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "num_sanity_val_steps": 0,
    "log_every_n_steps": 1,
}


class _EndAfter(Callback):
    """Ends a fit after some epochs, however many its schedule is laid out for."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs

    def on_train_epoch_end(self, trainer: Trainer, *_: object) -> None:
        """Count."""
        if trainer.current_epoch + 1 >= self._epochs:
            trainer.should_stop = True


def fit_quietly(
    learner: Learner,
    train: Loader,
    held_out: Loader | None,
    epochs: int,
    callbacks: Sequence[Callback],
    last: int | None = None,
) -> None:
    """Train something small in this process: no checkpoints, no logs.

    Args:
        learner: what to train
        train: batches to learn from
        held_out: batches to judge every epoch by
        epochs: that the pace is laid out for
        callbacks: that take part
        last: the epoch to end after; default the last
    """
    with quiet():
        trainer = Trainer(
            accelerator="cpu",
            devices=1,
            max_epochs=epochs,
            logger=False,
            enable_checkpointing=False,
            **UNADORNED,
            callbacks=[*callbacks, *([_EndAfter(last)] if last else [])],
        )
        trainer.fit(learner, train, held_out)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without Lightning's advice on workers, precision and its shop."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
