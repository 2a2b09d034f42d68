"""An evaluation's report: one HTML file that opens from a disk, asks nothing of anybody and runs nothing."""

from dataclasses import dataclass
from typing import Any, ClassVar

from markupsafe import Markup

from app import text
from app.contexts import Page, Site
from app.evaluation_confusion import Address, confused, matrix_of_evaluation
from app.evaluation_faithfulness import FaithfulnessPart, faithfulness_part
from app.evaluation_report_pictures import ReportPictures
from app.evaluation_sanity import SanityPart, sanity_part
from app.evaluation_tables import (
    Figure,
    LookRow,
    Reading,
    headline,
    heads,
    localisation_lead,
    look_rows,
    provenance,
    readings,
)
from app.evaluation_words import recurring_sentences
from app.languages import language
from app.report_tables import (
    Bar,
    Fact,
    Headline,
    Matrix,
    Pair,
    bars,
    calibration_sentence,
    rows_of,
    worst_first,
)
from app.reports import FEW_CLASSES, file_styles
from app.templating import environment
from app.version import VERSION
from model.evaluation.figures import ClassResult
from model.evaluation.records import EvaluationMetrics


@dataclass(frozen=True)
class Measured:
    """What was measured of a network over labelled pictures, as its report and its page show it.

    Attributes:
        problems: found in the pictures
        recurring: places that single classes take their evidence from, a sentence each
        localisation: what it was measured on, in a sentence; None where it was not
        columns: the measures that there are, with how many pictures each is of
        looks: ways to look, and what comes of no network
        readings: how to read each of these columns
        faithfulness: whether it needs what maps show; None where it was not asked
        sanity: whether maps hang on what it has learned; None likewise
        matrix: what was said of each class; None where they are too many
        pairs: classes that were mixed up
        worst: the classes of the pictures, the worst first: the first FEW_CLASSES
        others: the rest of them
        calibration: what it comes to, in a sentence
    """

    headline: Headline
    problems: tuple[str, ...]
    recurring: tuple[str, ...]
    localisation: str | None
    columns: tuple[Figure, ...]
    looks: tuple[LookRow, ...]
    readings: tuple[Reading, ...]
    faithfulness: FaithfulnessPart | None
    sanity: SanityPart | None
    matrix: Matrix | None
    pairs: tuple[Pair, ...]
    worst: tuple[ClassResult, ...]
    others: tuple[ClassResult, ...]
    bars: tuple[Bar, ...]
    calibration: str


@dataclass(frozen=True)
class EvaluationReportPage(Measured, Page):
    """All of that in a file.

    Attributes:
        styles: of the whole file
        name: of the network
        data: name of the folder or table
        moment: when, in words
        pictures: some of them, drawn
        settings: as they were asked for
    """

    template: ClassVar[str] = "evaluation_report.html"
    styles: Markup
    name: str
    data: str
    moment: str
    pictures: ReportPictures
    settings: tuple[Fact, ...]
    provenance: tuple[Fact, ...]


def measured(metrics: EvaluationMetrics, address: Address | None = None) -> dict[str, Any]:
    """The fields of Measured; address: where classes that were mixed up lead."""
    told, where = metrics.classification, metrics.localisation
    classes = worst_first([one for one in told.classes if one.pictures])
    return {
        "headline": headline(metrics),
        "problems": metrics.problems,
        "recurring": recurring_sentences(metrics),
        "localisation": None if where is None else localisation_lead(where),
        "columns": () if where is None else heads(where),
        "looks": () if where is None else look_rows(where),
        "readings": () if where is None else readings(where),
        "faithfulness": None if metrics.faithfulness is None else faithfulness_part(metrics.faithfulness),
        "sanity": None if metrics.sanity is None else sanity_part(metrics.sanity),
        "matrix": matrix_of_evaluation(metrics, address),
        "pairs": confused(metrics, address),
        "worst": classes[:FEW_CLASSES],
        "others": classes[FEW_CLASSES:],
        "bars": bars(told.calibration.bins),
        "calibration": calibration_sentence(told.calibration),
    }


def draw_evaluation(metrics: EvaluationMetrics, pictures: ReportPictures | None = None) -> bytes:
    """A self-contained HTML file, UTF-8, with some of the pictures."""
    page = EvaluationReportPage(
        site=Site(path="", theme="auto", language=language(), version=VERSION, script_text="{}"),
        **measured(metrics),
        styles=file_styles(),
        name=metrics.model.name,
        data=metrics.data.name,
        moment=text.moment(metrics.created_at),
        pictures=pictures or ReportPictures(),
        settings=rows_of(metrics.settings.model_dump(mode="json", exclude={"created_at", "schema_version", "listing"})),
        provenance=provenance(metrics),
    )
    return environment().get_template(page.template).render(page.values()).encode("utf-8", "replace")
