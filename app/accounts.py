"""How a network's maps account for its logits, in words: other ones for each head and activation."""

from dataclasses import dataclass

from app.text import gettext
from model.spec import Activation, HeadKind, ModelSpec


@dataclass(frozen=True)
class Account:
    """What a page says about exactness.

    Attributes:
        logit: what a logit is
        sentences: from the head's formula to what a map does not say; empty where there is no map
        unsigned: why nothing is below zero, where that is so
    """

    logit: str
    sentences: tuple[str, ...]
    unsigned: str | None


def account_of(spec: ModelSpec) -> Account:
    """The account of a network's maps."""
    _ = gettext
    one_label = spec.activation is Activation.SOFTMAX
    logit = (
        _("The raw score of a class before it becomes a probability: a difference of 1 makes it 2.7 times as likely.")
        if one_label
        else _("The raw score of a class before it becomes a probability: 1 more makes its odds 2.7 times as high.")
    )
    unsigned = _("This network’s maps cannot be below zero: nothing in them takes from a score.")
    limits = (
        _("What it does not say: probabilities hang on differences between classes, so compare with the runner-up.")
        if one_label
        else _("Each class has a probability of its own, from its own logit alone; several can be likely at once.")
    )
    sentences = (
        logit,
        *_head(spec.head),
        _(
            "Each cell’s value is what it gave to the score (above zero) or took from it (below), in logits. "
            "Nothing is rescaled but the colours."
        ),
        _(
            "The logit shown is the network’s own output, never added up from the map: the line under the map "
            "is a check."
        ),
        limits,
        _("And a cell has seen more of the photo than the square it covers."),
    )
    return Account(logit, sentences if spec.exact else (), unsigned if spec.rectified else None)


def _head(kind: HeadKind) -> tuple[str, ...]:
    """From feature maps f to the logit, and why the map is exact."""
    _ = gettext
    match kind:
        case HeadKind.GAP:
            return (
                _("The network averages its last feature maps f over the picture and weighs them: "
                  "logit = Σ w · mean(f) + bias."),
                _("Sum and mean can change places. So the map M = Σ w · f, one value a cell, averages to that very "
                  "logit, less the bias."),
            )  # fmt: skip
        case HeadKind.SUM:
            return (
                _("The network adds up its last feature maps f over the picture and weighs them: "
                  "logit = Σ w · sum(f) + bias."),
                _("So the map M = n · Σ w · f, with n the number of cells, averages to that very logit, less the "
                  "bias."),
            )  # fmt: skip
        case HeadKind.GMP:
            return (
                _("The network takes the maximum of each of its last feature maps f and weighs them: "
                  "logit = Σ w · max(f) + bias."),
                _("A maximum stands at one cell, so all that a feature map gave is drawn there; the map averages to "
                  "that very logit, less the bias."),
            )  # fmt: skip
        case HeadKind.CONV:
            return (
                _("The network’s last convolution makes one map M for each class, and the logit is its average: "
                  "logit = mean(M)."),
                _("So nothing has to be computed: the map is the network’s own, its bias included."),
            )  # fmt: skip
        case HeadKind.GAP_NORM:
            return (
                _("The network averages its last feature maps f over the picture, normalises the averages and weighs "
                  "them: logit = Σ w · norm(mean(f)) + bias."),
                _("With this picture’s own mean and deviation that is linear, so it can be done to each cell first: "
                  "the map averages to that very logit, less the bias."),
            )  # fmt: skip
    return ()
