"""The JSON contract of evaluations, version 1."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.jobs import JobState
from app.schemas import Contract, Finite, GridInfo, Probability, Side
from model.evaluation.records import Edges
from model.evaluation.triage import Group
from model.listing import Split
from model.runs import Stage

Count = Annotated[int, Field(ge=0)]
Label = Annotated[str, Field(min_length=1, max_length=200)]


class AskedEvaluation(Contract):
    """What is to be evaluated."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    model: Annotated[str, Field(min_length=1, max_length=300)] | None = Field(
        None, description="The id or name of the model; default the server's first."
    )
    dataset: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="The id of uploaded pictures; this or `folder`."
    )
    folder: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        None, description="A folder on the server, in one of those that its operator allows."
    )
    split: Split = Field(
        "val", description="Where a split is given: the pictures to judge by, or, `train`, those to learn from."
    )
    limit: Annotated[int, Field(ge=1, le=10**7)] | None = Field(
        None, description="A sample of so many pictures; default all."
    )
    labels: dict[Label, Label] = Field(
        default_factory=dict, description="What labels of the data are called by the network, or `index:N`."
    )
    boxes: str | None = Field(None, description="The file of boxes that came with it; null for none.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.dataset is None) == (self.folder is None):
            raise PydanticCustomError("one_source", "give either 'dataset' or 'folder'")
        return self


class EvaluationProgress(Contract):
    """How far the present stage is, in pictures."""

    stage: Stage
    done: Count
    total: Count
    seconds_left: float | None


class Evaluation(Contract):
    """An evaluation: asked for, waiting, under way, or over."""

    id: str = Field(description="Unguessable.")
    name: str = Field(description="Of the pictures.")
    model: str = Field(description="The id of the bundle that is judged.")
    model_name: str
    state: JobState
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    position: Annotated[int, Field(ge=1)] | None = Field(description="In the line; 1 is next, null: not waiting.")
    stopping: bool = Field(description="Whether it has been told to stop and has not yet.")
    asked: AskedEvaluation
    pictures: Count = Field(description="That are asked about.")
    stage: Stage | None = Field(description="The part of the work under way, or the last one that was.")
    progress: EvaluationProgress | None
    problems: list[str] = Field(description="A sentence each: pictures that were left out, and other things to know.")
    accuracy: Probability | None = Field(description="Share that is right; null until it is done.")
    error: str | None = Field(description="Why it failed, in a sentence.")
    yours: bool = Field(description="False: its operator put it on the server, for all to read.")
    url: str
    metrics_url: str | None = Field(description="Everything of the whole set; null until it is done.")
    pictures_url: str | None
    report_url: str | None
    page_url: str


class EvaluationPage(Contract):
    """One's own evaluations and those that are everybody's, newest first."""

    items: list[Evaluation]


class SortKey(StrEnum):
    """The figures by which pictures can be put in order."""

    NUMBER = "number"
    PROBABILITY = "probability"
    PROBABILITY_TRUE = "probability_true"
    MARGIN = "margin"
    LOSS = "loss"
    INSIDE = "inside"
    BORDER = "border"
    CORNER = "corner"
    CONCENTRATION = "concentration"
    GIVEN = "given"


class ClassName(Contract):
    """A class of the network."""

    index: Count
    label: str


class Mark(Contract):
    """A box around what the network should not have gone by, in pixels of the upright picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    left: Annotated[Finite, Field(ge=0)]
    top: Annotated[Finite, Field(ge=0)]
    right: Annotated[Finite, Field(gt=0)]
    bottom: Annotated[Finite, Field(gt=0)]


class Marks(Contract):
    """All that is marked on a picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: Annotated[list[Mark], Field(max_length=50)]


class EvidenceInfo(Contract):
    """Where what adds to the true class lies; shares are of what it gives, null where there is nothing to say."""

    inside: Probability | None = Field(description="In the given boxes.")
    pointing: bool | None = Field(description="Whether the strongest cell lies in one.")
    border: Probability = Field(description="Within a tenth of the picture from its edges.")
    corners: list[Probability] = Field(description="In each corner: left top, right top, left bottom, right bottom.")
    concentration: Probability | None = Field(description="From the strongest tenth of the cells.")
    given: float = Field(description="What the cells give on average, in logits.")


class PictureItem(Contract):
    """One picture, and what the network said of it."""

    number: Count
    path: str
    width: Side
    height: Side
    true: list[ClassName]
    said: ClassName
    probability: Probability
    probability_true: Probability = Field(description="Of the most probable true class.")
    margin: float = Field(description="How far the first logit is above the second.")
    loss: float
    right: bool
    groups: list[Group] = Field(description="Why it is worth a look.")
    grid: GridInfo | None = Field(description="Where the cells of its map lie; null where there is none.")
    boxes: list[Edges] = Field(description="Of the true classes: left, top, right, bottom.")
    evidence: EvidenceInfo | None = Field(description="null where the network has no maps.")
    marks: list[Mark] = Field(description="What somebody marked as a wrong reason.")
    thumbnail_url: str
    map_url: str | None = Field(description="The map of what was said, (rows, columns), in logits.")
    overlay_url: str | None = Field(description="The same over the thumbnail, drawn.")


class PicturePage(Contract):
    """Some pictures of an evaluation."""

    items: list[PictureItem]
    total: Count = Field(description="How many there are in all parts together.")
    groups: dict[Group, int] = Field(description="How many pictures are in each group, whatever is asked for here.")
    next: str | None = Field(description="Cursor of the part that follows; null after the last.")
