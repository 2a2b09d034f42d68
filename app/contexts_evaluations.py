"""What the pages of evaluations are given."""

from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Choice, Page
from app.contexts_jobs import JobLine, JobsOffered
from app.evaluation_report import Measured
from app.schemas_evaluations import PictureItem


@dataclass(frozen=True)
class EvaluationForm:
    """The form's fields, as they were typed; source is "upload", "dataset" or "folder"."""

    source: str = "upload"
    model: str = ""
    dataset: str = ""
    folder: str = ""
    limit: str = ""
    labels: str = ""
    scales: str = ""
    faithfulness: str = ""
    sanity: str = ""
    threshold_step: str = ""
    seed: str = ""
    split: str = ""

    @property
    def has_more(self) -> bool:
        """Whether anything is filled in that is folded away."""
        more = (self.limit, self.labels, self.scales, self.faithfulness, self.sanity, self.threshold_step, self.seed)
        return any(more) or self.split not in ("", "val")


@dataclass(frozen=True)
class EvaluationLine(JobLine):
    """How an evaluation stands; its title is made of both names.

    Attributes:
        name: of the pictures
        model: name of the network
        sentences: what there is to say beyond how it stands
        is_shared: everybody reads it
        learned: the pictures are those that a model learns from
    """

    name: str
    model: str
    sentences: tuple[str, ...]
    pictures: int
    is_shared: bool
    learned: bool


@dataclass(frozen=True)
class EvaluationsPage(JobsOffered, Page):
    """Ask for an evaluation; the list of them; datasets are the pictures that were sent before."""

    template: ClassVar[str] = "evaluations.html"
    form: EvaluationForm
    models: tuple[Choice, ...]
    datasets: tuple[Choice, ...]
    lines: tuple[EvaluationLine, ...]


@dataclass(frozen=True)
class EvaluationGoingPage(Page):
    """An evaluation that waits, is under way, or came to nothing.

    Attributes:
        error: why it failed; None where it did not
        ongoing: it may change by itself
        refresh_s: after which browsers without scripts ask again, in seconds
    """

    template: ClassVar[str] = "evaluation_going.html"
    line: EvaluationLine
    error: str | None
    problems: tuple[str, ...]
    ongoing: bool
    refresh_s: int


@dataclass(frozen=True)
class Chip:
    """A group of pictures to look at."""

    title: str
    count: int
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class Selectable:
    """One of what can be chosen in a list."""

    name: str
    title: str
    is_chosen: bool


@dataclass(frozen=True)
class Tile:
    """A picture of the gallery: what there is of it, and its groups in words."""

    picture: PictureItem
    url: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class ClusterTile:
    """Pictures of a class whose maps are alike.

    Attributes:
        key: of its class and of it, as in addresses
        title: the name that somebody gave, or its number
        name: what somebody called it; empty where nobody did
        pictures: how many there are
        map_url: of their mean map, a PNG file
        url: of the page with these pictures
        nearest: those that are most like it
    """

    key: str
    title: str
    name: str
    pictures: int
    map_url: str
    url: str
    nearest: tuple[Tile, ...]


@dataclass(frozen=True)
class ClassClusters:
    """What a network uses for a class."""

    label: str
    clusters: tuple[ClusterTile, ...]


@dataclass(frozen=True)
class Remedy:
    """What can be done about what is marked.

    Attributes:
        marked: how many pictures have something marked
        last: path of the last that was
        alike_url: where the ticked ones are marked at the same places; None where the visitor may not
        mendable: a training can be begun that unlearns it
        judges: they are pictures to judge by, and nothing is marked yet that may be learned from
    """

    marked: int = 0
    last: str = ""
    alike_url: str | None = None
    mendable: bool = False
    judges: bool = False


@dataclass(frozen=True)
class EvaluationPage(Measured, Page):
    """What came of an evaluation, and its pictures.

    Attributes:
        line: how it stands
        chips: the groups
        rule: what puts a picture into the group that is chosen, in a sentence
        chosen: what else is chosen of them, in words; None for nothing
        clear_url: the same without that
        fields: what is chosen, as hidden fields of forms
        sorts: the orders there are
        descending: the other way round
        true_classes, said_classes: what can be chosen of them; said: what was said of them
        name: what the chosen ones have in their name
        switchable: there are maps of two classes to switch between
        tiles: some pictures
        counted: which these are, in words
        earlier_url, later_url: the parts before and after; None where there is none
        export_url: where lists come from
        remedy: what can be done about what is marked
        deletable: the visitor may delete it
        clusters: by class; empty where there are no maps
    """

    template: ClassVar[str] = "evaluation.html"
    line: EvaluationLine
    chips: tuple[Chip, ...]
    rule: str | None
    chosen: str | None
    clear_url: str
    fields: tuple[tuple[str, str], ...]
    sorts: tuple[Selectable, ...]
    descending: bool
    true_classes: tuple[Selectable, ...]
    said_classes: tuple[Selectable, ...]
    name: str
    switchable: bool
    tiles: tuple[Tile, ...]
    counted: str
    earlier_url: str | None
    later_url: str | None
    export_url: str
    remedy: Remedy
    deletable: bool
    clusters: tuple[ClassClusters, ...]


@dataclass(frozen=True)
class EvaluationDeletePage(Page):
    """Asks once more; name is that of the pictures."""

    template: ClassVar[str] = "evaluation_delete.html"
    name: str
    model: str
    page_url: str
