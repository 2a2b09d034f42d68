"""The JSON API's part about files to take along: a report, and numbers for spreadsheets."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic.json_schema import SkipJsonSchema

from app import answers_counterfactual, answers_scales
from app.alterations import Alteration
from app.answers import API
from app.api import ClassIndex, ColormapName, ExplanationId, ScaleQuery
from app.api_compare import RegionText
from app.api_counterfactual import AltererDep, CellsText, PolygonText, get_alteration
from app.compared import cut_region, read_region
from app.counterfactuals import Alterer
from app.deps import ExplainerDep, ScalesDep, Share
from app.documents import problems, written_answer
from app.errors import NoEvidence, NotFound
from app.explanation_figures import FIGURE_SIDE
from app.explanation_report import ReportWish, Subject, draw_explanation_report
from app.explanation_truth import Tried
from app.explanations import Explainer
from app.folders import PHOTO
from app.languages import language, speaking
from app.looks import UPLOADED
from app.scale_account import account
from app.scales import Scales
from app.schemas_counterfactual import EVIDENCE, ChangeName, FillName, Fraction
from app.security import policy
from app.shown import View, default_colormap
from app.spreadsheets import cam_csv, scores_csv
from app.text import gettext
from model.rendering import Mode, tables
from model.scales import FUSED

router = APIRouter(prefix=f"{API}/explanations/{{explanation_id}}", tags=["files"])

NO_HEADERS: Mapping[str, str] = {}
SANDBOX = {"Content-Security-Policy": policy({"sandbox": "", "default-src": "'none'"})}
"""The report is for a disk; whatever shows it under our address runs nothing of it."""


@dataclass(frozen=True)
class Truth:
    """What is asked of an altered photo besides; the region is the report's."""

    change: ChangeName
    fill: FillName
    evidence: float | None
    polygon: str | None
    parts: str | None

    def alteration(self, view: View, region: str | None) -> Alteration:
        """Of the map in view.

        Raises:
            RequestValidationError, Unusable: a place that is none
        """
        is_placed = any(place is not None for place in (self.evidence, self.polygon, self.parts))
        versus = None if view.versus is None else f"index:{view.versus}"
        asked = (f"index:{view.index}", versus, self.change, self.fill)
        return get_alteration(*asked, self.evidence, None if is_placed else region, self.polygon, self.parts)


def get_truth(
    change: Annotated[
        ChangeName | SkipJsonSchema[None],
        Query(description="Also tell what is said of the photo without a part of it, or without all else."),
    ] = None,
    fill: Annotated[FillName, Query(description="What comes instead: the photo blurred, or its mean colour.")] = "blur",
    evidence: Annotated[
        Fraction | SkipJsonSchema[None],
        Query(description=f"The part: this one of the cells that add to the class; {EVIDENCE} without any place."),
    ] = None,
    polygon: Annotated[PolygonText | SkipJsonSchema[None], Query(description="The part: x,y,x,y,… as above.")] = None,
    parts: Annotated[
        CellsText | SkipJsonSchema[None], Query(description="The part: of each cell, 0 to 1, as `cells` elsewhere.")
    ] = None,
) -> Truth | None:
    """What a report is to tell of an altered photo; `region` is the part where no other is named."""
    return None if change is None else Truth(change, fill, evidence, polygon, parts)


TruthDep = Annotated[Truth | None, Depends(get_truth)]


@router.get(
    "/report.html",
    summary="Get a report",
    response_class=Response,
    responses={
        **written_answer("One HTML file with all it needs inside.", "text/html"),
        **problems(400, 404, 422, 429, 504, 507),
    },
)
async def get_explanation_report(
    request: Request,
    explanation_id: ExplanationId,
    explainer: ExplainerDep,
    scales: ScalesDep,
    alterer: AltererDep,
    truth: TruthDep,
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
    scale: ScaleQuery = None,
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

    With scripts it shows any of its maps as the page does, without them it has figures. With `change` the network is
    asked again, as by POST to `counterfactuals`, and the answer is in the report; where no part of the photo adds to
    the class, a sentence says that there is nothing to erase.
    """
    subject = await run_in_threadpool(_subject, explainer, scales, explanation_id, scale)
    first = subject.explanation.predictions[0].index if index is None else index
    subject.require(first, versus)
    named = colormap if colormap in tables()[mode] else default_colormap(mode.value)
    view = View(first, None if versus == first else versus, mode.value, named or "", opacity, threshold, cells)
    area = cut_region(read_region(region), subject.size) if region else None
    with speaking(spoken or language()):
        alteration = None if truth is None else truth.alteration(view, region)
        wish = ReportWish(view, area, everything)
        if alteration is not None:
            wish = await _with_truth(wish, _tried(request, alterer, explanation_id, alteration, scale))
        content = await run_in_threadpool(draw_explanation_report, subject, wish)
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
    scales: ScalesDep,
    index: Annotated[ClassIndex, Query(alias="class", description="The class's index.")],
    versus: Annotated[ClassIndex | SkipJsonSchema[None], Query(description="A class whose map is subtracted.")] = None,
    scale: ScaleQuery = None,
) -> Response:
    """One class's map, cell by cell. 404 where the network has no exact map, or nobody has asked for that scale yet."""
    subject = _subject(explainer, scales, explanation_id, scale)
    subject.require(index, versus)
    if subject.grid is None:
        raise NotFound("This network has no exact map, so there is none to write.")
    maps = np.asarray(subject.numbers.maps)
    values = maps[index] if versus is None else maps[index] - maps[versus]
    name = f"class-{index}" if versus is None else f"class-{index}-against-{versus}"
    name += "" if scale is None else f"-scale-{scale}"
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
        **problems(400, 404, 422),
    },
)
def get_scores_csv(
    explanation_id: ExplanationId, explainer: ExplainerDep, scales: ScalesDep, scale: ScaleQuery = None
) -> Response:
    """Logit, probability and bias of all classes, in the order of the labels."""
    subject = _subject(explainer, scales, explanation_id, scale)
    content = scores_csv(subject.spec.labels, subject.numbers)
    return _attachment(
        content.encode("utf-8", "replace"),
        "text/csv",
        explanation_id,
        "-scores.csv" if scale is None else f"-scores-scale-{scale}.csv",
    )


def _subject(explainer: Explainer, scales: Scales, explanation_id: str, scale: str | None) -> Subject:
    """A stored explanation, at its own scale or as it is known at another, to write of. Blocking."""
    explanation = explainer.find(explanation_id)
    numbers, spec, notes = explainer.numbers(explanation_id), explainer.spec(explanation.model.id), list[str]()
    if scale is not None:
        known = scales.find(explanation_id, scale)
        look = known.found.look
        own = {"id": explanation.id, "created_at": explanation.created_at}
        explanation = answers_scales.explanation(known).model_copy(update=own)
        numbers, notes = look.numbers, account(spec, len(known.found.told), look.pixels == UPLOADED)
    try:
        photo = explainer.file(explanation_id, PHOTO).read_bytes()
    except FileNotFoundError:
        raise NotFound("This explanation has just been deleted.") from None
    return replace(Subject.of(explanation, numbers, spec, photo), notes=tuple(notes))


async def _with_truth(wish: ReportWish, trying: Awaitable[Tried]) -> ReportWish:
    """A report that also tells of an altered photo, or why there is nothing to tell."""
    try:
        return replace(wish, tried=await trying)
    except NoEvidence:
        told = gettext(
            "No part of the photo adds to the score in view, so there is no evidence to erase or to keep: the network "
            "was not asked again."
        )
        return replace(wish, untried=told)


async def _tried(
    request: Request, alterer: Alterer, explanation_id: str, alteration: Alteration, scale: str | None
) -> Tried:
    """What becomes of an altered photo; fused maps are means of several looks, so that is asked at the own scale."""
    at = None if scale is None or scale == FUSED else float(scale)
    found = await alterer.counterfactual(request, explanation_id, alteration, scale=at)
    told = await run_in_threadpool(answers_counterfactual.counterfactual, found)
    picture = await run_in_threadpool(alterer.picture, explanation_id, alteration, FIGURE_SIDE, at)
    return Tried(dict(told), picture, found.subject.scale)


def _attachment(
    content: bytes, media_type: str, explanation_id: str, suffix: str, headers: Mapping[str, str] = NO_HEADERS
) -> Response:
    """A file to keep; its name is never the one that the photo was uploaded under."""
    kept = {"Content-Disposition": f'attachment; filename="camscope-{explanation_id[:8]}{suffix}"'}
    return Response(content, media_type=media_type, headers=kept | dict(headers))
