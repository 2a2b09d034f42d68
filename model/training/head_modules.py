"""The heads that can be trained: what stands between the last feature maps and the logits, as torch modules.

Each says what it needs of the maps (`pool`), so that it can be trained on features that were computed once.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from model.cam import Array, Head
from model.errors import TrainingError
from model.plan import HeadChoice
from model.spec import HeadKind, Pool

NIN_CHANNELS = 256  # between the mlpconv block's two convolutions
FC_CHANNELS = 512  # of the hidden layer
DROPOUT = 0.5


class TrainableHead(nn.Module, ABC):
    """A head: `forward` from maps (B, C, h, w), `classify` from what `pool` keeps of them, both to logits (B, K)."""

    kind: ClassVar[HeadKind]
    pool: ClassVar[Pool] = Pool.MAPS

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.channels, self.outputs = channels, outputs

    def reduce(self, features: Tensor) -> Tensor:
        """What `pool` keeps of maps (B, C, h, w): (B, C), or the maps themselves."""
        return features

    @abstractmethod
    def classify(self, kept: Tensor) -> Tensor:
        """Logits (B, K) of what `reduce` gave."""

    def forward(self, features: Tensor) -> Tensor:
        """Logits (B, K) of maps (B, C, h, w)."""
        return self.classify(self.reduce(features))

    def numeric(self) -> Head:
        """What its map needs of what it learned, as arrays."""
        return Head(kind=self.kind)

    def met(self, kept: Tensor) -> Tensor:
        """What `first` meets of what `reduce` gave."""
        return kept

    @property
    def first(self) -> nn.Parameter:
        """The weights that meet the features: their size and their pace go by the size of what `met` gives."""
        return next(parameter for parameter in self.parameters() if parameter.ndim > 1)


class LinearHead(TrainableHead):
    """A reduction over both spatial axes, then one linear layer."""

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__(channels, outputs)
        self.linear = nn.Linear(channels, outputs)
        nn.init.zeros_(self.linear.weight)  # every class starts with the same evidence: none
        nn.init.zeros_(self.linear.bias)

    def classify(self, kept: Tensor) -> Tensor:
        """Logits (B, K) of pooled vectors (B, C)."""
        logits: Tensor = self.linear(kept)
        return logits

    def numeric(self) -> Head:
        """The linear layer's rows and bias."""
        return Head(kind=self.kind, weight=_array(self.linear.weight), bias=_array(self.linear.bias))


class AverageHead(LinearHead):
    """Global average pooling, linear: the CAM (Zhou et al. 2016)."""

    kind = HeadKind.GAP
    pool = Pool.AVERAGE

    def reduce(self, features: Tensor) -> Tensor:
        """Channel means."""
        return features.mean(dim=(2, 3))


class NormalisedAverageHead(AverageHead):
    """Global average pooling, layer normalisation over the channels, linear: ConvNeXt's."""

    kind = HeadKind.GAP_NORM

    def __init__(self, channels: int, outputs: int, learned: Head | None = None) -> None:
        super().__init__(channels, outputs)
        self.norm = nn.LayerNorm(channels, eps=1e-6 if learned is None or learned.eps is None else learned.eps)
        if learned is not None and learned.gamma is not None and learned.beta is not None:
            self.norm.weight.data.copy_(torch.from_numpy(learned.gamma.copy()))
            self.norm.bias.data.copy_(torch.from_numpy(learned.beta.copy()))

    def met(self, kept: Tensor) -> Tensor:
        """Normalised channel means (B, C)."""
        normalised: Tensor = self.norm(kept)
        return normalised

    def classify(self, kept: Tensor) -> Tensor:
        """Logits (B, K) of channel means (B, C)."""
        return super().classify(self.met(kept))

    def numeric(self) -> Head:
        """The linear layer and the normalisation before it."""
        return Head(
            kind=self.kind,
            weight=_array(self.linear.weight),
            bias=_array(self.linear.bias),
            gamma=_array(self.norm.weight),
            beta=_array(self.norm.bias),
            eps=self.norm.eps,
        )


class SumHead(LinearHead):
    """Global sum pooling, linear."""

    kind = HeadKind.SUM
    pool = Pool.SUM

    def reduce(self, features: Tensor) -> Tensor:
        """Channel sums."""
        return features.sum(dim=(2, 3))


class MaximumHead(LinearHead):
    """Global max pooling, linear."""

    kind = HeadKind.GMP
    pool = Pool.MAXIMUM

    def reduce(self, features: Tensor) -> Tensor:
        """Channel maxima."""
        return features.amax(dim=(2, 3))


class ConvolutionHead(TrainableHead):
    """A 1x1 convolution to K maps, averaged: fully convolutional."""

    kind = HeadKind.CONV
    pool = Pool.AVERAGE

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__(channels, outputs)
        self.convolution = nn.Conv2d(channels, outputs, 1)
        nn.init.zeros_(self.convolution.weight)
        nn.init.zeros_(self.convolution.bias)  # type: ignore[arg-type]

    def reduce(self, features: Tensor) -> Tensor:
        """Channel means: the average of a linear map is the linear map of the average."""
        return features.mean(dim=(2, 3))

    def classify(self, kept: Tensor) -> Tensor:
        """Logits (B, K) of channel means (B, C)."""
        logits: Tensor = self.convolution(kept[:, :, None, None])
        return logits.flatten(1)

    def forward(self, features: Tensor) -> Tensor:
        """Logits (B, K): the K maps, averaged."""
        maps: Tensor = self.convolution(features)
        return maps.mean(dim=(2, 3))


class MlpconvHead(TrainableHead):
    """An mlpconv block that ends in K maps, averaged, and no linear layer: Network in Network (Lin et al. 2013).

    As there, a ReLU follows every convolution, also the last, so the maps cannot be negative.
    Logits that cannot be negative suit a softmax; before sigmoids the last ReLU is left out.
    """

    kind = HeadKind.CONV

    def __init__(self, channels: int, outputs: int, rectified: bool = True) -> None:
        super().__init__(channels, outputs)
        self.block = nn.Sequential(nn.Conv2d(channels, NIN_CHANNELS, 1), nn.ReLU(), nn.Conv2d(NIN_CHANNELS, outputs, 1))
        nn.init.ones_(self.block[2].bias)  # type: ignore[arg-type]  # a map that starts below zero would stay there
        self.last = nn.ReLU() if rectified else nn.Identity()
        self.rectified = rectified

    def maps(self, features: Tensor) -> Tensor:
        """The K confidence maps, (B, K, h, w)."""
        maps: Tensor = self.last(self.block(features))
        return maps

    def classify(self, kept: Tensor) -> Tensor:
        """Logits (B, K) of maps (B, C, h, w)."""
        return self.maps(kept).mean(dim=(2, 3))


class ConnectedHead(TrainableHead):
    """Flatten, two fully connected layers with dropout: the classical head. One input size; no map."""

    kind = HeadKind.FC

    def __init__(self, channels: int, outputs: int, cells: tuple[int, int]) -> None:
        super().__init__(channels, outputs)
        self.cells = cells
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(DROPOUT),
            nn.Linear(channels * math.prod(cells), FC_CHANNELS),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
            nn.Linear(FC_CHANNELS, outputs),
        )

    def classify(self, kept: Tensor) -> Tensor:
        """Logits (B, K) of maps (B, C, h, w)."""
        logits: Tensor = self.layers(kept)
        return logits


HEADS: Mapping[HeadChoice, type[TrainableHead]] = {
    HeadChoice.GAP: AverageHead,
    HeadChoice.SUM: SumHead,
    HeadChoice.GMP: MaximumHead,
    HeadChoice.CONV1X1: ConvolutionHead,
    HeadChoice.NIN: MlpconvHead,
    HeadChoice.FC: ConnectedHead,
}


def build_head(
    choice: HeadChoice,
    channels: int,
    outputs: int,
    *,
    cells: tuple[int, int] | None = None,
    softmax: bool = True,
    learned: Head | None = None,
) -> TrainableHead:
    """A head with fresh weights, drawn from torch's generator.

    Args:
        choice: which
        channels: C of the feature maps
        outputs: logits
        cells: rows and columns of the maps; `fc` alone needs them
        softmax: whether a softmax follows; `nin` rectifies its maps only then
        learned: the base's head: its normalisation is kept where `gap` follows on one

    Raises:
        TrainingError: `fc` without cells
    """
    if choice is HeadChoice.GAP and learned is not None and learned.kind is HeadKind.GAP_NORM:
        return NormalisedAverageHead(channels, outputs, learned)
    if choice is HeadChoice.NIN:
        return MlpconvHead(channels, outputs, rectified=softmax)
    if choice is HeadChoice.FC:
        if cells is None:
            raise TrainingError("fully connected layers need to know how large the maps are")
        return ConnectedHead(channels, outputs, cells)
    return HEADS[choice](channels, outputs)


def _array(tensor: Tensor) -> Array:
    array: Array = tensor.detach().cpu().to(torch.float32).contiguous().numpy().copy()
    return array
