"""The JSON contract's part about two networks and one photo. What a field means is said here and nowhere else."""

from typing import Annotated, Literal

from pydantic import Field

from app.schemas import BoxInfo, Contract, Finite, GridInfo, ImageInfo, InputInfo, ModelInfo, Probability

Share = Annotated[float, Field(ge=0, le=1)]


class Ranked(Contract):
    """One of a network's likeliest classes."""

    index: Annotated[int, Field(ge=0)]
    label: str
    probability: Probability
    logit: Finite


class EvidenceInfo(Contract):
    """What a map's cells add to the logit and take from it, in logits: given - taken + bias = logit."""

    given: Annotated[Finite, Field(ge=0)]
    taken: Annotated[Finite, Field(ge=0)]


class ComparedClass(Ranked):
    """The class that is compared, under one network; null where its head has no map."""

    bias: Finite | None = Field(description="What the logit has from no cell at all.")
    residual: Finite | None = Field(description="mean(cam) + bias - logit.")
    cam: list[list[Finite]] | None = Field(description="The map, rows of columns, in logits.")
    box: BoxInfo | None = Field(description="The largest region above a fifth of the map's maximum.")
    evidence: EvidenceInfo | None


class LookInfo(Contract):
    """What one network says of the photo."""

    model: ModelInfo
    pixels: Literal["stored", "uploaded"] = Field(
        description="Which pixels it was given: the uploaded file's where both models have explained that very file "
        "(or, before, where the explanation's own model is gone); else the stored copy's."
    )
    input: InputInfo
    grid: GridInfo | None
    top: list[Ranked] = Field(description="Its likeliest classes.")
    chosen: ComparedClass


class DifferenceInfo(Contract):
    """The map after minus the map before."""

    grid: GridInfo
    cam: list[list[Finite]] = Field(description="Rows of columns, in logits.")
    limit: Annotated[Finite, Field(ge=0)] = Field(description="Its largest magnitude, in logits.")
    exact: bool = Field(
        description="Both maps have the same cells. Otherwise both were resized to the finer of the two rasters, "
        "bilinear between cell centres."
    )
    shift: Finite = Field(description="(logit - bias) after minus before.")
    residual: Finite = Field(description="mean(cam) - shift: rounding where exact, else what the resizing brought in.")


class SharesInfo(Contract):
    """Which part of what a map gives, and of what it takes, lies in a region; null where there is nothing."""

    given: Share | None
    taken: Share | None


class RegionInfo(Contract):
    """Where evidence was measured, in pixels of the photo; cells partly in it count by area."""

    kind: Literal["before", "after", "drawn"] = Field(
        description="The box of the map before, the box of the map after, or the region asked for, cut to the photo."
    )
    left: Finite
    top: Finite
    right: Finite
    bottom: Finite
    area: Share = Field(description="Its share of the photo's area.")
    before: SharesInfo
    after: SharesInfo


class ComparedInfo(Contract):
    """What two networks say of one photo, and how the evidence for one class moved."""

    before: LookInfo
    after: LookInfo
    match: Literal["label", "chosen", "none"] = Field(
        description="Why the two classes are taken for one: equal labels (whatever their case, underscores and "
        "spaces), or `other`. none: they are not, so there is no difference."
    )
    shared_classes: Annotated[int, Field(ge=0)] = Field(description="How many classes both networks know.")
    limit: Annotated[Finite, Field(ge=0)] = Field(
        description="Largest magnitude in either map, in logits: full colour of both."
    )
    difference: DifferenceInfo | None
    moved: Share | None = Field(
        description="How much of the given evidence lies elsewhere than before: 0 none of it, 1 all of it."
    )
    regions: list[RegionInfo]


class ComparisonInfo(ComparedInfo):
    """One stored photo under two networks."""

    explanation_id: str
    image: ImageInfo
    picture_url: str
    page_url: str
