"""The JSON contract's part about global pooling. What a field means is said here and nowhere else."""

from pydantic import Field

from app.learn_judging import Pool
from app.learn_views import View
from app.schemas import Contract, Finite
from app.schemas_learn import Count


class SizeInfo(Contract):
    """The photo at a size."""

    scale: Finite
    width: Count = Field(description="Of the input, in pixels.")
    height: Count
    rows: Count = Field(description="Of the last maps.")
    columns: Count
    cells: Count = Field(description="How many numbers all the last maps have.")
    vector: Count = Field(description="How many numbers are left after pooling: one a map.")
    index: Count = Field(description="The most probable class.")
    label: str
    logit: Finite
    likeness: Finite = Field(description="Cosine between the means of the maps and those at the first size.")


class SizesInfo(Contract):
    """The photo at several sizes."""

    photo: str
    sizes: list[SizeInfo]


class JudgedViewInfo(Contract):
    """How a head names one view of everything it has learned."""

    view: View
    learned: bool = Field(description="Whether it has learned from it.")
    count: Count
    right: Count = Field(description="How many of them it names rightly.")
    lead: Finite = Field(description="Lead of the right one over the next, on average.")


class JudgedInfo(Contract):
    """A head that was learned from some views of each thing and judged by the others."""

    name: Pool = Field(description="What it is given of each map.")
    parameters: Count
    learned: Count = Field(description="How many views it has learned from.")
    learned_right: Count = Field(description="How many of them it names rightly.")
    learned_lead: Finite = Field(description="Lead of the right one over the next, on average.")
    new: Count = Field(description="How many views it had not seen.")
    new_right: Count
    new_lead: Finite
    views: list[JudgedViewInfo]


class HeadsInfo(Contract):
    """Heads learned from a few photos when this was asked."""

    photo: str
    heads: list[JudgedInfo]
    verdict: str = Field(description="What came out, for people.")
