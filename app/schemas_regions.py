"""The JSON contract, version 1: where a class's strong evidence lies."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.schemas import BoxInfo, Contract, Finite, Probability

Place = Annotated[list[Finite], Field(min_length=2, max_length=2)]
Line = Annotated[list[Place], Field(min_length=3)]


class RegionFormat(StrEnum):
    """How regions are written."""

    JSON = "json"
    COCO = "coco"
    VOC = "voc"
    MASK = "mask"


class RegionInfo(Contract):
    """One connected region of strong evidence, in pixels of the photo."""

    box: BoxInfo
    polygons: Annotated[list[Line], Field(min_length=1)] = Field(
        description="The line around it, clockwise, then those around its holes: [x, y] each, closed to the first."
    )
    area: Finite = Field(description="What the lines enclose, in square pixels.")
    share: Probability = Field(description="Which part of all that speaks for the class lies in it.")


class ClassRegionsInfo(Contract):
    """A class and its regions."""

    index: Annotated[int, Field(ge=0)]
    label: str
    probability: Probability
    regions: list[RegionInfo] = Field(description="The largest first; none where nothing is positive.")


class RegionsInfo(Contract):
    """Where the strong evidence of some classes lies."""

    width: Annotated[int, Field(gt=0)] = Field(description="Of the photo, in pixels.")
    height: Annotated[int, Field(gt=0)] = Field(description="Of the photo, in pixels.")
    threshold: Finite = Field(description="The fraction of a map's maximum that its regions exceed.")
    classes: list[ClassRegionsInfo] = Field(description="In the order asked for.")


class CocoInfo(Contract):
    """What a COCO file is about, and how its regions were found."""

    description: str
    model: str = Field(description="The bundle's id.")
    scale: str = Field(description='Of the network\'s input, or "fused".')
    threshold: Finite = Field(description="The fraction of a map's maximum that its regions exceed.")


class CocoImage(Contract):
    """A photo in a COCO file."""

    id: int
    file_name: str
    width: int
    height: int


class CocoAnnotation(Contract):
    """A region in a COCO file."""

    id: int
    image_id: int
    category_id: int = Field(description="The class's index + 1.")
    bbox: list[int] = Field(description="Left, top, width and height in pixels.")
    segmentation: list[list[Finite]] = Field(description="Polygons: x, y, x, y …; holes are cut in.")
    area: Finite
    iscrowd: int
    score: Probability = Field(description="The class's probability.")
    share: Probability = Field(description="Which part of all that speaks for the class lies in it.")


class CocoCategory(Contract):
    """A class in a COCO file."""

    id: int
    name: str
    supercategory: str


class Coco(Contract):
    """COCO's object detection format."""

    info: CocoInfo
    images: list[CocoImage]
    annotations: list[CocoAnnotation]
    categories: list[CocoCategory]
