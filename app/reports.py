"""A training's report: one HTML file that opens from a disk, asks nothing of anybody and runs nothing.

Its colours and type are the pages' own: their style sheets are inside it. What comes out of a data folder
(names of classes and of files) is escaped like everything else.
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from markupsafe import Markup

from app.contexts import Page, Site
from app.curves import StageCurves, stage_curves
from app.languages import language
from app.paths import STATIC_DIR
from app.report_mended import ShownCorrection, shown_correction
from app.report_pictures import ShownMistake, ramp_uri, shown_mistakes
from app.report_tables import (
    Bar,
    Fact,
    Headline,
    Matrix,
    Pair,
    bars,
    calibration_sentence,
    confused,
    headline,
    matrix,
    provenance,
    rows_of,
    worst_first,
)
from app.templating import environment
from app.version import VERSION
from model.metrics import ClassFigures, Metrics

STYLES = ("tokens.css", "base.css", "charts.css", "report.css")
FEW_CLASSES = 40  # shown at once; the others one click away


@dataclass(frozen=True)
class ReportPage(Page):
    """What was measured of a training.

    Attributes:
        styles: of the whole file
        ramp: the maps' colours as a picture
        metrics: all of it
        stages: curves, in the order they ran
        matrix: small confusion matrix; None where there are many classes
        pairs: classes that were mixed up
        worst: the classes, the worst first: the first FEW_CLASSES
        others: the rest of them
        correction: what was marked as a wrong reason, and what came of it
        calibration: what it comes to, in a sentence
        settings: as they were asked for
    """

    template: ClassVar[str] = "report.html"
    styles: Markup
    ramp: str
    metrics: Metrics
    headline: Headline
    stages: tuple[StageCurves, ...]
    matrix: Matrix | None
    pairs: tuple[Pair, ...]
    worst: tuple[ClassFigures, ...]
    others: tuple[ClassFigures, ...]
    bars: tuple[Bar, ...]
    calibration: str
    correction: ShownCorrection | None
    mistakes: tuple[ShownMistake, ...]
    settings: tuple[Fact, ...]
    provenance: tuple[Fact, ...]


def draw_report(metrics: Metrics) -> bytes:
    """A self-contained HTML file, UTF-8."""
    classes = worst_first(metrics.classes)
    page = ReportPage(
        site=Site(path="", theme="auto", language=language(), version=VERSION, script_text="{}"),
        styles=file_styles(),
        ramp=ramp_uri(),
        metrics=metrics,
        headline=headline(metrics),
        stages=stage_curves(metrics.epochs)[::-1],
        matrix=matrix(metrics),
        pairs=confused(metrics),
        worst=classes[:FEW_CLASSES],
        others=classes[FEW_CLASSES:],
        bars=bars(metrics.calibration.bins),
        calibration=calibration_sentence(metrics.calibration),
        correction=shown_correction(metrics),
        mistakes=shown_mistakes(metrics),
        settings=rows_of(metrics.settings),
        provenance=provenance(metrics),
    )
    return environment().get_template(page.template).render(page.values()).encode("utf-8", "replace")


@cache
def file_styles() -> Markup:
    """The style sheets of a report, to stand inside its file."""
    return Markup("".join((STATIC_DIR / "css" / name).read_text() for name in STYLES))  # noqa: S704 (our own files)
