"""The JSON API's part about files to take along: a report, and numbers for spreadsheets."""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query, Response
from pydantic.json_schema import SkipJsonSchema

from app.answers import API
from app.api import ClassIndex, ColormapName, ExplanationId
from app.api_compare import RegionText
from app.compared import cut_region, read_region
from app.deps import ExplainerDep, Share
from app.documents import problems, written_answer
from app.errors import NotFound
from app.explanation_report import ReportWish, Subject, draw_explanation_report
from app.explanations import Explainer
from app.folders import PHOTO
from app.languages import language, speaking
from app.security import policy
from app.shown import View, default_colormap
from app.spreadsheets import cam_csv, scores_csv
from model.rendering import Mode, tables

router = APIRouter(prefix=f"{API}/explanations/{{explanation_id}}", tags=["files"])

NO_HEADERS: Mapping[str, str] = {}
SANDBOX = {"Content-Security-Policy": policy({"sandbox": "", "default-src": "'none'"})}
"""The report is for a disk; whatever shows it under our address runs nothing of it."""


@router.get(
    "/report.html",
    summary="Get a report",
    response_class=Response,
    responses={**written_answer("One HTML file with all it needs inside.", "text/html"), **problems(400, 404, 422)},
)
def get_explanation_report(
    explanation_id: ExplanationId,
    explainer: ExplainerDep,
    index: Annotated[
        ClassIndex | SkipJsonSchema[None], Query(alias="class", description="The class in view; default the first.")
    ] = None,
    versus: Annotated[ClassIndex | SkipJsonSchema[None], Query(description="A class whose map is subtracted.")] = None,
    mode: Annotated[Mode, Query(description="Both signs around zero, or what speaks for the class alone.")] = (
        Mode.SIGNED
    ),
    colormap: Annotated[
        ColormapName | SkipJsonSchema[None], Query(description="Default the mode's first, also where it has no such.")
    ] = None,
    opacity: Annotated[Share, Query(description="Of the strongest colour.")] = 0.7,
    threshold: Annotated[Share, Query(description="Hide what is weaker than this part of the limit.")] = 0,
    cells: Annotated[
        Literal["smooth", "grid"], Query(description="Bilinear between cell centres, or the true cells.")
    ] = "smooth",
    region: Annotated[
        RegionText | SkipJsonSchema[None],
        Query(description="A rectangle to tell of: left,top,right,bottom in photo pixels."),
    ] = None,
    spoken: Annotated[
        Literal["en", "ko"] | SkipJsonSchema[None],
        Query(alias="language", description="Of the report's words; default English."),
    ] = None,
    everything: Annotated[
        bool, Query(alias="all", description="The maps of all classes, not of the explained and chosen ones alone.")
    ] = False,
) -> Response:
    """The photo, the maps as float32, their sums, and where all of it comes from; opens from a disk, without a server.

    With scripts it shows any of its maps as the page does, without them it has figures.
    """
    subject = _subject(explainer, explanation_id)
    first = subject.explanation.predictions[0].index if index is None else index
    named = colormap if colormap in tables()[mode] else default_colormap(mode.value)
    view = View(first, None if versus == first else versus, mode.value, named or "", opacity, threshold, cells)
    area = cut_region(read_region(region), subject.size) if region else None
    with speaking(spoken or language()):
        content = draw_explanation_report(subject, ReportWish(view, area, everything))
    return _attachment(content, "text/html", explanation_id, ".html", SANDBOX)


@router.get(
    "/cam.csv",
    summary="Get a map as a table",
    response_class=Response,
    responses={
        **written_answer(
            "A row a cell: row, column, left, top, right, bottom (photo pixels), value (logits), contribution "
            "(value / number of cells): with the bias, the contributions add up to the logit.",
            "text/csv",
        ),
        **problems(400, 404, 422),
    },
)
def get_cam_csv(
    explanation_id: ExplanationId,
    explainer: ExplainerDep,
    index: Annotated[ClassIndex, Query(alias="class", description="The class's index.")],
    versus: Annotated[ClassIndex | SkipJsonSchema[None], Query(description="A class whose map is subtracted.")] = None,
) -> Response:
    """One class's map, cell by cell. 404 where the network has no exact map."""
    subject = _subject(explainer, explanation_id)
    subject.require(index, versus)
    if subject.grid is None:
        raise NotFound("This network has no exact map, so there is none to write.")
    maps = np.asarray(subject.numbers.maps)
    values = maps[index] if versus is None else maps[index] - maps[versus]
    name = f"class-{index}" if versus is None else f"class-{index}-against-{versus}"
    return _attachment(cam_csv(values, subject.grid, subject.size).encode(), "text/csv", explanation_id, f"-{name}.csv")


@router.get(
    "/scores.csv",
    summary="Get every class's numbers as a table",
    response_class=Response,
    responses={
        **written_answer(
            "A row a class: index, label, logit, probability, bias (empty where the network has no maps). A label "
            "that a spreadsheet would take for a formula has an apostrophe before it.",
            "text/csv",
        ),
        **problems(400, 404),
    },
)
def get_scores_csv(explanation_id: ExplanationId, explainer: ExplainerDep) -> Response:
    """Logit, probability and bias of all classes, in the order of the labels."""
    subject = _subject(explainer, explanation_id)
    content = scores_csv(subject.spec.labels, subject.numbers)
    return _attachment(content.encode("utf-8", "replace"), "text/csv", explanation_id, "-scores.csv")


def _subject(explainer: Explainer, explanation_id: str) -> Subject:
    """A stored explanation, to write of."""
    explanation = explainer.find(explanation_id)
    numbers, spec = explainer.numbers(explanation_id), explainer.spec(explanation.model.id)
    try:
        photo = explainer.file(explanation_id, PHOTO).read_bytes()
    except FileNotFoundError:
        raise NotFound("This explanation has just been deleted.") from None
    return Subject.of(explanation, numbers, spec, photo)


def _attachment(
    content: bytes, media_type: str, explanation_id: str, suffix: str, headers: Mapping[str, str] = NO_HEADERS
) -> Response:
    """A file to keep; its name is never the one that the photo was uploaded under."""
    kept = {"Content-Disposition": f'attachment; filename="camscope-{explanation_id[:8]}{suffix}"'}
    return Response(content, media_type=media_type, headers=kept | dict(headers))
