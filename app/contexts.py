"""What each page is given: one frozen record per template, no more and no less than it uses."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from app.accounts import Account
from app.schemas import Explanation, ExplanationSummary
from app.shown import Shown, View


@dataclass(frozen=True)
class Language:
    """One that can be chosen: its code, and its own name for itself."""

    code: str
    name: str


@dataclass(frozen=True)
class Site:
    """What every page has.

    Attributes:
        path: of the page, to mark it in the navigation
        theme: "light", "dark" or "auto"
        language: of the page's words
        languages: the others there are
        here: the address to come back to once another is chosen
        version: of Camscope; empty for a stranger
        script_text: sentences for scripts, as JSON
        shared: all visitors are one: what they keep is everybody's
        logged_in: the visitor can log out
        stranger: the visitor has not shown the token that the server asks for
        request_id: of a request that was refused; empty on every other page
    """

    path: str
    theme: str
    language: str
    version: str
    script_text: str
    languages: tuple[Language, ...] = ()
    here: str = "/"
    shared: bool = False
    logged_in: bool = False
    stranger: bool = False
    request_id: str = ""


@dataclass(frozen=True)
class Page:
    """A page and the template that draws it."""

    template: ClassVar[str]
    site: Site

    def values(self) -> dict[str, Any]:
        """By name, as the template gets them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True)
class Choice:
    """A network one can ask."""

    id: str
    name: str
    classes: int


@dataclass(frozen=True)
class Example:
    """A photo to try, at `url`, width x height pixels."""

    name: str
    title: str
    credit: str
    url: str
    width: int
    height: int


@dataclass(frozen=True)
class Entered:
    """The form's fields beside the photo, as they were typed.

    Attributes:
        model: a bundle's id; empty for the first
        scale: one of the choices
        classes: one a line
    """

    model: str = ""
    scale: str = "1"
    classes: str = ""

    @property
    def changed(self) -> bool:
        """Whether something is entered that the form hides at first."""
        return bool(self.classes.strip()) or self.scale != "1"


@dataclass(frozen=True)
class UploadPage(Page):
    """Choose a photo; also what came of a refused one.

    Attributes:
        refusal: why the photo was refused, one sentence
        accept: kinds of files, as the file input takes them
    """

    template: ClassVar[str] = "upload.html"
    refusal: str | None
    form: Entered
    models: tuple[Choice, ...]
    scales: tuple[str, ...]
    examples: tuple[Example, ...]
    accept: str
    max_upload_mb: str
    max_megapixels: str


@dataclass(frozen=True)
class Links:
    """Addresses that belong to an explanation in its present view.

    Attributes:
        form: where the controls lead
        api: the numbers as JSON
        heatmap: the map over the photo
        picture: the same with its legend, to keep
        thumbnail: a small copy of the photo
        scores: every class's numbers
        labels: every class's name
        alone: the heatmap page
        back: the prediction page
        choices: the page with each prediction chosen, in their order
        file_name: for downloads, without suffix
    """

    form: str
    api: str
    heatmap: str
    picture: str
    thumbnail: str
    scores: str
    labels: str
    alone: str
    back: str
    choices: tuple[str, ...]
    file_name: str


@dataclass(frozen=True)
class Colormap:
    """A colour map: its name in addresses, and what it looks like in words."""

    name: str
    title: str


@dataclass(frozen=True)
class ColormapGroup:
    """The colour maps of one mode."""

    mode: str
    title: str
    choices: tuple[Colormap, ...]


@dataclass(frozen=True)
class MapPage(Page):
    """One class's map as large as the window allows.

    Attributes:
        shape: of the photo's frame: "stretched" where the photo is so long that it is shown in another
            shape, "landscape" where it fits the width of the window, else "upright"
        account: how the network's maps account for its logits
        described: the map in words, for who does not see it
        known: what static/js/explanation.js opens, so that the first map needs no further request
    """

    template: ClassVar[str] = "heatmap.html"
    explanation: Explanation
    shown: Shown
    described: str
    view: View
    links: Links
    colormaps: tuple[ColormapGroup, ...]
    shape: str
    account: Account
    known: Mapping[str, Any]


@dataclass(frozen=True)
class PredictionPage(MapPage):
    """What the network saw, and the map of one class.

    Attributes:
        owned: the visitor may delete it
        close_call: the first two classes are close
        compare_url: the same photo under another model; None where there is no other
        panels_url: the class and its runner-up side by side
    """

    template: ClassVar[str] = "prediction.html"
    owned: bool
    close_call: bool
    compare_url: str | None
    panels_url: str


@dataclass(frozen=True)
class Entry:
    """One line of the history."""

    label: str
    probability: float
    network: str
    created_at: datetime
    thumbnail_url: str
    page_url: str
    api_url: str

    @classmethod
    def of(cls, item: ExplanationSummary, page_url: str) -> "Entry":
        """An explanation's line, which leads to a page."""
        return cls(
            label=item.top.label,
            probability=item.top.probability,
            network=item.model.name,
            created_at=item.created_at,
            thumbnail_url=item.thumbnail_url,
            page_url=page_url,
            api_url=item.url,
        )


@dataclass(frozen=True)
class HistoryPage(Page):
    """One's own explanations, newest first."""

    template: ClassVar[str] = "history.html"
    entries: tuple[Entry, ...]
    older_url: str | None


@dataclass(frozen=True)
class DeletePage(Page):
    """Asks once more."""

    template: ClassVar[str] = "delete.html"
    label: str
    thumbnail_url: str
    page_url: str


@dataclass(frozen=True)
class ErrorPage(Page):
    """A refusal: what it is, why, what to do, and the request's id."""

    template: ClassVar[str] = "error.html"
    status: int
    title: str
    detail: str
    advice: str
    request_id: str


@dataclass(frozen=True)
class LoginPage(Page):
    """Asks for the access token.

    Attributes:
        refusal: why the last one was not taken, one sentence
        wanted: where to go afterwards
    """

    template: ClassVar[str] = "login.html"
    refusal: str | None
    wanted: str


@dataclass(frozen=True)
class DocsPage(Page):
    """The API, to read and to try; Swagger UI fills it."""

    template: ClassVar[str] = "docs.html"
