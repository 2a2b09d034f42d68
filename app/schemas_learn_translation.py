"""The JSON contract's part about a photo that is moved. What a field means is said here and nowhere else."""

from pydantic import Field

from app.schemas import Contract, Finite, Probability
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
    fill: list[int] = Field(description="The photo's mean colour: red, green, blue.")
    index: Count = Field(description="The class that was the most probable one.")
    label: str
    before: MovedSide
    after: MovedSide
    first: str = Field(description="The class that is the most probable one now.")
    layers: list[MovedLayer]
    sentences: list[str] = Field(description="The same for people.")


class MovedCurvesInfo(Contract):
    """A class while the photo is moved to the right, a little further each time."""

    photo: str
    edge: Edge
    index: Count
    label: str
    shifts: list[Count] = Field(description="In pixels of the input.")
    logits: list[Finite]
    probabilities: list[Probability]
    along: list[Finite] | None = Field(
        description="Correlation of the last maps with the photo's own, moved as far; null where there are none."
    )
