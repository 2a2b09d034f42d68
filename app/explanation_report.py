"""An explanation's report: one HTML file that opens from a disk and asks nothing of anybody.

Without scripts it has its figures, drawn here. With them the pages' own modules show any of its maps: they are inside
it, and so are the maps, as float32 in base64 (docs/decisions/0142-reports-embed-the-pages-modules.md).
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
from markupsafe import Markup

from app.accounts import Account, account_of
from app.colours import colormap_groups, colour_tables
from app.contexts import ColormapGroup, Page, Site
from app.copies import ANY_SIZE
from app.described import described
from app.embedded_scripts import Scripts, embedded_scripts, sources_policy
from app.errors import Unusable
from app.explanation_figures import Canvas, Figure, ShownRegion, figures, picture_uri, small_uri
from app.explanation_rows import Sum, provenance, region_rows, settings, sums
from app.explanation_truth import ShownTruth, Tried, shown_truth
from app.languages import language
from app.numbers import Numbers
from app.paths import STATIC_DIR
from app.report_tables import Fact
from app.schemas import Explanation
from app.shown import ClassMap, Shown, Stop, View, class_map, class_maps, ramp, rival_of, shape_of, show
from app.templating import environment
from app.version import VERSION
from model.coverage import Region
from model.geometry import Grid
from model.photos import read_photo
from model.spec import ModelSpec

STYLES = ("tokens.css", "base.css", "components.css", "explanation_report.css", "print.css")
ENTRY = "page-report.js"
MOST_FIGURES = 12  # drawn here; scripts show the others
MOST_VALUES = 2**23  # of all maps in one file: 32 MiB, which browsers open gladly


@dataclass(frozen=True)
class Subject:
    """What a report is about.

    Attributes:
        explanation: as the API answers it
        numbers: all classes
        spec: of the network
        grid: where the cells lie on the photo; None where the network has no maps
        photo: a JPEG or PNG file, upright, without metadata
        notes: what else is to be said of the numbers
    """

    explanation: Explanation
    numbers: Numbers
    spec: ModelSpec
    grid: Grid | None
    photo: bytes
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, explanation: Explanation, numbers: Numbers, spec: ModelSpec, photo: bytes) -> "Subject":
        """An explanation with what lies behind it."""
        grid = None if explanation.grid is None else Grid(**explanation.grid.model_dump())
        return cls(explanation, numbers, spec, grid, photo)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the photo."""
        return self.explanation.image.width, self.explanation.image.height

    def require(self, *indices: int | None) -> None:
        """Refuse a class that the network has not: Unusable."""
        for index in (one for one in indices if one is not None):
            if index >= self.spec.classes:
                raise Unusable(f"There is no class {index}; indices go from 0 to {self.spec.classes - 1}.")

    def classes(self, more: Sequence[int] = ()) -> list[ClassMap]:
        """The explained classes, and others."""
        known = class_maps(self.explanation)
        indices = {one.index for one in known}
        others = [index for index in dict.fromkeys(more) if index not in indices]
        return known + [class_map(self.numbers, self.spec.labels, index) for index in others]

    def all_classes(self) -> list[ClassMap]:
        """Every class that the network knows, the explained ones first."""
        count, grid = self.spec.classes, self.grid
        if grid is not None and count * grid.rows * grid.columns > MOST_VALUES:
            raise Unusable(f"The maps of all {count} classes are too many for one report; take cams.npy besides it.")
        return self.classes(range(count))


@dataclass(frozen=True)
class ReportWish:
    """What is to be in a report.

    Attributes:
        view: the map in view, and how it is drawn
        region: a rectangle on the photo, cut to it, to tell of
        everything: the maps of all classes, not of the explained and chosen ones alone
        tried: an altered photo to tell of
        untried: why there is none, though it was asked for
    """

    view: View
    region: Region | None = None
    everything: bool = False
    tried: Tried | None = None
    untried: str = ""


@dataclass(frozen=True)
class ReportLinks:
    """Addresses in a report.

    Attributes:
        form: none: nothing is sent
        heatmap: the map in view, drawn
    """

    form: str
    heatmap: str


@dataclass(frozen=True)
class ExplanationReportPage(Page):
    """A photo, what a network said of it, and why; all in one file.

    Attributes:
        policy: the file's Content-Security-Policy
        styles: of the whole file
        scripts: the modules in it; None where there is no map for them
        explanation: whose photo's address holds the photo
        described: the map in words, for who does not see it
        ramp: the colours of maps from their low to their high end
        listed: the explained classes and the chosen ones
        small: the photo, small
        figures: the explained classes' maps, drawn
        undrawn: how many explained classes have no figure
        region: what lies in the rectangle that was asked for
        truth: what became of an altered photo, if one was asked about
        untried: why nothing did, though one was; else empty
        everything: whether all classes' maps are inside
        notes: what else is said of the numbers
        data: for static/js/report.js
    """

    template: ClassVar[str] = "explanation_report.html"
    policy: str
    styles: Markup
    scripts: Scripts | None
    explanation: Explanation
    shown: Shown
    described: str
    view: View
    links: ReportLinks
    colormaps: tuple[ColormapGroup, ...]
    shape: str
    account: Account
    ramp: tuple[Stop, ...]
    listed: tuple[ClassMap, ...]
    small: str
    figures: tuple[Figure, ...]
    undrawn: int
    sums: tuple[Sum, ...]
    region: ShownRegion | None
    truth: ShownTruth | None
    untried: str
    everything: bool
    settings: tuple[Fact, ...]
    provenance: tuple[Fact, ...]
    notes: tuple[str, ...]
    data: Mapping[str, Any]


def draw_explanation_report(subject: Subject, wish: ReportWish) -> bytes:
    """A self-contained HTML file, UTF-8.

    Raises:
        Unusable: the network has no such class, or the maps of all are too many for one file
    """
    subject.require(wish.view.index, wish.view.versus)
    view, explanation = wish.view, subject.explanation
    classes = subject.classes([view.index] if view.versus is None else [view.index, view.versus])
    by_index = {one.index: one for one in classes}
    selected = by_index[view.index]
    rival = rival_of(view.index, classes) if view.versus is None else by_index[view.versus]
    shown = show(selected, rival, view)
    photo = read_photo(subject.photo, ANY_SIZE).pixels
    size = subject.size
    canvas = None if subject.grid is None else Canvas.of(photo, subject.grid, size)
    drawn = () if canvas is None else figures(classes[:MOST_FIGURES], view, canvas)
    scripts = None if canvas is None else embedded_scripts(ENTRY)
    styles = file_styles()
    page = ExplanationReportPage(
        site=_site(scripts),
        policy=sources_policy(styles, scripts),
        styles=styles,
        scripts=scripts,
        explanation=_with_photo(explanation, picture_uri(subject.photo)),
        shown=shown,
        described=described(selected, None if view.versus is None else rival, subject.grid, size),
        view=view,
        links=ReportLinks("#", _heatmap(canvas, selected, rival, view)),
        colormaps=colormap_groups(),
        shape=shape_of(size[0] / size[1]),
        account=account_of(subject.spec),
        ramp=ramp(view),
        listed=tuple(classes),
        small=small_uri(photo),
        figures=drawn,
        undrawn=0 if canvas is None else len(classes) - len(drawn),
        sums=sums(classes),
        region=_region(subject, classes, wish.region),
        truth=None if wish.tried is None else shown_truth(wish.tried),
        untried=wish.untried,
        everything=wish.everything,
        settings=settings(view, shown),
        provenance=provenance(explanation),
        notes=subject.notes,
        data=_data(subject, classes, wish),
    )
    return environment().get_template(page.template).render(page.values()).encode("utf-8", "replace")


def _site(scripts: Scripts | None) -> Site:
    words = "{}" if scripts is None else scripts.sentences_json()
    return Site(path="", theme="auto", language=language(), version=VERSION, script_text=words)


def _with_photo(explanation: Explanation, uri: str) -> Explanation:
    return explanation.model_copy(update={"image": explanation.image.model_copy(update={"url": uri})})


def _heatmap(canvas: Canvas | None, selected: ClassMap, rival: ClassMap, view: View) -> str:
    """The map in view, drawn; no address where there is none."""
    if canvas is None or selected.cam is None or rival.cam is None:
        return ""
    return canvas.draw(selected.cam if view.versus is None else selected.cam - rival.cam, view)


def _region(subject: Subject, classes: Sequence[ClassMap], region: Region | None) -> ShownRegion | None:
    if region is None or subject.grid is None:
        return None
    return region_rows(classes, subject.grid, subject.size, region)


def _data(subject: Subject, classes: Sequence[ClassMap], wish: ReportWish) -> dict[str, Any]:
    """What static/js/report.js opens: numbers as JSON, maps as little-endian float32 in base64, class by class."""
    if subject.grid is None:
        return {}
    inside = subject.all_classes() if wish.everything else classes
    maps = np.stack([one.cam for one in inside if one.cam is not None]).astype("<f4")
    explanation = subject.explanation.model_dump(mode="json")
    explanation["image"]["url"] = None
    for prediction in explanation["predictions"]:
        prediction["cam"] = prediction["heatmap_url"] = None
    numbers = [
        {name: getattr(one, name) for name in ("index", "label", "probability", "logit", "bias")} for one in inside
    ]
    return {
        "camscope": VERSION,
        "explanation": explanation,
        "view": json.loads(wish.view.as_json),
        "plain": json.loads(wish.view.plain.as_json),
        "region": None if wish.region is None else asdict(wish.region),
        "classes": numbers,
        "maps": {"dtype": "<f4", "shape": maps.shape, "base64": base64.b64encode(maps.tobytes()).decode()},
        "colormaps": colour_tables(),
    }


@cache
def file_styles() -> Markup:
    """The style sheets of a report, to stand inside its file."""
    return Markup("".join((STATIC_DIR / "css" / name).read_text() for name in STYLES))  # noqa: S704 (our own files)
