"""The JSON contract of evaluations, version 1."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from app.schemas import Contract, Finite, GridInfo, Probability, Side
from app.schemas_jobs import Count, Source, Standing
from model.evaluation.records import Edges
from model.evaluation.triage import Group

Label = Annotated[str, Field(min_length=1, max_length=200)]
ScaleName = Literal["1", "1.5", "2", "3", "fused"]
MOST_ASKED_AGAIN, MOST_COMPARED = 10_000, 1000


class AskedEvaluation(Source):
    """What is to be evaluated."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    model: Annotated[str, Field(min_length=1, max_length=300)] | None = Field(
        None, description="The id or name of the model; default the server's first."
    )
    limit: Annotated[int, Field(ge=1, le=10**7)] | None = Field(
        None, description="A sample of so many pictures; default all."
    )
    labels: dict[Label, Label] = Field(
        default_factory=dict, description="What labels of the data are called by the network, or `index:N`."
    )
    boxes: str | None = Field(None, description="The file of boxes that came with it; null for none.")
    masks: str | None = Field(None, description="The file of masks that came with it; null for none.")
    scales: list[ScaleName] | None = Field(
        None, description="Ways to look; default scale 1, and all of them where there are boxes or masks."
    )
    faithfulness: Annotated[int, Field(ge=0, le=MOST_ASKED_AGAIN)] = Field(
        0, description="Pictures that are asked about again without their evidence."
    )
    sanity: Annotated[int, Field(ge=0, le=MOST_COMPARED)] = Field(
        0, description="Pictures whose maps are compared with those of the network as it forgets."
    )
    threshold_step: Annotated[float, Field(ge=0.001, le=0.5)] = Field(0.01, description="Between thresholds of a map.")
    seed: Annotated[int, Field(ge=0, le=2**31)] = Field(0, description="Of whatever samples are drawn.")


class Evaluation(Standing):
    """An evaluation: asked for, waiting, under way, or over."""

    name: str = Field(description="Of the pictures.")
    model: str = Field(description="The id of the bundle that is judged.")
    model_name: str
    asked: AskedEvaluation
    pictures: Count = Field(description="That are asked about.")
    accuracy: Probability | None = Field(description="Share that is right; null until it is done.")
    yours: bool = Field(description="False: its operator put it on the server, for all to read.")
    metrics_url: str | None = Field(description="Everything of the whole set; null until it is done.")
    pictures_url: str | None
    report_url: str | None


class EvaluationPage(Contract):
    """One's own evaluations and those that are everybody's, newest first."""

    items: list[Evaluation]


class SortKey(StrEnum):
    """The figures by which pictures can be put in order."""

    WORST = "worst"
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
    edges: list[Probability] = Field(description="Along each edge, a fifth wide: left, top, right, bottom.")
    concentration: Probability | None = Field(description="From the strongest tenth of the cells.")
    given: float = Field(description="What the cells give on average, in logits.")


class PictureItem(Contract):
    """One picture, and what the network said of it."""

    number: Count
    path: str
    width: Side
    height: Side
    true: list[ClassName] = Field(description="The most probable first.")
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
    photo_url: str = Field(description="A large copy, as long as the picture is where it was.")
    map_url: str | None = Field(description="The map of what was said, (rows, columns), in logits.")
    overlay_url: str | None = Field(description="The same over the thumbnail, drawn.")
    true_map_url: str | None = Field(description="The map of the first of `true`, of which `evidence` tells.")
    true_overlay_url: str | None = Field(description="The same over the thumbnail, drawn.")


class PicturePage(Contract):
    """Some pictures of an evaluation."""

    items: list[PictureItem]
    total: Count = Field(description="How many there are in all parts together.")
    groups: dict[Group, int] = Field(description="How many pictures are in each group, whatever is asked for here.")
    next: str | None = Field(description="Cursor of the part that follows; null after the last.")
