"""The learner: how fast each part learns, what stays, and that an epoch can be begun again."""

import math
from collections.abc import Sequence

import pytest
import torch
from lightning import Callback
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from model.spec import Activation
from model.training.learner import Learner, Pace, height
from model.training.objective import Objective
from model.training.trainers import Loader, fit_quietly

SOFTMAX = Objective(Activation.SOFTMAX)
PICTURES = torch.randn((12, 3, 4, 4), generator=torch.Generator().manual_seed(0))
TARGETS = nn.functional.one_hot(torch.arange(12) % 2, 2).float()


class Network(nn.Module):
    """A convolution, a normalisation, dropout and a linear layer."""

    def __init__(self, dropout: float = 0.5) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.convolution = nn.Conv2d(3, 4, 1)
        self.norm = nn.BatchNorm2d(4)
        self.layer_norm = nn.LayerNorm([4, 4, 4])
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(4, 2)
        self.inputs: list[Tensor] = []

    def forward(self, image: Tensor) -> Tensor:
        maps = self.layer_norm(self.norm(self.convolution(image)))
        pooled: Tensor = self.dropout(maps.mean((2, 3)))
        if self.training:
            self.inputs.append(pooled.detach().clone())
        logits: Tensor = self.linear(pooled)
        return logits


def learner(network: Network, *, lr: float = 0.1, seed: int = 0, **options: bool) -> Learner:
    return Learner(network, SOFTMAX, [Pace(list(network.parameters()), lr, 0.01)], seed=seed, **options)


def loader(pictures: Tensor = PICTURES, targets: Tensor = TARGETS, size: int = 4) -> Loader:
    return DataLoader(TensorDataset(pictures, targets), batch_size=size)  # type: ignore[arg-type]


def fitted(network: Network, epochs: int = 2, callbacks: Sequence[Callback] = (), **options: object) -> Network:
    fit_quietly(learner(network, **options), loader(), loader(), epochs, callbacks)  # type: ignore[arg-type]
    return network


@pytest.mark.parametrize(
    ("step", "steps", "warm_up", "expected"),
    [
        (0, 100, 0.1, 0.1),
        (4, 100, 0.1, 0.5),
        (9, 100, 0.1, 1.0),
        (10, 100, 0.1, 1.0),
        (55, 100, 0.1, 0.5),
        (100, 100, 0.1, 0.0),
        (1000, 100, 0.1, 0.0),
        (0, 1, 0.1, 1.0),
        (0, 100, 0.0, 1.0),
        (50, 100, 1.0, 0.51),
        (99, 100, 1.0, 1.0),
        (100, 100, 1.0, 1.0),
        (0, 2, 0.5, 1.0),
    ],
)
def test_height_at_its_corners(step: int, steps: int, warm_up: float, expected: float) -> None:
    assert height(step, steps, warm_up) == pytest.approx(expected)


@pytest.mark.parametrize("steps", [1, 2, 7, 100])
@pytest.mark.parametrize("warm_up", [0.0, 0.1, 0.5])
def test_height_rises_then_falls_and_every_step_learns(steps: int, warm_up: float) -> None:
    heights = [height(step, steps, warm_up) for step in range(steps)]
    top = heights.index(max(heights))
    assert heights[top] == 1
    assert heights[: top + 1] == sorted(heights[: top + 1])
    assert heights[top:] == sorted(heights[top:], reverse=True)
    assert min(heights) > 0


def test_height_falls_along_half_a_cosine() -> None:
    for share in (0.1, 0.25, 0.9):
        assert height(10 + round(90 * share), 100, 0.1) == pytest.approx((1 + math.cos(math.pi * share)) / 2, abs=0.02)


def test_statistics_of_the_base_stay() -> None:
    network = fitted(Network())
    assert not network.norm.running_mean.any()  # type: ignore[union-attr]
    assert bool((network.norm.running_var == 1).all())
    assert int(network.norm.num_batches_tracked) == 0  # type: ignore[arg-type]


def test_scales_of_frozen_statistics_learn_all_the_same() -> None:
    before = Network()
    after = fitted(Network())
    assert not torch.equal(before.norm.weight, after.norm.weight)
    assert not torch.equal(before.convolution.weight, after.convolution.weight)


def test_statistics_are_learned_where_they_are_not_frozen() -> None:
    network = fitted(Network(), frozen_statistics=False)
    assert network.norm.running_mean.any()  # type: ignore[union-attr]
    assert int(network.norm.num_batches_tracked) == 6  # type: ignore[arg-type]


def test_judging_does_not_end_training_mode_of_the_next_epoch() -> None:
    assert len(fitted(Network(), epochs=3).inputs) == 9


def test_dropout_is_alike_for_a_seed_and_an_epoch() -> None:
    dropped = [[one == 0 for one in fitted(Network(), lr=1e-9).inputs] for _ in range(2)]
    assert all(torch.equal(one, other) for one, other in zip(*dropped, strict=True))
    first, second = torch.cat(dropped[0][:3]), torch.cat(dropped[0][3:])
    assert first.any()
    assert not torch.equal(first, second)
    other = torch.cat([one == 0 for one in fitted(Network(), lr=1e-9, seed=1).inputs[:3]])
    assert not torch.equal(first, other)


def test_dropout_is_alike_when_an_epoch_is_begun_again() -> None:
    class Disturb(Callback):
        """What was drawn before an epoch began does not matter."""

        def on_validation_end(self, *_: object) -> None:
            torch.rand(11)

    calm, disturbed = fitted(Network()), fitted(Network(), callbacks=[Disturb()])
    assert all(torch.equal(one, other) for one, other in zip(calm.inputs, disturbed.inputs, strict=True))
    assert torch.equal(calm.linear.weight, disturbed.linear.weight)


def test_biases_and_scales_are_not_decayed() -> None:
    network = Network()
    pace = Pace(list(network.parameters()), 0.1, 0.25)
    module = Learner(network, SOFTMAX, [pace, Pace([nn.Parameter(torch.zeros(3))], 0.5, 0.25)])
    seen: list[tuple[float, float, int, int]] = []

    class Look(Callback):
        def on_train_start(self, trainer: object, *_: object) -> None:
            for group in trainer.optimizers[0].param_groups:  # type: ignore[attr-defined]
                dimensions = [parameter.ndim for parameter in group["params"]]
                seen.append((group["initial_lr"], group["weight_decay"], min(dimensions), max(dimensions)))

    fit_quietly(module, loader(), None, 1, [Look()])
    assert seen == [(0.1, 0.25, 2, 4), (0.1, 0.0, 1, 1), (0.5, 0.0, 1, 1)]


def test_parameters_without_a_pace_stay() -> None:
    network = Network()
    before = network.convolution.weight.clone()
    fit_quietly(Learner(network, SOFTMAX, [Pace([network.linear.weight], 0.1, 0.0)]), loader(), None, 1, [])
    assert torch.equal(network.convolution.weight, before)
    assert not torch.equal(network.linear.weight, Network().linear.weight)


def test_held_out_figures_are_means_over_pictures_not_over_batches() -> None:
    network, seen = Network(), {}

    class Look(Callback):
        def on_validation_end(self, trainer: object, *_: object) -> None:
            seen.update({name: float(value) for name, value in trainer.callback_metrics.items()})  # type: ignore[attr-defined]

    module = Learner(network, SOFTMAX, [Pace([network.linear.weight], 1e-12, 0.0)])
    fit_quietly(module, loader(), loader(size=5), 1, [Look()])
    network.eval()
    with torch.no_grad():
        losses = SOFTMAX.plain_losses(network(PICTURES), TARGETS)
        right = SOFTMAX.right(network(PICTURES), TARGETS)
    assert seen["held_out_loss"] == pytest.approx(float(losses.mean()), rel=1e-4)
    assert seen["held_out_accuracy"] == pytest.approx(float(right.float().mean()), rel=1e-4)


def test_learning_lowers_the_loss() -> None:
    network = fitted(Network(dropout=0.0), epochs=40, lr=0.03)
    with torch.no_grad():
        assert SOFTMAX.loss(network.eval()(PICTURES), TARGETS) < 0.7 * SOFTMAX.loss(Network().eval()(PICTURES), TARGETS)
