"""The JSON contract, version 1. What a field means is said here and nowhere else."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from model.spec import Activation

Finite = Annotated[float, Field(allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1)]
Side = Annotated[int, Field(gt=0, description="Pixels.")]


class Contract(BaseModel):
    """A frozen JSON value."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())


class Problem(Contract):
    """A refusal (RFC 9457)."""

    type: str = Field(description="A URI for the kind of problem; about:blank where the status says it all.")
    title: str = Field(description="The kind of problem, in a few words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong and what to do, in one sentence.")
    request_id: str = Field(description="Under this id the server's log has the details.")


class ModelInfo(Contract):
    """The network that answered."""

    id: str = Field(description="Name and content hash of the bundle.")
    name: str = Field(description="What people call it.")
    classes: int = Field(gt=0, description="K, the number of classes.")
    head: str = Field(description="What stands between the last feature maps and the classes.")
    activation: Activation = Field(description="softmax: one label per picture; sigmoid: several.")
    exact: bool = Field(description="Whether mean(cam) + bias is the logit; otherwise there is no map at all.")


class ImageInfo(Contract):
    """The photo, upright."""

    width: Side
    height: Side
    sha256: str = Field(description="Of the uploaded bytes.")
    url: str | None = Field(description="The stored copy: upright, without metadata; null where none is.")
    stored_width: int = Field(gt=0, description="Of the copy that is stored, or would be, in pixels.")
    stored_height: int = Field(gt=0, description="Of the copy that is stored, or would be, in pixels.")


class InputInfo(Contract):
    """The array that the network saw: the whole photo, resized."""

    width: Side
    height: Side
    scale: float = Field(description="The input scale asked for: 1, 1.5, 2 or 3.")
    stretch: Finite = Field(description="By how much rounding the sides changed the photo's shape; 0 is not at all.")


class GridInfo(Contract):
    """Where a map's cells lie on the photo; lengths in pixels of the photo."""

    rows: Annotated[int, Field(gt=0)]
    columns: Annotated[int, Field(gt=0)]
    cell_width: Finite
    cell_height: Finite
    left: Finite
    top: Finite


class PeakInfo(Contract):
    """The centre of the strongest cell, in pixels of the photo, and its value in logits."""

    x: Finite
    y: Finite
    value: Finite


class BoxInfo(Contract):
    """The largest connected region above a fraction of the map's maximum, in pixels of the photo."""

    left: int
    top: int
    right: int = Field(description="First column beyond the box.")
    bottom: int = Field(description="First row beyond the box.")
    threshold: float = Field(description="The fraction of the map's maximum.")


class Prediction(Contract):
    """One class: its score, and the map that accounts for it."""

    index: Annotated[int, Field(ge=0)]
    label: str
    probability: Probability
    logit: Finite = Field(description="The network's own output.")
    bias: Finite | None = Field(description="What the logit has from no cell at all; null where there is no map.")
    residual: Finite | None = Field(description="mean(cam) + bias - logit; null where there is no map.")
    cam: list[list[Finite]] | None = Field(description="The map, rows of columns, in logits: signed, not rescaled.")
    peak: PeakInfo | None
    box: BoxInfo | None = Field(description="Null where nothing is positive.")
    heatmap_url: str | None = Field(description="The map drawn by the server.")


class TimingInfo(Contract):
    """Where the time went, in milliseconds."""

    decode: Finite = Field(ge=0, description="From the file to the network's input.")
    queue: Finite = Field(ge=0, description="Waiting for the network.")
    forward: Finite = Field(ge=0, description="In the network; 0 where the numbers were found.")
    cam: Finite = Field(ge=0, description="From feature maps to class activation maps.")
    total: Finite = Field(ge=0, description="All of it, from when the upload is here; the disk is not waited for.")


class Explanation(Contract):
    """What a network said about a photo, and which parts of it made it say so."""

    id: str | None = Field(description="Unguessable; null where nothing was stored.")
    created_at: datetime
    model: ModelInfo
    image: ImageInfo
    input: InputInfo
    grid: GridInfo | None
    predictions: list[Prediction] = Field(description="The top k by probability, then the classes asked for.")
    cams_url: str | None = Field(description="All classes' maps: float32, K x rows x columns, NumPy's format.")
    page_url: str | None = Field(description="The same for people.")
    timing_ms: TimingInfo


class TopPrediction(Contract):
    """The first class of a summary."""

    index: int
    label: str
    probability: Probability


class ExplanationSummary(Contract):
    """One line of the history."""

    id: str
    created_at: datetime
    model: ModelInfo
    image: ImageInfo
    top: TopPrediction
    url: str
    page_url: str
    thumbnail_url: str


class ExplanationPage(Contract):
    """A part of the history, newest first."""

    items: list[ExplanationSummary]
    next: str | None = Field(description="The cursor of the next part; null at the end.")


class Scores(Contract):
    """Every class's numbers, in the order of the labels."""

    logits: list[Finite]
    probabilities: list[Probability]
    bias: list[Finite] | None = Field(description="Null where there are no maps.")


class ModelItem(Contract):
    """One bundle that can be asked."""

    id: str
    name: str
    labels_url: str
    head: str
    activation: Activation
    exact: bool
    metrics: dict[str, Any] | None = Field(description="What was measured when it was made; null where nothing was.")
    created_at: datetime


class ModelPage(Contract):
    """The bundles there are, the default first."""

    items: list[ModelItem]


class Labels(Contract):
    """The classes of a bundle, in the order of the logits."""

    items: list[str]


class Health(Contract):
    """Whether the server is alive or ready."""

    status: str
