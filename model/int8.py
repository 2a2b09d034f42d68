"""What a bundle whose convolutions run in int8 says of that: its calibration, and how far it agrees with float.

It is part of the provenance, under "int8". Made by model/training/quantise.py.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError

from model.spec import Positive, Record

INT8 = "int8"
Fraction = Annotated[float, Field(ge=0, le=1)]
Correlation = Annotated[float, Field(ge=-1, le=1)]


class Calibration(Record):
    """What the ranges of the activations were found with.

    Attributes:
        source: where the pictures are from, as a person calls it
        pictures: how many
        inputs: views of them; of many pictures one each
    """

    source: str
    pictures: Positive
    inputs: Positive


class Agreement(Record):
    """How far int8 and float agree, on pictures that the calibration has not seen.

    Attributes:
        pictures: how many
        inputs: views of them; of many pictures one each
        same_class: on which part of the inputs both name the same class
        logit_correlation: of a picture's logits, over classes; the median picture's
        logit_difference: mean absolute difference, in logits
        map_correlation: of the cells of the map of the class that float names; the median picture's.
            None where the head keeps no location, or no map has a structure to compare
        map_correlation_low: the same, of the picture that 5 % of them are below
    """

    pictures: Positive
    inputs: Positive
    same_class: Fraction
    logit_correlation: Correlation | None
    logit_difference: Annotated[float, Field(ge=0)]
    map_correlation: Correlation | None
    map_correlation_low: Correlation | None


class Speed(Record):
    """How many times as fast as float the pass is, where it was made; above 1 is faster.

    Attributes:
        alone: one picture
        batched: a batch
        batch: pictures in it
        width: of the input, in pixels
        height: the same, downwards
        threads: of one pass
        processor: what it was measured on
    """

    alone: Annotated[float, Field(gt=0)]
    batched: Annotated[float, Field(gt=0)]
    batch: Positive
    width: Positive
    height: Positive
    threads: Positive
    processor: str


class Int8(Record):
    """All of it.

    Attributes:
        original: id of the float bundle
        original_name: what people call that
    """

    original: str
    original_name: str
    calibration: Calibration
    agreement: Agreement
    speed: Speed


def is_int8(provenance: Mapping[str, Any]) -> bool:
    """Whether a bundle's convolutions run in int8, as its provenance says."""
    return INT8 in provenance


def read_int8(provenance: Mapping[str, Any]) -> Int8 | None:
    """What a provenance says of int8; None where it says nothing that can be read."""
    try:
        return Int8.model_validate(provenance.get(INT8))
    except ValidationError:
        return None
