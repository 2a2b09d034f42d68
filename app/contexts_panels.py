"""What the page of panels is given."""

from dataclasses import dataclass
from typing import ClassVar

from app.contexts import Entry, Page
from app.contexts_compare import Legend, Option
from app.schemas_panels import PanelInfo


@dataclass(frozen=True)
class PanelForm:
    """What one panel's form has in it.

    Attributes:
        named: the class that is shown
        against: what it is against; empty for nothing
        labels_url: the names of all classes of its network
        models: the networks that could look at the photo, the explanation's own as ""
        model: which one does
        scales: at which the explanation's own network could look; none where another one does, or there is no choice
        scale: at which it does
    """

    named: str
    against: str
    labels_url: str
    models: tuple[Option, ...]
    model: str
    scales: tuple[Option, ...]
    scale: str


@dataclass(frozen=True)
class PanelLinks:
    """Where a panel leads: its explanation, its map's picture, and the page without it, or with it moved.

    Attributes:
        explanation: the page of the explanation
        picture: the map over the photo, drawn by the server
        without: the page without it; None where it is alone
        earlier: the page with it before the one before; None for the first
        later: the page with it behind the next; None for the last
    """

    explanation: str
    picture: str
    without: str | None
    earlier: str | None
    later: str | None


@dataclass(frozen=True)
class PanelShown:
    """One panel.

    Attributes:
        number: its place, from 1
        title: which class, or which against which
        score: its probability and its logit or margin, in words
        cells: which cells the map has, and of what input; None where there is no map
        proof: the identity in its numbers; None where there is no map
        off: by how much it fails to hold
        span: from which value to which its cells go; empty where there is no map
        nothing: why there is nothing to see, where that is so
        shape: of the photo's frame, as on the prediction page
        limit: the value in logits that gets the strongest colour
        legend: its own; None where the scale is shared
        map_json: its cells, for scripts; empty where there is none
    """

    number: int
    title: str
    score: str
    cells: str | None
    proof: str | None
    off: str | None
    span: str
    nothing: str | None
    shape: str
    limit: float
    legend: Legend | None
    map_json: str
    info: PanelInfo
    form: PanelForm
    links: PanelLinks


@dataclass(frozen=True)
class SetLinks:
    """Addresses of all panels together.

    Attributes:
        here: the page as it is
        picture: all of them as one PNG file
        api: the same as JSON
        other_colours: the page with the other kind of scale
        other_cells: the page with smooth maps, or with the true cells
        add: where another photo is chosen; None where there is no room
    """

    here: str
    picture: str
    api: str
    other_colours: str
    other_cells: str
    add: str | None


@dataclass(frozen=True)
class PanelsPage(Page):
    """Several maps side by side.

    Attributes:
        panels: from left to right
        asked: the same as an address names them
        is_shared: one colour scale for all of them
        is_smooth: bilinear between cell centres; otherwise the true cells
        legend: the shared one; None where each has its own, or nothing is drawn
        notes: what has to be said of all of them
    """

    template: ClassVar[str] = "panels.html"
    panels: tuple[PanelShown, ...]
    asked: tuple[str, ...]
    is_shared: bool
    is_smooth: bool
    legend: Legend | None
    links: SetLinks
    notes: tuple[str, ...]


@dataclass(frozen=True)
class PanelPhotosPage(Page):
    """Which photo is to stand side by side with what is there: one's own, newest first.

    Attributes:
        back_url: the panels that are there; None where there are none
        notes: what has to be said first
    """

    template: ClassVar[str] = "panels_photos.html"
    entries: tuple[Entry, ...]
    older_url: str | None
    back_url: str | None
    notes: tuple[str, ...]
