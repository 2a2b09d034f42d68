"""What is kept of an evaluation: settings.json, a line a picture, and metrics.json for all of them.

Pixels are those of the upright picture, logits and maps the network's own. A class is named by its index among the
network's labels.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from model.evaluation.figures import (
    ClassificationFigures,
    FaithfulnessFigures,
    LocalisationFigures,
    SanityFigures,
)
from model.figures import Count, GridFigures, Share
from model.spec import Record

Edges = tuple[float, float, float, float]
"""A box: left, top, right and bottom, the last two excluded."""

Side = Annotated[int, Field(gt=0)]


class MapPlaces(Record):
    """Where a picture's maps lie in maps.bin, counted in numbers of four bytes; true: None without a true class."""

    said: Count
    true: Count | None


class EvidenceFigures(Record):
    """Where what adds to the true class lies, by the map of scale 1; all shares are of what it gives.

    Attributes:
        inside: share in the boxes or the mask; None where there are none
        pointing: whether the peak lies in a box or on the mask; None where there are none
        border: share from the outer tenth of the picture on each of its sides, cells counting by area
        corners: shares from the corners of a fifth by a fifth: left top, right top, left bottom, right bottom
        edges: shares from along the edges, a fifth wide: left, top, right, bottom
        concentration: model.concentration; None where nothing is given
        given: sum of what the cells give, by their number, in logits
        zone: the strongest ninth, row by row (model.zones); None where none is
    """

    inside: Share | None
    pointing: bool | None
    border: Share
    corners: tuple[Share, Share, Share, Share]
    edges: tuple[Share, Share, Share, Share]
    concentration: Share | None
    given: Annotated[float, Field(ge=0)]
    zone: Annotated[int, Field(ge=0, le=8)] | None


class Place(StrEnum):
    """Where on a picture a watermark may be: corners, then edges, in the order of EvidenceFigures."""

    LEFT_TOP = "left_top"
    RIGHT_TOP = "right_top"
    LEFT_BOTTOM = "left_bottom"
    RIGHT_BOTTOM = "right_bottom"
    LEFT = "left"
    TOP = "top"
    RIGHT = "right"
    BOTTOM = "bottom"


class RecurringPlace(Record):
    """A place that a class takes evidence from, and others do not (model/evaluation/recurring.py).

    Attributes:
        index: of the class
        place: where
        share: of its right pictures' evidence that lies there, on average
        others: the same of all other classes' right pictures
        oftener: the chance that a picture of the class has more there than one of another
        usual: what 95 of 100 pictures of other classes have at most
    """

    index: Count
    place: Place
    share: Share
    others: Share
    oftener: Share
    usual: Share


class PictureRecord(Record):
    """One picture that the network answered, at scale 1.

    Attributes:
        number: its place in the listing, from 0 on; thumbnails are numbered like it
        path: as it was listed
        width: in pixels
        height: in pixels
        true: its classes
        said: the most probable class
        top: the most probable classes, five at most, each with its probability
        probability: of what was said
        probability_true: of the most probable true class
        margin: the highest logit less the second
        loss: cross-entropy of the most probable true class; of a sigmoid's classes the mean of all
        right: whether what was said is true
        grid: where the cells lie; None where the network has no maps
        maps: where the maps of `said` and of the most probable true class lie; None likewise
        boxes: of the true classes
        evidence: None where there are no maps
        trouble: what is wrong with what is drawn on it; None where nothing is (model.evaluation.marks)
        problem: None, always: a picture with one is a LeftOut
    """

    number: Count
    path: str
    width: Side
    height: Side
    true: Annotated[tuple[Count, ...], Field(min_length=1)]
    said: Count
    top: tuple[tuple[Count, Share], ...]
    probability: Share
    probability_true: Share
    margin: Annotated[float, Field(ge=0)]
    loss: Annotated[float, Field(ge=0)]
    right: bool
    grid: GridFigures | None
    maps: MapPlaces | None
    boxes: tuple[Edges, ...] = ()
    evidence: EvidenceFigures | None = None
    trouble: Literal["unusable", "beside", "empty", "scaled", "cut"] | None = None
    problem: None = None


class LeftOut(Record):
    """A picture that could not be read or answered, and why."""

    number: Count
    path: str
    true: tuple[Count, ...]
    problem: Annotated[str, Field(min_length=1)]


class EvaluationSettings(Record):
    """settings.json: what was asked.

    Attributes:
        bundle: id of the model folder
        data: the folder or table, as it was named
        listing: sha256 of the pictures' names, sizes and classes, in their order, and of what is drawn on them
        pictures: how many there are
        scales: names of the looks that are taken (model.scales)
        boxes: name of the file or folder of boxes; None for none
        masks: name of the folder of masks; None for none
        renamed: labels of the data that mean others of the network
        limit: of a sample; None for all pictures
        seed: of the sample and of what is drawn from the pictures later
        step: between thresholds of a map
        raster: longest side of the raster that regions are found on, in pixels
        faithfulness: pictures that are asked again without their evidence; 0 for none
        sanity: pictures whose maps are compared with those of a spoiled network; 0 for none
    """

    schema_version: Literal[1] = 1
    created_at: datetime
    bundle: str
    data: str
    listing: str
    pictures: Count
    scales: tuple[str, ...] = ("1",)
    boxes: str | None = None
    masks: str | None = None
    renamed: dict[str, str] = Field(default_factory=dict)
    limit: Count | None = None
    seed: Count = 0
    step: Annotated[float, Field(gt=0, lt=1)] = 0.01
    raster: Side = 256
    faithfulness: Count = 0
    sanity: Count = 0


class EvaluatedModel(Record):
    """The network: id and name of its folder, kind of its head, its labels."""

    id: str
    name: str
    head: str
    labels: tuple[str, ...]


class EvaluatedData(Record):
    """The pictures.

    Attributes:
        name: of the folder or table
        pictures: that were answered
        unreadable: that were not
        classes: answered pictures of each class that has some, by index
    """

    name: str
    pictures: Count
    unreadable: Count
    classes: dict[int, Count]


class EvaluationMetrics(Record):
    """metrics.json: everything of the whole set.

    Attributes:
        localisation: None without boxes and masks, or where the network has no maps
        faithfulness: None where it was not asked for
        sanity: likewise
        recurring: places that single classes take evidence from
    problems: one sentence each
        seconds: by stage
    """

    schema_version: Literal[1] = 1
    created_at: datetime
    model: EvaluatedModel
    data: EvaluatedData
    settings: EvaluationSettings
    classification: ClassificationFigures
    localisation: LocalisationFigures | None = None
    faithfulness: FaithfulnessFigures | None = None
    sanity: SanityFigures | None = None
    recurring: tuple[RecurringPlace, ...] = ()
    problems: tuple[str, ...] = ()
    seconds: dict[str, float] = Field(default_factory=dict)
