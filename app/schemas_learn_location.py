"""The JSON contract's part about where the location goes. What a field means is said here and nowhere else."""

from pydantic import Field

from app.schemas import Contract, Finite, Probability
from app.schemas_learn import Count

Map = list[list[Finite]]


class ShuffledClass(Contract):
    """A class's logit before and after the cells were shuffled."""

    index: Count
    label: str
    logit: Finite = Field(description="The network's own.")
    ordered: Finite = Field(description="From the means of the maps.")
    shuffled: Finite = Field(description="From the means of the shuffled maps.")
    pieces: Finite = Field(description="The network's own for the photo cut into pieces, in the same order.")
    probability: Probability
    pieces_probability: Probability


class ShuffledInfo(Contract):
    """The cells of a photo's maps in another order: what stays and what does not."""

    photo: str
    rows: Count
    columns: Count
    order: list[Count] = Field(description="Cell i of the shuffled maps is cell order[i], counted row by row.")
    means: Count = Field(description="How many maps are averaged.")
    means_same: Count = Field(description="How many means are the same to the last bit.")
    logits_same: Count = Field(description="The same of all classes' logits.")
    classes: list[ShuffledClass] = Field(description="The five most probable.")
    sentences: list[str] = Field(description="What became of the photo in pieces, for people.")


class SideInfo(Contract):
    """A class before or after a part of the photo was covered."""

    logit: Finite
    probability: Probability
    map: Map = Field(description="Rows of cells, in logits; their mean and the bias are the logit.")


class PartInfo(Contract):
    """What some cells give to a logit: the sum of their part of the map, divided by the number of all cells."""

    before: Finite
    after: Finite


class CoveredInfo(Contract):
    """Cells of a photo covered, and what one class made of it."""

    photo: str
    index: Count
    label: str
    cells: list[Count] = Field(description="Which, by number: counted row by row from 0.")
    before: SideInfo
    after: SideInfo
    inside: PartInfo = Field(description="From the covered cells; with the others' and the bias it is the logit.")
    outside: PartInfo = Field(description="From the other cells, which see beyond their squares.")
    fill: list[int] = Field(description="The photo's mean colour, which is there instead: red, green, blue.")
    sentences: list[str] = Field(description="The same for people.")
    lines: list[list[str]] = Field(description="What the logit is made of, before and after, for people.")


class KnownClass(Contract):
    """What a network says of a photo for one class."""

    index: Count
    label: str
    logit: Finite
    bias: Finite = Field(description="The logit less the mean of the class's map.")
    probability: Probability


class ClassesInfo(Contract):
    """What a network says of a photo, for all its classes."""

    photo: str
    classes: list[KnownClass]


Scores = list[list[Finite]]


class LearnedInfo(Contract):
    """A head learned at once from a photo and its mirror images."""

    parameters: Count
    ordered: Scores = Field(description="Its scores, a row for each view; learned to be 1 for its own and 0 else.")
    shuffled: Scores = Field(description="Its scores for the views' maps in the order that was asked for.")
    right: list[Count] = Field(description="Of the shuffles that were tried, how often each view was still told.")


class FlattenedInfo(Contract):
    """Two heads learned to tell a photo from its mirror images: from the maps' means, and from every cell."""

    photo: str
    views: list[str] = Field(description="What was learned: the photo as it is, mirrored, upside down, and turned.")
    shuffles: Count = Field(description="How many were tried of each.")
    means: LearnedInfo
    cells: LearnedInfo
    sentences: list[str] = Field(description="What shuffling does to both, for people.")
