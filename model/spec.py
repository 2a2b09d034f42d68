"""What a network expects and what its outputs mean: stored with the weights, nowhere else.

Units: "input pixels" are those of the array the network sees, "photo pixels" those of
the upright photo.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCALES = (1.0, 1.5, 2.0, 3.0)
"""Input scales: a larger input gives a finer grid from the same weights."""


class HeadKind(StrEnum):
    """What stands between the last feature maps and the classes."""

    GAP = "gap"
    GAP_NORM = "gap_norm"
    CONV = "conv"
    SUM = "sum"
    GMP = "gmp"
    FC = "fc"


class Pool(StrEnum):
    """What is kept of feature maps (C, h, w) to learn a head from: one number a channel, or the maps."""

    AVERAGE = "average"
    SUM = "sum"
    MAXIMUM = "maximum"
    MAPS = "maps"


class Activation(StrEnum):
    """From logits to probabilities: one label per picture, or several."""

    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"


class Interpolation(StrEnum):
    """How a photo is resized to the network's input."""

    BILINEAR = "bilinear"
    BICUBIC = "bicubic"


class Record(BaseModel):
    """A frozen value read from a bundle: unknown fields, NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Positive = Annotated[int, Field(gt=0)]
Side = Annotated[int, Field(gt=0, le=2048)]  # in pixels: no bundle's numbers may make an input of any size
LongSide = Annotated[int, Field(gt=0, le=8192)]
Distance = Annotated[float, Field(ge=-1e5, le=1e5)]
Triple = tuple[float, float, float]


class Preprocessing(Record):
    """From an upright photo to the network's input.

    Attributes:
        mean: per RGB channel, in units of 0..1; applied inside the graph
        std: per RGB channel, in units of 0..1; applied inside the graph
        interpolation: used when the photo is resized, always antialiased
        multiple: input sides are multiples of this many pixels
        base_side: side of the square whose area the input has at scale 1, in pixels
        min_side: shortest side the network can take, in pixels
        max_side: longest side at scale 1, in pixels
        fixed_size: (width, height) where the network takes one size alone
        transform_input: the weights expect torchvision's extra input scaling (GoogLeNet,
            Inception); done inside the graph
    """

    mean: Triple
    std: Annotated[Triple, Field(description="never zero")]
    interpolation: Interpolation = Interpolation.BICUBIC
    multiple: Side = 32
    base_side: Side = 256
    min_side: Side = 32
    max_side: LongSide = 1024
    fixed_size: tuple[Side, Side] | None = None
    transform_input: bool = False

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if min(self.std) <= 0:
            raise ValueError("std must be positive")
        if self.max_side < max(self.min_side, self.multiple):
            raise ValueError("max_side must be at least min_side and multiple")
        return self


class GridGeometry(Record):
    """Where the cells of the last feature maps lie on the input.

    Attributes:
        stride_x: distance between neighbouring cells' centres, in input pixels
        stride_y: the same, downwards
        left: left edge of the first column of cells, in input pixels
        top: top edge of the first row, in input pixels
    """

    stride_x: Annotated[Distance, Field(ge=1e-3)]
    stride_y: Annotated[Distance, Field(ge=1e-3)]
    left: Distance = 0.0
    top: Distance = 0.0


class ModelSpec(Record):
    """Architecture, labels, activation, preprocessing, head kind and grid of one network.

    Attributes:
        architecture: library and name, such as "timm/tf_efficientnet_lite0"
        labels: one per class, in the order of the logits
        activation: softmax for one label per picture, sigmoid for several
        outputs: logits that come out of the graph: one per label, or 1 with two labels
            (then the second class's logit is the first one's negative)
        head: what stands between the last feature maps and the classes
        channels: C of the feature maps, 0 where the head has none
        rectified: the maps cannot be negative (a ReLU after the last convolution)
        preprocessing: from photo to input
        grid: from cells to input pixels, none where the head keeps no location
    """

    architecture: Annotated[str, Field(min_length=1, max_length=200)]
    labels: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(min_length=2)]
    activation: Activation = Activation.SOFTMAX
    outputs: Positive
    head: HeadKind
    channels: Annotated[int, Field(ge=0)]
    rectified: bool = False
    preprocessing: Preprocessing
    grid: GridGeometry | None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.single_logit:
            if len(self.labels) != 2 or self.activation is not Activation.SIGMOID:
                raise ValueError("a single logit needs two labels and the sigmoid activation")
        elif self.outputs != len(self.labels):
            raise ValueError(f"{self.outputs} outputs do not match {len(self.labels)} labels")
        if self.exact and (self.grid is None or self.channels == 0):
            raise ValueError(f"a '{self.head}' head needs a grid and feature channels")
        if not self.exact and self.preprocessing.fixed_size is None:
            raise ValueError(f"a '{self.head}' head takes one input size: fixed_size is missing")
        if self.head is HeadKind.CONV and self.channels != self.outputs:
            raise ValueError(f"a 'conv' head has one map per output, not {self.channels}")
        return self

    @property
    def exact(self) -> bool:
        """Whether mean(map) + bias is the logit; otherwise there is no map at all."""
        return self.head is not HeadKind.FC

    @property
    def single_logit(self) -> bool:
        """Whether the graph gives one logit z that stands for two classes, z and -z."""
        return self.outputs == 1

    @property
    def classes(self) -> int:
        """K, the number of classes."""
        return len(self.labels)
