"""What the pages of trainings are given."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.contexts import Choice, Page
from app.contexts_jobs import JobLine, JobsOffered
from app.curves import StageCurves
from app.report_tables import Fact
from app.schemas_trainings import ClassCount, Dataset
from app.training_words import Option


@dataclass(frozen=True)
class TrainForm:
    """The form's fields, as they were typed.

    Attributes:
        source: "upload" or "folder"
        dataset: id of pictures that are with the server; empty where there are none
        folder: on the server
        name: of the model
        freeze: "head" for quick, "auto" for best
        base: a bundle's id; empty for the first
        head: as the API names it
        epochs: at most; empty for the trainer's choice
        balance: as the API names it
        loss: as the API names it
        corrections_of: id of a training whose corrections are to be these, too; empty for none
    """

    source: str = "upload"
    dataset: str = ""
    folder: str = ""
    name: str = ""
    freeze: str = "head"
    base: str = ""
    head: str = "gap"
    epochs: str = ""
    balance: str = "none"
    loss: str = "softmax"
    corrections_of: str = ""

    @property
    def changed(self) -> bool:
        """Whether something is chosen that the form hides at first."""
        plain = TrainForm()
        hidden = ("base", "head", "epochs", "balance", "loss")
        return any(getattr(self, name) != getattr(plain, name) for name in hidden)


@dataclass(frozen=True)
class TrainingLine(JobLine):
    """One line of the list of trainings.

    Attributes:
        classes: their names
        model_url: of the page of what it made; None where there is none
    """

    classes: str
    model_url: str | None


@dataclass(frozen=True)
class TrainPage(JobsOffered, Page):
    """Prepare and start a training; the list of one's own.

    Attributes:
        dataset: pictures that are with the server
        is_dataset_gone: there were some, and they are not kept any more
        accept: kinds of pictures, as the file input takes them
        name_pattern: of the model's name, a regular expression
        usual_name: of the model, while nothing better is known
        taken_names: of models, between spaces
    """

    template: ClassVar[str] = "train.html"
    form: TrainForm
    dataset: Dataset | None
    is_dataset_gone: bool
    bases: tuple[Choice, ...]
    heads: tuple[Option, ...]
    balances: tuple[Option, ...]
    losses: tuple[Option, ...]
    accept: str
    name_pattern: str
    usual_name: str
    taken_names: str
    trainings: tuple[TrainingLine, ...]


@dataclass(frozen=True)
class Step:
    """A stage of a training; `state` is "done", "now" or "next", and `words` says so."""

    title: str
    state: str
    words: str


@dataclass(frozen=True)
class Link:
    """Where to go from here."""

    title: str
    url: str


@dataclass(frozen=True)
class TrainingShown:
    """A training in words.

    Attributes:
        title: of the window, with how far it is
        announcement: what is said aloud; changes with the stages and the quarters alone
        asked: how it is trained
        tone: "busy", "good", "bad" or "quiet"
        share: of the present stage, 0..1; None where nothing is under way
        sentences: what there is to say beyond the headline
        ongoing: it may change by itself
        stoppable: it can be stopped
        keepable: something is there already that can be kept
    """

    name: str
    title: str
    announcement: str
    asked: str
    created_at: datetime
    tone: str
    headline: str
    share: float | None
    steps: tuple[Step, ...]
    figures: tuple[Fact, ...]
    sentences: tuple[str, ...]
    links: tuple[Link, ...]
    counts: tuple[ClassCount, ...]
    problems: tuple[str, ...]
    ongoing: bool
    stoppable: bool
    keepable: bool
    events_url: str
    page_url: str


@dataclass(frozen=True)
class TrainingPage(Page):
    """One training: as it goes, and what came of it.

    Attributes:
        refresh_s: after which browsers without scripts ask again, in seconds
    """

    template: ClassVar[str] = "training.html"
    shown: TrainingShown
    stages: tuple[StageCurves, ...]
    refresh_s: int
