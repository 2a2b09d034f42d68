"""A network as a table of layers: what a bundle's provenance has under "layers". Made by model/training/layers.py."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from model.spec import Record

LAYERS = "layers"

Count = Annotated[int, Field(ge=0)]


class Layer(Record):
    """One layer at work, at the input size that the network is known for.

    Attributes:
        name: in the network, such as "blocks.1.0.conv_dw"
        kind: what it is: "Conv2d", "BatchNorm2d", "Linear"
        shape: of what it gives for one picture: channels, rows, columns of a map
        size: how many numbers that is
        parameters: how many numbers it has learned, biases among them
        head: whether it lies between the last feature maps and the classes
    """

    name: str
    kind: str
    shape: tuple[Count, ...]
    size: Count
    parameters: Count
    head: bool


_LAYERS: TypeAdapter[tuple[Layer, ...]] = TypeAdapter(tuple[Layer, ...])


def read_layers(provenance: Mapping[str, Any]) -> tuple[Layer, ...]:
    """The table in a bundle's provenance; empty where it has none that can be read."""
    try:
        return _LAYERS.validate_python(provenance.get(LAYERS, ()))
    except ValidationError:
        return ()
