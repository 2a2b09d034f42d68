"""The JSON contract of models, version 1: what there is to know of a bundle, and how it is renamed."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from app.schemas import Contract, Finite
from app.schemas_trainings import BundleName
from model.spec import Activation

Count = Annotated[int, Field(ge=0)]


class LayerInfo(Contract):
    """One layer at work, in the order of a forward pass."""

    name: str
    kind: str = Field(description="What torch calls it.")
    shape: list[Count] = Field(description="Of what it gives for one picture: channels, rows, columns of a map.")
    size: Count = Field(description="How many numbers that is.")
    parameters: Count = Field(description="How many numbers it has learned, biases among them.")
    head: bool = Field(description="Whether it lies between the last feature maps and the classes.")


class ModelDetails(Contract):
    """All there is to know of a bundle."""

    id: str = Field(description="Name and content hash.")
    name: str
    created_at: datetime
    architecture: str = Field(description="Library and name.")
    classes: int = Field(gt=0)
    labels_url: str
    head: str
    activation: Activation
    exact: bool
    channels: Count = Field(description="Feature maps that the head weighs; 0 where it has none.")
    input_side: int = Field(gt=0, description="Side of the square whose area the input has at scale 1, in pixels.")
    parameters: Count | None = Field(description="Of the whole network; null where nobody counted.")
    head_parameters: Count | None = Field(description="Of the head alone.")
    layers: list[LayerInfo] = Field(description="Empty where the bundle does not tell.")
    layers_side: int | None = Field(description="Side of the square input that the layers' shapes are for, in pixels.")
    metrics: dict[str, Finite | None] | None = Field(description="What was measured, in a few numbers.")
    metrics_url: str | None = Field(description="All that was measured; null where nothing was.")
    report_url: str | None = Field(description="The same to look at; null where there is none.")
    archive_url: str = Field(description="The bundle as a zip file.")
    page_url: str
    provenance: dict[str, Any] = Field(description="Where it comes from.")
    bytes: Count = Field(description="On disk.")
    default: bool = Field(description="Whether it answers where no model is named.")
    changeable: bool = Field(description="Whether it may be renamed and deleted here.")
    unchangeable_reason: str | None = Field(description="Why not; null where it may.")


class Rename(Contract):
    """What a model is to be called."""

    model_config = ConfigDict(extra="forbid")

    name: BundleName = Field(description="Letters, digits, dots, dashes and underscores.", examples=["insects"])
