"""What leads to the reports of many photos: one HTML file beside them, which nothing is loaded for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from app.contexts import Page, Site
from app.embedded_scripts import sources_policy
from app.explanation_report import file_styles
from app.languages import language
from app.templating import environment
from app.version import VERSION


@dataclass(frozen=True)
class IndexEntry:
    """One photo's report.

    Attributes:
        shown: what the photo is called
        path: of the report, relative to the index
        label: the most probable class
        probability: of it, 0 to 1
        picture: the photo, small, as an address
    """

    shown: str
    path: str
    label: str
    probability: float
    picture: str


@dataclass(frozen=True)
class ReportIndexPage(Page):
    """The reports of a run, in the order of its photos.

    Attributes:
        policy: the file's Content-Security-Policy
        styles: of the whole file
        network: that explained them
    """

    template: ClassVar[str] = "report_index.html"
    policy: str
    styles: Markup
    network: str
    entries: tuple[IndexEntry, ...]


def draw_index(entries: Sequence[IndexEntry], network: str) -> bytes:
    """A self-contained HTML file, UTF-8."""
    styles = file_styles()
    page = ReportIndexPage(
        site=Site(path="", theme="auto", language=language(), version=VERSION, script_text="{}"),
        policy=sources_policy(styles, None),
        styles=styles,
        network=network,
        entries=tuple(entries),
    )
    return environment().get_template(page.template).render(page.values()).encode("utf-8", "replace")
