"""Heads to train: each computes what it says, also from what is kept of the maps, and its map accounts for it."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from model.cam import Head, explain_logits
from model.errors import TrainingError
from model.plan import HeadChoice
from model.spec import HeadKind, Pool
from model.training.head_modules import (
    ConnectedHead,
    ConvolutionHead,
    MlpconvHead,
    NormalisedAverageHead,
    TrainableHead,
    build_head,
)

CHANNELS, OUTPUTS, CELLS = 6, 4, (3, 5)
LEARNED = Head(
    kind=HeadKind.GAP_NORM,
    weight=np.ones((2, CHANNELS), np.float32),
    bias=np.zeros(2, np.float32),
    gamma=np.linspace(0.5, 1.5, CHANNELS, dtype=np.float32),
    beta=np.linspace(-0.3, 0.3, CHANNELS, dtype=np.float32),
    eps=1e-5,
)
WITH_MAP = [choice for choice in HeadChoice if choice is not HeadChoice.FC]

POOLS = {
    HeadChoice.GAP: Pool.AVERAGE,
    HeadChoice.SUM: Pool.SUM,
    HeadChoice.GMP: Pool.MAXIMUM,
    HeadChoice.CONV1X1: Pool.AVERAGE,  # the average of a linear map is the linear map of the average
    HeadChoice.NIN: Pool.MAPS,
    HeadChoice.FC: Pool.MAPS,
}


def made(choice: HeadChoice, *, softmax: bool = True, learned: Head | None = None) -> TrainableHead:
    """A head as if it had learned: no weight is zero."""
    torch.manual_seed(0)
    head = build_head(choice, CHANNELS, OUTPUTS, cells=CELLS, softmax=softmax, learned=learned)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(torch.randn(parameter.shape), alpha=0.5)
    return head.eval()


def maps(batch: int = 2, cells: tuple[int, int] = CELLS) -> Tensor:
    """Feature maps of both signs, (batch, C, rows, columns)."""
    return torch.randn((batch, CHANNELS, *cells), generator=torch.Generator().manual_seed(batch))


def naive(choice: HeadChoice, head: TrainableHead, features: Tensor) -> Tensor:
    """The logits of one picture's maps (C, h, w), computed cell by cell; (K,)."""
    state = [parameter.detach() for parameter in head.parameters()]
    cells = features.flatten(1)
    match choice:
        case HeadChoice.GAP | HeadChoice.CONV1X1:
            return torch.stack([state[0].flatten(1) @ cell + state[1] for cell in cells.T]).mean(dim=0)
        case HeadChoice.SUM:
            return torch.stack([state[0] @ cell for cell in cells.T]).sum(dim=0) + state[1]
        case HeadChoice.GMP:
            return state[0] @ torch.tensor([max(channel.tolist()) for channel in cells]) + state[1]
        case HeadChoice.NIN:
            hidden = [(state[0].flatten(1) @ cell + state[1]).clamp(min=0) for cell in cells.T]
            return torch.stack([(state[2].flatten(1) @ one + state[3]).clamp(min=0) for one in hidden]).mean(dim=0)
        case HeadChoice.FC:
            return state[2] @ (state[0] @ features.flatten() + state[1]).clamp(min=0) + state[3]


@pytest.mark.parametrize("choice", HeadChoice)
def test_head_computes_what_it_is_named_for(choice: HeadChoice) -> None:
    head, features = made(choice), maps()
    with torch.no_grad():
        logits = head(features)
    assert logits.shape == (2, OUTPUTS)
    torch.testing.assert_close(logits, torch.stack([naive(choice, head, one) for one in features]))
    assert not torch.allclose(logits[0], logits[1])


@pytest.mark.parametrize("choice", HeadChoice)
@pytest.mark.parametrize("batch", [1, 3])
def test_what_is_kept_of_the_maps_gives_the_same_logits(choice: HeadChoice, batch: int) -> None:
    head, features = made(choice), maps(batch)
    with torch.no_grad():
        kept = head.reduce(features)
        torch.testing.assert_close(head.classify(kept), head(features))
    assert kept.shape == (features.shape if head.pool is Pool.MAPS else (batch, CHANNELS))
    assert head.pool is POOLS[choice]


@pytest.mark.parametrize("cells", [CELLS, (1, 1), (1, 7)])
@pytest.mark.parametrize("softmax", [True, False])
@pytest.mark.parametrize("learned", [None, LEARNED])
@pytest.mark.parametrize("choice", WITH_MAP)
def test_mean_of_map_plus_bias_is_the_logit(
    choice: HeadChoice, learned: Head | None, softmax: bool, cells: tuple[int, int]
) -> None:
    head, features = made(choice, softmax=softmax, learned=learned), maps(2, cells)
    with torch.no_grad():
        logits = head(features).numpy()
        own = head.convolution(features) if isinstance(head, ConvolutionHead) else features
        shown = (head.maps(features) if isinstance(head, MlpconvHead) else own).numpy()
    cams, bias = explain_logits(shown, head.numeric())
    assert cams.shape == (2, OUTPUTS, *cells)
    np.testing.assert_allclose(cams.mean(axis=(2, 3)) + bias, logits, rtol=1e-4, atol=1e-4)


def test_fully_connected_head_has_no_map() -> None:
    assert made(HeadChoice.FC).numeric() == Head(kind=HeadKind.FC)


@pytest.mark.parametrize("choice", WITH_MAP)
def test_any_number_of_cells_is_taken(choice: HeadChoice) -> None:
    with torch.no_grad():
        assert made(choice)(maps(1, (9, 2))).shape == (1, OUTPUTS)


def test_normalisation_of_the_base_is_kept() -> None:
    head = build_head(HeadChoice.GAP, CHANNELS, OUTPUTS, learned=LEARNED)
    assert isinstance(head, NormalisedAverageHead)
    numeric = head.numeric()
    assert LEARNED.gamma is not None
    assert LEARNED.beta is not None
    np.testing.assert_array_equal(numeric.gamma, LEARNED.gamma)
    np.testing.assert_array_equal(numeric.beta, LEARNED.beta)
    assert numeric.eps == LEARNED.eps
    with torch.no_grad():
        head.norm.weight.zero_()
        head.norm.bias.zero_()
    assert LEARNED.gamma[0] == 0.5
    assert LEARNED.beta[-1] == np.float32(0.3)


def test_normalised_head_normalises_the_channel_means() -> None:
    head, features = made(HeadChoice.GAP, learned=LEARNED), maps()
    assert isinstance(head, NormalisedAverageHead)
    pooled = features.mean((2, 3)).double()
    deviation = (pooled.var(dim=1, unbiased=False, keepdim=True) + 1e-5).sqrt()
    normed = (pooled - pooled.mean(dim=1, keepdim=True)) / deviation * head.norm.weight + head.norm.bias
    expected = normed @ head.linear.weight.double().T + head.linear.bias
    torch.testing.assert_close(head(features).double(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("choice", [choice for choice in HeadChoice if choice is not HeadChoice.GAP])
def test_only_average_pooling_keeps_the_normalisation(choice: HeadChoice) -> None:
    plain, onto = made(choice), made(choice, learned=LEARNED)
    assert type(plain) is type(onto)
    torch.testing.assert_close(plain(maps()), onto(maps()))


def test_average_pooling_on_another_base_has_no_normalisation() -> None:
    other = Head(kind=HeadKind.GAP, weight=LEARNED.weight, bias=LEARNED.bias)
    assert build_head(HeadChoice.GAP, CHANNELS, OUTPUTS, learned=other).numeric().kind is HeadKind.GAP


def test_last_maps_of_mlpconv_are_rectified_before_a_softmax_alone() -> None:
    rectified, signed = made(HeadChoice.NIN), made(HeadChoice.NIN, softmax=False)
    assert isinstance(rectified, MlpconvHead)
    assert isinstance(signed, MlpconvHead)
    assert (rectified.rectified, signed.rectified) == (True, False)
    with torch.no_grad():
        below = signed.maps(maps())
        assert below.min() < 0
        torch.testing.assert_close(rectified.maps(maps()), below.clamp(min=0))


def test_fresh_mlpconv_maps_are_alive() -> None:
    torch.manual_seed(1)
    head = build_head(HeadChoice.NIN, CHANNELS, OUTPUTS)
    assert head(0.1 * maps(8)).min() > 0


@pytest.mark.parametrize("choice", [HeadChoice.GAP, HeadChoice.SUM, HeadChoice.GMP, HeadChoice.CONV1X1])
def test_linear_heads_begin_with_no_evidence(choice: HeadChoice) -> None:
    head = build_head(choice, CHANNELS, OUTPUTS)
    assert not head(maps()).any()
    functional.cross_entropy(head(maps()), torch.tensor([0, 1])).backward()
    assert head.first.grad is not None
    assert head.first.grad.any()


def test_fully_connected_head_needs_to_know_the_cells() -> None:
    with pytest.raises(TrainingError, match="how large the maps are"):
        build_head(HeadChoice.FC, CHANNELS, OUTPUTS)
    with torch.no_grad(), pytest.raises(RuntimeError):
        made(HeadChoice.FC)(maps(1, (4, 5)))


def test_dropout_is_for_training_alone() -> None:
    head, features = made(HeadChoice.FC), maps()
    assert isinstance(head, ConnectedHead)
    with torch.no_grad():
        assert torch.equal(head(features), head(features))
        head.train()
        assert not torch.equal(head(features), head(features))


@pytest.mark.parametrize("learned", [None, LEARNED])
@pytest.mark.parametrize("choice", HeadChoice)
def test_first_weights_are_those_that_meet_the_features(choice: HeadChoice, learned: Head | None) -> None:
    head = made(choice, learned=learned)
    met = next(one for one in head.modules() if isinstance(one, nn.Linear | nn.Conv2d))
    assert head.first is met.weight
    assert head.first.shape[1] == (CHANNELS * 15 if choice is HeadChoice.FC else CHANNELS)


def test_numbers_of_a_head_are_copies() -> None:
    head = made(HeadChoice.GAP)
    numeric = head.numeric()
    assert numeric.weight is not None
    before = numeric.weight.copy()
    with torch.no_grad():
        head.first.zero_()
    np.testing.assert_array_equal(numeric.weight, before)
    assert numeric.weight.dtype == np.float32


@pytest.mark.parametrize("choice", WITH_MAP)
def test_one_output_is_enough(choice: HeadChoice) -> None:
    assert build_head(choice, CHANNELS, 1)(maps()).shape == (2, 1)
