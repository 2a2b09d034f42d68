"""What training is driven by: losses and what counts as right, computed once more by the book."""

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from model.dataset import Sample
from model.spec import Activation
from model.training.objective import Objective, balanced_class_weights, balanced_picture_weights, targets_of

SOFTMAX, SIGMOID = Activation.SOFTMAX, Activation.SIGMOID
LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, -3.0], [-1.0, 4.0, 0.0], [0.3, -0.2, 1.5]])
ONE_LABEL = torch.tensor([[1.0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]])
SEVERAL = torch.tensor([[1.0, 0, 1], [1, 1, 0], [0, 1, 0], [0, 1, 1]])


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def softmax_loss(logits: list[float], target: list[float]) -> float:
    whole = sum(math.exp(value) for value in logits)
    return -sum(share * math.log(math.exp(value) / whole) for value, share in zip(logits, target, strict=True))


def sigmoid_loss(logits: list[float], target: list[float]) -> float:
    losses = [
        -share * math.log(sigmoid(value)) - (1 - share) * math.log(1 - sigmoid(value))
        for value, share in zip(logits, target, strict=True)
    ]
    return sum(losses) / len(losses)


def by_hand(activation: Activation, targets: Tensor) -> list[float]:
    """Each picture's loss."""
    loss = softmax_loss if activation is SOFTMAX else sigmoid_loss
    return [loss(row, target) for row, target in zip(LOGITS.tolist(), targets.tolist(), strict=True)]


@pytest.mark.parametrize(("activation", "targets"), [(SOFTMAX, ONE_LABEL), (SIGMOID, ONE_LABEL), (SIGMOID, SEVERAL)])
def test_loss_is_cross_entropy(activation: Activation, targets: Tensor) -> None:
    objective = Objective(activation)
    expected = by_hand(activation, targets)
    assert objective.plain_losses(LOGITS, targets).tolist() == pytest.approx(expected, rel=1e-5)
    assert objective.score_losses(LOGITS, targets).tolist() == pytest.approx(expected, rel=1e-5)
    assert float(objective.loss(LOGITS, targets)) == pytest.approx(sum(expected) / 4, rel=1e-5)


@pytest.mark.parametrize("activation", [SOFTMAX, SIGMOID])
@pytest.mark.parametrize("smoothing", [0.1, 1.0])
def test_smoothing_spreads_a_share_of_each_target(activation: Activation, smoothing: float) -> None:
    expected = by_hand(activation, ONE_LABEL * (1 - smoothing) + smoothing / 3)
    objective = Objective(activation, smoothing=smoothing)
    assert float(objective.loss(LOGITS, ONE_LABEL)) == pytest.approx(sum(expected) / 4, rel=1e-5)
    plain = by_hand(activation, ONE_LABEL)
    assert objective.plain_losses(LOGITS, ONE_LABEL).tolist() == pytest.approx(plain, rel=1e-5)


def test_many_sigmoids_are_hardly_smoothed_where_a_class_is_not() -> None:
    targets = torch.eye(1, 1000)
    sure = torch.full((1, 1000), -9.0).index_fill(1, torch.tensor([0]), 9.0)
    doubtful = torch.full((1, 1000), math.log(0.05 / 0.95)).index_fill(1, torch.tensor([0]), math.log(0.95 / 0.05))
    objective = Objective(SIGMOID, smoothing=0.1)
    assert objective.loss(sure, targets) < objective.loss(doubtful, targets)


def test_smoothed_softmax_is_torchs_own() -> None:
    expected = torch.nn.functional.cross_entropy(LOGITS, ONE_LABEL.argmax(dim=1), label_smoothing=0.1)
    torch.testing.assert_close(Objective(SOFTMAX, smoothing=0.1).loss(LOGITS, ONE_LABEL), expected)


@pytest.mark.parametrize("activation", [SOFTMAX, SIGMOID])
def test_class_weights_weigh_each_pictures_loss_by_its_class(activation: Activation) -> None:
    weights = torch.tensor([2.0, 1.0, 0.25])
    losses = by_hand(activation, ONE_LABEL)
    factors = [2.0, 0.25, 1.0, 2.0]
    expected = sum(factor * loss for factor, loss in zip(factors, losses, strict=True)) / 4
    objective = Objective(activation, class_weights=weights)
    assert float(objective.loss(LOGITS, ONE_LABEL)) == pytest.approx(expected, rel=1e-5)
    assert objective.plain_losses(LOGITS, ONE_LABEL).tolist() == pytest.approx(losses, rel=1e-5)


def test_of_several_labels_the_mean_weight_counts() -> None:
    weights = torch.tensor([2.0, 1.0, 0.25])
    factors = [1.125, 1.5, 1.0, 0.625]
    losses = by_hand(SIGMOID, SEVERAL)
    expected = sum(factor * loss for factor, loss in zip(factors, losses, strict=True)) / 4
    objective = Objective(SIGMOID, multi_label=True, class_weights=weights)
    assert float(objective.loss(LOGITS, SEVERAL)) == pytest.approx(expected, rel=1e-5)


def test_weighted_loss_of_a_picture_without_labels_is_a_number() -> None:
    objective = Objective(SIGMOID, multi_label=True, class_weights=torch.ones(3))
    assert objective.loss(LOGITS, torch.zeros(4, 3)).isfinite()


def test_equal_weights_change_nothing() -> None:
    equal = Objective(SOFTMAX, class_weights=torch.ones(3)).loss(LOGITS, ONE_LABEL)
    torch.testing.assert_close(equal, Objective(SOFTMAX).loss(LOGITS, ONE_LABEL))


def test_best_class_is_right_or_not() -> None:
    expected = [True, False, True, False]
    assert Objective(SOFTMAX).right(LOGITS, ONE_LABEL).tolist() == expected
    assert Objective(SIGMOID).right(LOGITS, ONE_LABEL).tolist() == expected
    assert Objective(SOFTMAX).score_right(LOGITS, ONE_LABEL).tolist() == expected


def test_of_several_labels_the_whole_set_is_right_or_not() -> None:
    objective = Objective(SIGMOID, multi_label=True)
    assert objective.right(LOGITS, SEVERAL).tolist() == [True, True, True, False]
    assert objective.right(-LOGITS, 1 - SEVERAL).tolist() == [True, True, False, False]  # 0 says no, either way
    assert objective.right(torch.full((1, 3), -1.0), torch.zeros(1, 3)).tolist() == [True]


def test_single_logit_is_two_classes() -> None:
    objective = Objective(SIGMOID, single_logit=True)
    logits, targets = torch.tensor([[1.5], [-0.5], [2.0]]), torch.tensor([[1.0, 0], [0, 1], [0, 1]])
    scores = objective.scores(logits)
    assert scores.tolist() == [[1.5, -1.5], [-0.5, 0.5], [2.0, -2.0]]
    expected = [-math.log(sigmoid(1.5)), -math.log(sigmoid(0.5)), -math.log(sigmoid(-2.0))]
    assert objective.plain_losses(logits, targets).tolist() == pytest.approx(expected, rel=1e-5)
    assert objective.score_losses(scores, targets).tolist() == pytest.approx(expected, rel=1e-5)
    assert objective.right(logits, targets).tolist() == objective.score_right(scores, targets).tolist()
    assert objective.right(logits, targets).tolist() == [True, True, False]
    smoothed = Objective(SIGMOID, single_logit=True, smoothing=0.2)
    by_smoothed = sigmoid_loss([1.5], [0.9]), sigmoid_loss([-0.5], [0.1]), sigmoid_loss([2.0], [0.1])
    assert float(smoothed.loss(logits, targets)) == pytest.approx(sum(by_smoothed) / 3, rel=1e-5)


def test_half_precision_is_not_lost_in_the_loss() -> None:
    wide = torch.tensor([[30.0, -30.0]], dtype=torch.bfloat16)
    loss = Objective(SOFTMAX).loss(wide, torch.tensor([[0.0, 1.0]]))
    assert loss.dtype == torch.float32
    assert float(loss) == pytest.approx(60)
    assert float(Objective(SIGMOID).loss(wide * 10, torch.tensor([[0.0, 1.0]]))) == pytest.approx(300)


def test_targets_are_ones_at_the_labels() -> None:
    samples = [Sample(Path("a"), "a", (1,)), Sample(Path("b"), "b", (0, 2)), Sample(Path("c"), "c", ())]
    assert targets_of(samples, 3).tolist() == [[0, 1, 0], [1, 0, 1], [0, 0, 0]]
    assert targets_of([], 3).shape == (0, 3)


def test_class_weights_let_every_class_count_alike() -> None:
    targets = torch.tensor([[1.0, 0, 0]] * 6 + [[0, 1, 0]] * 3 + [[0, 0, 1]])
    weights = balanced_class_weights(targets)
    assert weights.tolist() == pytest.approx([10 / 18, 10 / 9, 10 / 3])
    assert (targets * weights).sum(dim=0).tolist() == pytest.approx([10 / 3] * 3)
    assert balanced_class_weights(torch.tensor([[1.0, 0.0]] * 4)).isfinite().all()


def test_picture_weights_draw_every_class_alike() -> None:
    targets = torch.tensor([[1.0, 0, 0]] * 6 + [[0, 1, 0]] * 3 + [[0, 0, 1]])
    weights = balanced_picture_weights(targets)
    drawn = weights / weights.sum()
    assert (drawn[:, None] * targets).sum(dim=0).tolist() == pytest.approx([1 / 3] * 3)


def test_of_several_labels_the_rarest_decides_how_often_to_draw() -> None:
    targets = torch.tensor([[1.0, 0], [1, 0], [1, 0], [1, 1]])
    weights = balanced_picture_weights(targets)
    assert weights.tolist() == pytest.approx([0.5, 0.5, 0.5, 2.0])
