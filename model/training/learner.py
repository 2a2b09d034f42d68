"""The Lightning module of both stages: a network, an objective and how fast each part learns."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor, nn

from model.training.objective import Objective

UNCHANGED = 20.0  # weight of pairs' squared differences beside the loss (docs/decisions/0155)
HELD_OUT_LOSS, HELD_OUT_ACCURACY, TRAIN_LOSS = "held_out_loss", "held_out_accuracy", "train_loss"


@dataclass(frozen=True)
class Pace:
    """How fast some parameters learn: AdamW's rate and its decay of weights, which spares biases and scales."""

    parameters: Sequence[nn.Parameter]
    lr: float
    weight_decay: float


class Learner(LightningModule):
    """A network in training.

    Args:
        network: from what a batch holds to logits (B, K)
        objective: what it is trained towards
        paces: how fast each part learns; the rest stays as it is
        warm_up: share of the steps in which the rates rise to their full height, before they fall along a cosine
        seed: of what is random in a step (dropout), the same for an epoch however often it is begun
        frozen_statistics: batch normalisation keeps the base's means and variances, as is better for few pictures
    """

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        paces: Sequence[Pace],
        *,
        warm_up: float = 0.1,
        seed: int = 0,
        frozen_statistics: bool = True,
    ) -> None:
        super().__init__()
        self.network = network
        self._objective = objective
        self._paces = paces
        self._warm_up, self._seed = warm_up, seed
        self._frozen_statistics = frozen_statistics
        self._losses: list[Tensor] = []

    def forward(self, batch: Tensor) -> Tensor:
        """Logits (B, K)."""
        logits: Tensor = self.network(batch)
        return logits

    def on_train_epoch_start(self) -> None:
        """Make an epoch begin alike, also where a training is resumed with it."""
        torch.manual_seed(self._seed * 7919 + self.current_epoch * 101 + self.global_rank)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:  # noqa: ANN401, ARG002 (Lightning's)
        """Training mode, but for the statistics that stay."""
        self.network.train()
        if self._frozen_statistics:
            for module in self.network.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):  # noqa: SLF001 (the base of all of them)
                    module.eval()

    def training_step(self, batch: Sequence[Tensor], _index: int) -> Tensor:
        """The loss of a batch (inputs, targets), or of one with pairs, too (model.training.photo_data)."""
        inputs, targets, *pairs = batch
        loss = self._objective.loss(self(inputs), targets)
        if pairs:
            before, after, wrong = pairs
            with torch.random.fork_rng(_devices(before)):  # dropout drops the same of both
                as_it_was = self(before)
            loss = loss + UNCHANGED * self._objective.change(as_it_was, self(after), wrong)
        self._losses.append(loss.detach())  # logging each step would cost a head as much as the step
        return loss

    @property
    def train_loss(self) -> float:
        """The mean loss of the present epoch's batches, in this process."""
        return float(torch.stack(self._losses).mean()) if self._losses else math.nan

    def on_train_epoch_end(self) -> None:
        """Log the epoch's loss, after the callbacks have seen it."""
        self.log(TRAIN_LOSS, self.train_loss, sync_dist=True)
        self._losses.clear()

    def validation_step(self, batch: tuple[Tensor, Tensor], _index: int) -> None:
        """Judge a batch of the held-out part."""
        inputs, targets = batch
        logits = self(inputs)
        losses = self._objective.plain_losses(logits, targets)
        right = self._objective.right(logits, targets).float()
        values = {HELD_OUT_LOSS: losses.mean(), HELD_OUT_ACCURACY: right.mean()}
        self.log_dict(values, on_step=False, on_epoch=True, batch_size=len(targets), sync_dist=True)

    def configure_optimizers(self) -> Any:  # noqa: ANN401 (Lightning takes many forms)
        """AdamW, warm-up, cosine."""
        groups = [group for pace in self._paces for group in _groups(pace)]
        optimizer = torch.optim.AdamW(groups)
        steps = max(int(self.trainer.estimated_stepping_batches), 1)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: height(step, steps, self._warm_up))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def height(step: int, steps: int, warm_up: float) -> float:
    """The rate at a step, as a share of its full height: up along a line, down along half a cosine.

    Args:
        step: counted from 0
        steps: in all
        warm_up: share of the steps before the full height
    """
    rising = max(round(steps * warm_up), 1)
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rising) / max(steps - rising, 1))))


def _devices(tensor: Tensor) -> list[torch.device]:
    """Where randomness is drawn beside the processor."""
    return [] if tensor.device.type == "cpu" else [tensor.device]


def _groups(pace: Pace) -> list[dict[str, Any]]:
    decayed = [parameter for parameter in pace.parameters if parameter.ndim > 1]
    spared = [parameter for parameter in pace.parameters if parameter.ndim <= 1]
    groups = [
        {"params": decayed, "lr": pace.lr, "weight_decay": pace.weight_decay},
        {"params": spared, "lr": pace.lr, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
