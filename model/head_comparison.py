"""What was measured of several heads on one network's feature maps: comparison.json. torch is not needed to read it."""

import statistics
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from model.figures import Share
from model.plan import HeadChoice
from model.spec import Record

NUMBERS = "comparison.json"
Count = Annotated[int, Field(ge=0)]


class Spread(Record):
    """One number, measured with several seeds.

    Attributes:
        mean: over the seeds
        deviation: standard deviation over the seeds (n - 1); 0 of one
        values: of each seed
    """

    mean: float
    deviation: float
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """The mean and spread of at least one value."""
        deviation = statistics.stdev(values) if len(values) > 1 else 0.0
        return cls(mean=statistics.fmean(values), deviation=deviation, values=tuple(values))


class ShiftedAccuracy(Record):
    """Accuracy on validation pictures whose content was moved by a part of the picture, each to all four sides."""

    share: Share
    accuracy: Spread


class Localisation(Record):
    """Whether a class's exact map lies where its boxes are.

    Attributes:
        pointing: share of the maps whose peak lies in a box
        inside: share of what a map gives that lies in the boxes, mean
        overlap: share of the maps whose own box (paper's rule, 20 % of the maximum) and a given one
            share half of their union
        own: of pictures with several classes, the share of the maps that give more, per area, to their
            class's boxes than to the others'; None where there are no such pictures
    """

    pointing: Spread
    inside: Spread
    overlap: Spread
    own: Spread | None


class HeadFigures(Record):
    """One head.

    Attributes:
        head: which
        parameters: that the head has, biases counted
        train_accuracy: on the pictures it learned from
        val_accuracy: on the validation pictures
        gap: the one less the other
        epochs_to_best: until the lowest loss on the pictures held out
        seconds: that one training took
        shifted: accuracy on moved pictures
        other_size: accuracy at the larger side; None where the head takes one size alone
        localisation: None where no boxes were given, or the head has no map
    """

    head: HeadChoice
    parameters: Count
    train_accuracy: Spread
    val_accuracy: Spread
    gap: Spread
    epochs_to_best: Spread
    seconds: Spread
    shifted: tuple[ShiftedAccuracy, ...]
    other_size: Spread | None
    localisation: Localisation | None


class BoxCounts(Record):
    """The boxes that maps were compared with.

    Attributes:
        pictures: with boxes
        maps: pictures times the classes on them
        area: share of a picture that a class's boxes cover, mean: what `inside` and `pointing` would be by chance
    """

    pictures: Count
    maps: Count
    area: Share


class HeadComparison(Record):
    """comparison.json.

    Attributes:
        data: name of the data folder
        base: id of the bundle whose maps were learned from
        labels: of the classes
        multi_label: whether a picture may have several
        side: of the square input that all heads got, in pixels
        larger_side: about 1.5 times that; None where the network takes one size alone
        cells: rows and columns of the maps
        channels: of the maps
        train: pictures learned from, with each seed others
        held_out: chosen by
        val: judged on
        seeds: of first weights, order and the pictures held out
        epochs: at most
        boxes: None where none were given
        heads: in the order they were asked for
        problems: found in the pictures
        seconds: that all of it took
    """

    schema_version: Literal[1] = 1
    created_at: datetime
    data: str
    base: str
    labels: tuple[str, ...]
    multi_label: bool
    side: Count
    larger_side: Count | None
    cells: tuple[Count, Count]
    channels: Count
    train: Count
    held_out: Count
    val: Count
    seeds: tuple[int, ...]
    epochs: Count
    boxes: BoxCounts | None
    heads: tuple[HeadFigures, ...]
    problems: tuple[str, ...]
    seconds: float
