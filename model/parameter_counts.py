"""What layers cost, counted by hand: a small network from photo to class, and a convolution beside a dense layer.

static/js/counts.js counts the same.

    convolution k x k, valid    side - k + 1 positions a side; (k x k x channels + 1) x filters parameters
    pooling 2 x 2, stride 2     half the side, rounded down; no parameters
    dense                       (inputs + 1) x outputs parameters
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import prod

POOL = 2


class Step(StrEnum):
    """What a layer does."""

    INPUT = "input"
    CONVOLUTION = "convolution"
    POOLING = "pooling"
    DENSE = "dense"
    SOFTMAX = "softmax"


@dataclass(frozen=True)
class SmallNetwork:
    """Two convolutions, each followed by pooling, then three dense layers: small enough to be followed by hand.

    Attributes:
        side: of the square photo, in pixels
        channels: of the photo
        kernel: side of each convolution's filters
        first: filters of the first convolution
        second: filters of the second
        wide: numbers after the first dense layer
        narrow: numbers after the second
        classes: numbers at the end
    """

    side: int = 32
    channels: int = 3
    kernel: int = 5
    first: int = 8
    second: int = 16
    wide: int = 120
    narrow: int = 84
    classes: int = 10


@dataclass(frozen=True)
class Count:
    """One layer.

    Attributes:
        step: what it does
        shape: of what it gives: rows, columns, channels; or one length
        parameters: how many numbers it learns
        account: how they were counted; empty where there are none
    """

    step: Step
    shape: tuple[int, ...]
    parameters: int
    account: str

    @property
    def size(self) -> int:
        """How many numbers it gives."""
        return prod(self.shape)


def counted(network: SmallNetwork) -> tuple[Count, ...]:
    """The layers of a small network.

    Raises:
        ValueError: a window does not fit
    """
    return tuple(_counted(network))


def _counted(network: SmallNetwork) -> Iterator[Count]:
    side, channels = network.side, network.channels
    yield Count(Step.INPUT, (side, side, channels), 0, "")
    for filters in (network.first, network.second):
        yield _convolution(side, channels, network.kernel, filters)
        side, channels = (side - network.kernel + 1) // POOL, filters
        if side < 1:
            raise ValueError("the maps are too small for another step")
        yield Count(Step.POOLING, (side, side, channels), 0, "")
    inputs = side * side * channels
    for step, outputs in (
        (Step.DENSE, network.wide),
        (Step.DENSE, network.narrow),
        (Step.SOFTMAX, network.classes),
    ):
        yield Count(step, (outputs,), (inputs + 1) * outputs, f"({inputs:,} + 1) × {outputs:,}")
        inputs = outputs


def _convolution(side: int, channels: int, kernel: int, filters: int) -> Count:
    after = side - kernel + 1
    parameters = (kernel * kernel * channels + 1) * filters
    account = f"({kernel} × {kernel} × {channels:,} + 1) × {filters:,}"
    return Count(Step.CONVOLUTION, (after, after, filters), parameters, account)


@dataclass(frozen=True)
class Connections:
    """A convolution beside a dense layer from the same numbers to the same numbers.

    Attributes:
        inputs: numbers it takes
        outputs: numbers it gives
        seen: inputs that one output depends on
    """

    inputs: int
    outputs: int
    seen: int
    filters: int

    @property
    def dense(self) -> int:
        """Weights where every output is made of every input."""
        return self.inputs * self.outputs

    @property
    def sparse(self) -> int:
        """Weights where every output is made of what it sees, by weights of its own."""
        return self.seen * self.outputs

    @property
    def shared(self) -> int:
        """Parameters of the convolution, where all positions share the weights: biases among them."""
        return (self.seen + 1) * self.filters


def connections(side: int, channels: int, kernel: int, filters: int) -> Connections:
    """Count a valid convolution's connections.

    Args:
        side: of the square maps it takes
        channels: of these
        kernel: side of its filters
        filters: how many

    Raises:
        ValueError: a filter does not fit
    """
    after = side - kernel + 1
    if after < 1:
        raise ValueError("the filter is larger than the map")
    return Connections(side * side * channels, after * after * filters, kernel * kernel * channels, filters)


@dataclass(frozen=True)
class Remaining:
    """How many numbers filters leave of a photo.

    Attributes:
        found: positions of a filter along a side
        detected: numbers that all filters give
        pooled: windows along a side
        condensed: numbers after pooling
        whole: numbers after pooling over the whole photo, one for each filter
    """

    found: int
    detected: int
    pooled: int
    condensed: int
    whole: int


def remaining(side: int, kernel: int, filters: int, window: int) -> Remaining:
    """Count what filters leave of a square photo, and pooling of that.

    Args:
        side: of the photo, in pixels
        kernel: side of a filter
        filters: how many
        window: side of the pooling windows, which lie side by side

    Raises:
        ValueError: a filter or a window does not fit
    """
    found = side - kernel + 1
    pooled = found // window
    if found < 1 or pooled < 1:
        raise ValueError("a filter or a window is larger than what it is to be laid on")
    return Remaining(found, found**2 * filters, pooled, pooled**2 * filters, filters)
