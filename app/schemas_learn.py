"""The JSON contract's part about what is inside a network. What a field means is said here and nowhere else."""

from typing import Annotated

from pydantic import Field

from app.schemas import Contract, Finite, InputInfo, ModelInfo, Probability

Count = Annotated[int, Field(ge=0)]
Share = Annotated[Finite, Field(ge=0, le=1)]


class ActivationInfo(Contract):
    """What a layer gave for the photo."""

    name: str = Field(description="In the network.")
    operation: str = Field(description="The last step of the layer, as ONNX calls it.")
    channels: Count = Field(description="How many maps it gave.")
    rows: Count
    columns: Count
    size: Count = Field(description="How many numbers that is.")
    minimum: Finite
    maximum: Finite
    mean: Finite
    zeros: Share = Field(description="How much of it is exactly zero.")
    strongest: list[Count] = Field(
        description="At most 16 channels: those with the largest standard deviation, from the largest."
    )


class AnswerInfo(Contract):
    """A class, as probable as the network finds it."""

    index: Count
    label: str
    probability: Probability
    logit: Finite


class LayersInfo(Contract):
    """What the layers of a network gave for a photo, in the order of a forward pass."""

    photo: str = Field(description="An example's name, or an explanation's id.")
    model: ModelInfo
    input: InputInfo
    layers: list[ActivationInfo] = Field(description="At most 16, from the first to the last feature maps.")
    predictions: list[AnswerInfo] = Field(description="The five most probable classes.")
