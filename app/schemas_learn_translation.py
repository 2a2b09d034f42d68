"""The JSON contract's part about a photo that is moved. What a field means is said here and nowhere else."""

from pydantic import Field

from app.schemas import Contract, Finite, GridInfo, Probability
from app.schemas_learn import Count
from app.schemas_learn_location import Map
from model.shifting import Edge


class MovedSide(Contract):
    """A class before or after the photo was moved."""

    logit: Finite
    probability: Probability
    map: Map | None = Field(description="Rows of cells, in logits; null where the network keeps no location.")


class MovedLayer(Contract):
    """How far a layer's maps moved along."""

    name: str
    stride: Finite = Field(description="Input pixels between two of its cells.")
    cells_right: Finite = Field(description="How many of its cells the photo was moved.")
    cells_down: Finite
    along: Finite = Field(description="Correlation with the photo's own maps, moved as far: 1 where all moved along.")
    stayed: Finite = Field(description="Correlation with the photo's own maps as they were.")


class MovedInfo(Contract):
    """A photo moved: what moved along, and what stayed."""

    photo: str
    right: int
    down: int
    edge: Edge
    width: Count = Field(description="Of the input, in pixels.")
    height: Count
    grid: GridInfo | None = Field(description="Where the map's cells lie on the photo; null where there is no map.")
    strongest: Finite | None = Field(description="What both maps' strongest colour stands for, in logits.")
    fill: list[int] = Field(description="The photo's mean colour: red, green, blue.")
    index: Count = Field(description="The class that was the most probable one.")
    label: str
    before: MovedSide
    after: MovedSide
    first: str = Field(description="The class that is the most probable one now.")
    layers: list[MovedLayer]
    sentences: list[str] = Field(description="The same for people.")


class FollowedClass(Contract):
    """A class, shift by shift."""

    index: Count
    label: str
    logits: list[Finite]
    probabilities: list[Probability]


class FollowedLayer(Contract):
    """How far a layer's maps moved along, shift by shift."""

    name: str
    stride: Finite = Field(description="Input pixels between two of its cells.")
    along: list[Finite] = Field(description="Correlation with the photo's own maps, moved as far.")
    inner: list[Finite] | None = Field(
        description="The same of cells that lie, and came from, further than `border` from the border: what is less "
        "than 1 here is aliasing. Null where there are no such cells."
    )


class MovedCurvesInfo(Contract):
    """Classes and layers while the photo is moved to the right, a pixel at a time."""

    photo: str
    edge: Edge
    shifts: list[Count] = Field(description="In pixels of the input.")
    border: Count = Field(description="How far inner cells are from it, in pixels of the input, about.")
    first: Count = Field(description="For how many shifts the first class was the most probable of all.")
    classes: list[FollowedClass] = Field(description="The most probable ones of the photo that is not moved.")
    layers: list[FollowedLayer] = Field(description="The first layer of each stride; of the largest one the last.")
    sentences: list[str] = Field(description="The same for people.")
