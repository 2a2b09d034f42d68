"""What each channel brought to a class's logit: from "where" to "what kind of thing".

    g[c,y,x]          what the head's weights weigh (model/cam.py, linear_features): its mean is the pooled channel
    contribution      W[k,c] mean(g[c]), in logits
    own map           W[k,c] g[c,y,x], in logits; its mean is the contribution
    account           sum_c contribution + bias = logit

Against another class, W[k] - W[v] in place of W[k], and the difference of the biases and the logits: the account of
the margin. Pure functions on arrays.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from model.cam import Array

Wide = npt.NDArray[np.float64]


class Sign(StrEnum):
    """Which channels are wanted: those that give, those that take, or both."""

    GIVEN = "given"
    TAKEN = "taken"
    BOTH = "both"


@dataclass(frozen=True)
class Channel:
    """One channel's part in a logit.

    Attributes:
        index: among the channels
        weight: of the head, or the difference of two classes' weights
        activation: what the weight weighs: the channel's mean, sum or maximum, as the head pools
        contribution: weight x activation, in logits
        map: weight x channel, (rows, columns), in logits; its mean is the contribution
    """

    index: int
    weight: float
    activation: float
    contribution: float
    map: Array


@dataclass(frozen=True)
class Rest:
    """The channels that are not listed: how many, and what they bring together, in logits."""

    channels: int
    contribution: float


@dataclass(frozen=True)
class ChannelAccount:
    """A logit, or the margin between two, channel by channel.

    Attributes:
        channels: those listed, the strongest first
        rest: all others
        given: what all channels that give bring together, 0 or more, in logits
        taken: what all that take take away together, 0 or more, in logits
        bias: what the logit has from no channel
        logit: the network's own
    """

    channels: tuple[Channel, ...]
    rest: Rest
    given: float
    taken: float
    bias: float
    logit: float

    @property
    def residual(self) -> float:
        """All contributions + bias - logit, in logits."""
        listed = sum(channel.contribution for channel in self.channels)
        return listed + self.rest.contribution + self.bias - self.logit


@dataclass(frozen=True)
class Weighed:
    """What the weights of a head weigh in one photo, and what comes of it.

    Attributes:
        features: (C, rows, columns); see model.cam.linear_features
        weight: (K, C)
        bias: (K,)
        logits: the network's own, (K,)

    Raises:
        ValueError: they do not fit each other
    """

    features: Array
    weight: Array
    bias: Array
    logits: Array

    def __post_init__(self) -> None:
        classes, channels = self.weight.shape
        if len(self.features) != channels or self.bias.shape != (classes,) or self.logits.shape != (classes,):
            raise ValueError(
                f"features {self.features.shape}, weight {self.weight.shape}, bias {self.bias.shape} and logits "
                f"{self.logits.shape} are not of one head"
            )

    def account(self, index: int, versus: int | None = None, count: int = 12, sign: Sign = Sign.BOTH) -> ChannelAccount:
        """Take a class's logit apart, or its lead over another class.

        Args:
            index: the class
            versus: the other one; None for the logit alone
            count: how many channels to list at most
            sign: which

        Raises:
            IndexError: there is no such class
        """
        weight, bias, logit = (_of(values, index, versus) for values in (self.weight, self.bias, self.logits))
        activations = self.features.mean(axis=(1, 2), dtype=np.float64)
        contributions = weight * activations
        listed = strongest(contributions, count, sign)
        others = np.delete(contributions, listed)
        return ChannelAccount(
            channels=tuple(
                Channel(
                    index=channel,
                    weight=float(weight[channel]),
                    activation=float(activations[channel]),
                    contribution=float(contributions[channel]),
                    map=(weight[channel] * self.features[channel]).astype(np.float32),
                )
                for channel in listed
            ),
            rest=Rest(len(others), float(others.sum())),
            given=float(np.maximum(contributions, 0).sum()),
            taken=float(np.maximum(-contributions, 0).sum()),
            bias=float(bias),
            logit=float(logit),
        )


def strongest(contributions: Wide, count: int, sign: Sign) -> list[int]:
    """The channels that bring most, first; of equals, the lower index. None that brings nothing.

    Args:
        contributions: in logits, (C,)
        count: at most so many
        sign: given: those above 0; taken: those below; both: by magnitude
    """
    strength = {Sign.GIVEN: contributions, Sign.TAKEN: -contributions, Sign.BOTH: np.abs(contributions)}[sign]
    order = np.argsort(-strength, kind="stable")[:count]
    return [int(channel) for channel in order if strength[channel] > 0]


def _of(values: Array, index: int, versus: int | None) -> Wide:
    wide = np.asarray(values[index], dtype=np.float64)
    return wide if versus is None else np.asarray(wide - values[versus])
