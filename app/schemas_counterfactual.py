"""The JSON contract's part about altered photos. What a field means is said here and nowhere else."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.schemas import Contract, Finite, GridInfo, Probability, TimingInfo
from app.schemas_compare import Ranked, Share
from app.schemas_scales import OneScale
from model.coverage import MOST_POINTS

LONGEST_LABEL = 1000
MOST_CELLS = 1024  # along one side: no network of ours has as many
FARTHEST = 1e9  # pixels: no photo has as many

Coordinate = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST, allow_inf_nan=False)]
Fraction = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Label = Annotated[str, Field(min_length=1, max_length=LONGEST_LABEL)]
Magnitude = Annotated[Finite, Field(ge=0)]
FillName = Literal["blur", "mean"]
ChangeName = Literal["erase", "keep"]
EVIDENCE = 0.2


class Subject(Contract):
    """Which class, and what comes in place of what is taken out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, protected_namespaces=())

    label: Label | None = Field(
        None, alias="class", description="A label, or `index:285`; default the most probable class."
    )
    versus: Label | None = Field(
        None, description="Another class: then evidence, margin and split are of the difference of the two."
    )
    fill: FillName = Field("blur", description="The photo blurred (by a tenth of its side), or its mean colour.")
    scale: OneScale | None = Field(
        None, description="Of the network's input, for a finer grid; default the explanation's own."
    )


class CounterfactualAsked(Subject):
    """A part of the photo, and what is to be done to it. One of `evidence`, `region`, `polygon` and `cells`."""

    change: ChangeName = Field("erase", description="Take the part out, or everything else.")
    evidence: Fraction | None = Field(
        None, description=f"This part of the cells that add to the class, the strongest; {EVIDENCE} without any place."
    )
    region: Annotated[list[Coordinate], Field(min_length=4, max_length=4)] | None = Field(
        None, description="left, top, right, bottom in pixels of the photo.", examples=[[0, 0, 250, 187.5]]
    )
    polygon: (
        Annotated[
            list[Annotated[list[Coordinate], Field(min_length=2, max_length=2)]],
            Field(min_length=3, max_length=MOST_POINTS),
        ]
        | None
    ) = Field(None, description="An outline's points x, y in pixels of the photo; it closes by itself.")
    cells: (
        Annotated[
            list[Annotated[list[Part], Field(min_length=1, max_length=MOST_CELLS)]],
            Field(min_length=1, max_length=MOST_CELLS),
        ]
        | None
    ) = Field(None, description="The part of each cell, rows of columns as in `grid`, 0 to 1.")
    network: bool = Field(
        True, description="False: what the head says alone; the network is not asked about an altered photo."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.evidence, self.region, self.polygon, self.cells)) > 1:
            raise PydanticCustomError("one_place", "give one of 'evidence', 'region', 'polygon' and 'cells'")
        return self


class CurveAsked(Subject):
    """For which class the photo is erased, and built up, step by step."""

    steps: Annotated[int, Field(ge=3, le=21)] = Field(
        11, description="Points of each curve, the whole photo and none of it among them."
    )


class ClassInfo(Contract):
    """A class."""

    index: Annotated[int, Field(ge=0)]
    label: str


class ScoresInfo(Contract):
    """What is said of the class that was asked about."""

    logit: Finite
    probability: Probability
    margin: Finite | None = Field(description="Its logit less the other class's; null where there is no other.")
    top: list[Ranked] = Field(description="The likeliest classes.")


class ScoreInfo(Contract):
    """What one class has."""

    logit: Finite
    probability: Probability


class ClassScoresInfo(ClassInfo):
    """One class before and after."""

    before: ScoreInfo
    predicted: ScoreInfo
    actual: ScoreInfo | None = Field(description="Null where the network was not asked.")


class ContributionInfo(ClassInfo):
    """What a class has from the part of the photo, and which part of all that it has from anywhere."""

    given: Magnitude = Field(description="What the part adds to the logit.")
    taken: Magnitude = Field(description="What it takes from the logit.")
    share_of_given: Share | None = Field(description="Of all that is added; null where nothing is.")
    share_of_taken: Share | None = Field(description="Of all that is taken; null where nothing is.")


class SplitInfo(Contract):
    """Why network and head differ, in logits: difference = context + filling + rescaling."""

    difference: Finite = Field(description="Actual less predicted logit; of the margin where there is another class.")
    context: Finite = Field(description="From cells that are left: they saw beyond their square.")
    filling: Finite = Field(description="From the filled cells: of the fill, and of what they see around it.")
    rescaling: Finite = Field(
        description="From a head that is not linear, for which the other two are those of the maps; else rounding."
    )


class PlaceInfo(Contract):
    """The part of the photo that was asked about."""

    kind: Literal["evidence", "region", "polygon", "cells"]
    cells: list[list[Part]] = Field(description="The part of each cell that it covers, rows of columns.")
    area: Share = Field(description="As a share of the photo.")


class CounterfactualInfo(Contract):
    """A photo without a part of it: what the head predicts, and what the network says."""

    explanation_id: str
    subject: ClassInfo = Field(description="The class that was asked about.")
    versus: ClassInfo | None
    change: ChangeName
    fill: FillName
    place: PlaceInfo
    scale: float = Field(description="Of the network's input.")
    grid: GridInfo
    pixels: Literal["stored", "uploaded"] = Field(
        description="Whose scores `before` has: the stored copy's, which is what is altered; or the uploaded file's, "
        "as they were kept, where no pass was needed."
    )
    linear: bool = Field(
        description="Whether the head is linear in the features: prediction and split then follow from the maps alone."
    )
    before: ScoresInfo
    predicted: ScoresInfo = Field(description="The head on features that lack what was taken out.")
    actual: ScoresInfo | None = Field(description="The network on the altered photo; null where it was not asked.")
    classes: list[ClassScoresInfo] = Field(
        description="The class that was asked about, then the likeliest before, as predicted, and as the network says."
    )
    contributions: list[ContributionInfo] = Field(
        description="Of the likeliest classes before, then of those asked about."
    )
    split: SplitInfo | None
    sentences: list[str] = Field(description="The same for people.")
    picture_url: str | None = Field(description="The altered photo; null where its address would be too long.")
    timing_ms: TimingInfo


class CurveLine(Contract):
    """One order of cells: what the network says at each step."""

    logits: list[Finite]
    probabilities: list[Probability]
    area_logit: Finite = Field(description="Mean height of the logits, over the share of cells.")
    area_probability: Probability = Field(description="Mean height of the probabilities.")


class CurvePair(Contract):
    """In the order of the map, and beside it in an order by chance, the same each time."""

    by_map: CurveLine
    by_chance: CurveLine


class CurveInfo(Contract):
    """The network on a photo that loses, and on one that gains, cell after cell."""

    explanation_id: str
    subject: ClassInfo
    versus: ClassInfo | None = Field(description="Where there is one, cells are in the order of the maps' difference.")
    fill: FillName
    scale: float = Field(description="Of the network's input.")
    cells: list[Annotated[int, Field(ge=0)]] = Field(description="How many cells are changed at each step.")
    shares: list[Share] = Field(description="The same as shares of all cells.")
    deletion: CurvePair = Field(description="The photo loses the first cells; lower is better.")
    insertion: CurvePair = Field(description="The filled photo gets the first cells; higher is better.")
    sentence: str = Field(description="The same for people.")
    timing_ms: TimingInfo
