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


class CoveredInfo(Contract):
    """A part of the photo covered, and what one class made of it."""

    photo: str
    index: Count
    label: str
    row: Count
    column: Count
    rows: Count
    columns: Count
    before: SideInfo
    after: SideInfo
    inside: Finite = Field(description="What the covered cells brought to the change of the logit.")
    outside: Finite = Field(description="What the other cells brought: they see beyond their squares.")
    fill: list[int] = Field(description="The photo's mean colour, which is there instead: red, green, blue.")
    sentences: list[str] = Field(description="The same for people.")


class LearnedInfo(Contract):
    """A head learned at once from a few photos, before the first of them."""

    parameters: Count
    ordered: list[Finite] = Field(description="Its scores for the photo, one for each photo it has learned.")
    shuffled: list[Finite] = Field(description="Its scores for the photo's shuffled maps.")
    lead: Finite = Field(description="Of the photo over the next, on average of the shuffles that were tried.")
    right: Count = Field(description="Of the shuffles that were tried, how often the photo still came first.")


class FlattenedInfo(Contract):
    """Two heads learned from the photo and the examples: of the maps' means, and of every cell."""

    photo: str
    photos: list[str] = Field(description="What was learned, the photo first; empty for one's own.")
    shuffles: Count = Field(description="How many were tried.")
    means: LearnedInfo
    cells: LearnedInfo
    sentences: list[list[str]] = Field(description="For both heads, what each calls the photo, for people.")
