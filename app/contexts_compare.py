"""What the page of comparisons is given."""

from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Entry, Page
from app.schemas_compare import ComparisonInfo
from app.shown import Stop


@dataclass(frozen=True)
class Option:
    """A choice of a form: what it sends, and what it says."""

    value: str
    title: str


@dataclass(frozen=True)
class CompareForm:
    """What can be chosen, and what is.

    Attributes:
        model: the bundle that is chosen, its id
        swap: whether it is the one before, as far as that was asked for
        models: the bundles to choose from
        known: classes that both networks know, the likeliest first
        before_only: the likeliest classes that only the network before knows
        after_only: the same of the network after
        chosen: the class, as the form sends it
        other: a class of the network after that was named for it; empty for the one of the same name
        others: classes of the network after
        edges: of the drawn region: left, top, right, bottom in photo pixels; empty where there is none
    """

    model: str
    swap: str
    models: tuple[Option, ...]
    known: tuple[Option, ...]
    before_only: tuple[Option, ...]
    after_only: tuple[Option, ...]
    chosen: str
    other: str
    others: tuple[Option, ...]
    edges: tuple[str, str, str, str]


@dataclass(frozen=True)
class AccountRow:
    """A line of the account in logits: before, after and the change, None where there is no map."""

    title: str
    before: str | None
    after: str | None
    change: str | None


@dataclass(frozen=True)
class Bar:
    """A share from 0 to 1 as a bar, and in words; 0 and a dash where there is nothing to share."""

    title: str
    share: float
    words: str


@dataclass(frozen=True)
class ShareRow:
    """A region: what it is, a sentence on what lies in it, and the bars of it; kind as the API names it."""

    kind: str
    title: str
    sentence: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Legend:
    """The colours of one or more maps, and the value in logits at the right end; the left end is its negative."""

    lowest: str
    highest: str
    ramp: tuple[Stop, ...]


@dataclass(frozen=True)
class Told:
    """A comparison in words.

    Attributes:
        title: which class
        no_difference: why nothing can be subtracted, where that is so
        one_class: that two names were taken for one class, where that is so
        pixels: what the networks were given
        resized: how maps of different cells were brought together, where they were
        moved: how much of the evidence lies elsewhere
        proof: that the difference of the maps accounts for that of the scores
        off: by how much it fails to
        account: the scores as sums
        opposite: why probability and logit went different ways, where they did
        shares: what lies where; a drawn region's comes last, empty where there is none
        no_region: what to do where no region is drawn
        both: the two maps' legend
        difference: the difference's
    """

    title: str
    no_difference: str | None
    one_class: str | None
    pixels: str
    resized: str | None
    moved: str | None
    proof: str | None
    off: str | None
    account: tuple[AccountRow, ...]
    opposite: str | None
    shares: tuple[ShareRow, ...]
    no_region: str
    both: Legend | None
    difference: Legend | None


@dataclass(frozen=True)
class CompareLinks:
    """Addresses that belong to a comparison.

    Attributes:
        explanation: the page of the explanation
        api: the comparison as JSON
        picture: all maps as one PNG file
        swapped: the same with before and after exchanged
        as_one: the two classes taken for one, whatever their names
        panels: the address of one map's PNG file, by its name
        choices: of each class in the two lists, by side and index
        file_name: for downloads, without suffix
    """

    explanation: str
    api: str
    picture: str
    swapped: str
    as_one: str
    panels: dict[str, str]
    choices: dict[str, tuple[str, ...]]
    file_name: str


@dataclass(frozen=True)
class ComparePage(Page):
    """One photo under two networks.

    Attributes:
        shape: of the photo's frame, as on the prediction page
    """

    template: ClassVar[str] = "compare.html"
    comparison: ComparisonInfo
    told: Told
    form: CompareForm
    links: CompareLinks
    shape: str


@dataclass(frozen=True)
class ComparePhotosPage(Page):
    """Which photo to compare on: one's own, newest first; those of the network itself have no link."""

    template: ClassVar[str] = "compare_photos.html"
    network: str
    entries: tuple[Entry, ...]
    older_url: str | None
