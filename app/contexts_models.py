"""What the pages of models are given."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from app.contexts import Page
from app.layer_groups import LayerGroup
from app.report_tables import Fact
from app.schemas_models import ModelDetails


@dataclass(frozen=True)
class ModelLine:
    """One line of the list.

    Attributes:
        classes: how many, and the first few by name
        head: between its maps and its classes, in words
        accuracy: in percent; None where nothing was measured
        judged: on how many pictures; None likewise
        base: name of what it was trained from; None where it was not trained here
        size: on disk
        default: whether it answers where no model is chosen
        delete_url: asks once more; None where it cannot be deleted here
    """

    name: str
    page_url: str
    archive_url: str
    delete_url: str | None
    classes: str
    labels: str
    head: str
    accuracy: str | None
    judged: str | None
    base: str | None
    size: str
    created_at: datetime
    default: bool


@dataclass(frozen=True)
class ModelsPage(Page):
    """The models there are.

    Attributes:
        fixed: why models cannot be taken in here; None where they can
        refusal: what became of one that was sent; None where none was
        max_model_mb: the largest that is taken
    """

    template: ClassVar[str] = "models.html"
    models: tuple[ModelLine, ...]
    fixed: str | None
    refusal: str | None
    max_model_mb: str


@dataclass(frozen=True)
class ModelPage(Page):
    """One model.

    Attributes:
        model: all there is to know
        facts: the same in words
        told: where it comes from, a sentence each
        base_url: page of what it was trained from; None where that is not here
        labels: the classes that are shown
        query: what their names were searched for
        groups: its layers, stage by stage; empty where it does not tell
        unfolded: whether all of them are shown at once
        head: what its head costs, a sentence each
        refusal: why it was not renamed; None where nothing went wrong
    """

    template: ClassVar[str] = "model.html"
    model: ModelDetails
    facts: tuple[Fact, ...]
    told: tuple[str, ...]
    base_url: str | None
    labels: tuple[str, ...]
    query: str
    groups: tuple[LayerGroup, ...]
    unfolded: bool
    head: tuple[str, ...]
    size: str
    refusal: str | None


@dataclass(frozen=True)
class ModelDeletePage(Page):
    """Asks once more."""

    template: ClassVar[str] = "model_delete.html"
    name: str
    page_url: str
