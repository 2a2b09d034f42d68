"""What the room of layers is given."""

from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Page
from app.contexts_learn import Frame, Grid, Named, Picture
from app.layer_groups import LayerGroup
from app.schemas_learn import AnswerInfo
from model.parameter_counts import Connections, SmallNetwork


@dataclass(frozen=True)
class Stage:
    """A layer of the network at work on the photo.

    Attributes:
        name: in the network
        kind: of its last step, in a word
        cost: where it stands and how many parameters came since the stage before, in words; empty where unknown
        channels: how many maps it gave
        rows: of each
        columns: of each
        size: how many numbers that is
        zeros: how much of it is zero, 0 to 1
        picture: its strongest maps side by side
        legend: what their strongest colours stand for
    """

    name: str
    kind: str
    cost: str
    channels: int
    rows: int
    columns: int
    size: int
    zeros: float
    picture: Picture
    legend: str


@dataclass(frozen=True)
class Counted:
    """A layer that is counted by hand: what it does, the shape and size of what it gives, and its parameters."""

    title: str
    shape: str
    size: int
    parameters: int
    account: str


@dataclass(frozen=True)
class ByHand:
    """A filter slid over a few numbers: the photo with what one cell sees, the filter, what comes out, and that sum."""

    typed: str
    filters: tuple[Named, ...]
    grids: tuple[Grid, ...]
    sum: str


@dataclass(frozen=True)
class LayersPage(Page):
    """From photo to class, layer by layer.

    Attributes:
        learn: what all rooms have
        pixels: of the input, width x height
        walk: some layers at work
        layers: name and number of maps of all that can be looked at
        vector: how many numbers are left after them, before the classes; 0 where the head keeps every cell
        answers: the most probable classes
        by_hand: one filter at work
        small: the sizes of the small network, as they were asked for
        filters: of the convolution that is compared with a dense layer
        counted: its layers; empty where a window does not fit
        total: parameters of all of them
        connected: that convolution; None where it does not fit
        groups: the whole network's layers, stage by stage
        head: what its head costs
        first: what its first layer would cost without sharing; None where that is not known
        side: of the input that those layers are told for
    """

    template: ClassVar[str] = "learn_layers.html"
    learn: Frame
    pixels: tuple[int, int]
    walk: tuple[Stage, ...]
    layers: tuple[tuple[str, int], ...]
    vector: int
    answers: tuple[AnswerInfo, ...]
    by_hand: ByHand
    small: SmallNetwork
    filters: int
    counted: tuple[Counted, ...]
    total: int
    connected: Connections | None
    groups: tuple[LayerGroup, ...]
    head: tuple[str, ...]
    first: str | None
    side: int | None
