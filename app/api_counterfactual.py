"""The JSON API's part about altered photos: thin routes over the use-case."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from app import answers_counterfactual, documents_counterfactual
from app.alterations import Alteration
from app.answers import API
from app.api import ExplanationId, Width, cached, fresh, has_tag, shown
from app.counterfactual_query import alteration_about, alteration_of, numbers_in, points_in, rows_in
from app.counterfactuals import Alterer
from app.deps import ExplainerDep
from app.documents import answer, file_answer, problems
from app.folders import PHOTO
from app.schemas_counterfactual import (
    EVIDENCE,
    ChangeName,
    CounterfactualAsked,
    CounterfactualInfo,
    CurveAsked,
    CurveInfo,
    FillName,
    Fraction,
    Label,
)
from app.schemas_scales import OneScaleText
from app.version import VERSION

router = APIRouter(prefix=API)

LONGEST_PLACE = 40_000
NUMBER = r"-?\d{1,9}(\.\d{1,9})?"
PART = r"(0(\.\d{1,9})?|1(\.0{1,9})?)"


async def get_alterer(request: Request) -> Alterer:
    """The use-case: alter a stored photo, and ask its network again."""
    alterer: Alterer = request.app.state.alterer
    return alterer


AltererDep = Annotated[Alterer, Depends(get_alterer)]


def _text(pattern: str) -> object:
    return WithJsonSchema({"type": "string", "pattern": pattern})


RegionText = Annotated[str, Field(max_length=200), _text(rf"^{NUMBER}(,{NUMBER}){{3}}$")]
PolygonText = Annotated[
    str, Field(max_length=LONGEST_PLACE), _text(rf"^{NUMBER},{NUMBER}(,{NUMBER},{NUMBER}){{2,1999}}$")
]
CellsText = Annotated[str, Field(max_length=LONGEST_PLACE), _text(rf"^{PART}(,{PART})*(;{PART}(,{PART})*)*$")]


def get_alteration(
    label: Annotated[
        Label | SkipJsonSchema[None],
        Query(alias="class", description="A class, as a label or as `index:285`; default the most probable one."),
    ] = None,
    versus: Annotated[
        Label | SkipJsonSchema[None],
        Query(description="Another class: then the evidence is that of the difference of the two."),
    ] = None,
    change: Annotated[ChangeName, Query(description="Take the part out, or everything else.")] = "erase",
    fill: Annotated[FillName, Query(description="The photo blurred, or its mean colour.")] = "blur",
    evidence: Annotated[
        Fraction | SkipJsonSchema[None],
        Query(description=f"This part of the cells that add to the class; {EVIDENCE} without any place."),
    ] = None,
    region: Annotated[
        RegionText | SkipJsonSchema[None], Query(description="left,top,right,bottom in pixels of the photo.")
    ] = None,
    polygon: Annotated[
        PolygonText | SkipJsonSchema[None], Query(description="An outline's points, x,y,x,y,… in pixels of the photo.")
    ] = None,
    cells: Annotated[
        CellsText | SkipJsonSchema[None],
        Query(description="The part of each cell, 0 to 1, a comma between columns, a semicolon between rows."),
    ] = None,
) -> Alteration:
    """What is to be done to the photo, from an address."""
    given = {
        "class": label,
        "versus": versus,
        "change": change,
        "fill": fill,
        "evidence": evidence,
        "region": None if region is None else numbers_in(region, "region"),
        "polygon": None if polygon is None else points_in(polygon, "polygon"),
        "cells": None if cells is None else rows_in(cells, "cells"),
    }
    try:
        return alteration_of(CounterfactualAsked.model_validate(given))
    except ValidationError as error:
        found = [one | {"loc": ("query", *one["loc"])} for one in error.errors(include_url=False)]
        raise RequestValidationError(found) from None


AlterationDep = Annotated[Alteration, Depends(get_alteration)]


@router.post(
    "/explanations/{explanation_id}/counterfactuals",
    tags=["counterfactuals"],
    summary="Erase a part of a photo, or all but it, and ask again",
    responses={
        200: answer(
            "What the head predicts, what the network says, and why they differ.", documents_counterfactual.ONE
        ),
        **problems(400, 403, 404, 413, 422, 429, 504, 507),
    },
)
async def create_counterfactual(
    request: Request, explanation_id: ExplanationId, asked: CounterfactualAsked, alterer: AltererDep
) -> CounterfactualInfo:
    """What each class has from a part of the photo, and what is said without that part: by the head, whose features
    there are taken to be nothing; and by the network, which sees an altered photo.

    The two differ because cells see beyond their square, and because whatever is filled in is something too. Both
    are measured: `actual - predicted = context + filling + rescaling`. Nothing is kept but a look at a new `scale`,
    which is taken first. See docs/evidence.md.
    """
    found = await alterer.counterfactual(request, explanation_id, alteration_of(asked), asked.network, asked.scale)
    return await run_in_threadpool(answers_counterfactual.counterfactual, found)


@router.post(
    "/explanations/{explanation_id}/counterfactuals/curve",
    tags=["counterfactuals"],
    summary="Erase a photo, and build it up, cell after cell",
    responses={
        200: answer("Deletion and insertion curves.", documents_counterfactual.CURVE),
        **problems(400, 403, 404, 413, 422, 429, 504, 507),
    },
)
async def create_curve(
    request: Request, explanation_id: ExplanationId, asked: CurveAsked, alterer: AltererDep
) -> CurveInfo:
    """Deletion and insertion (Petsiuk et al. 2018), in the order of the map and beside it in one by chance.

    A map that tells what the network looks at loses the class sooner than chance does, and finds it sooner.
    """
    found = await alterer.curves(request, explanation_id, alteration_about(asked), asked.steps, asked.scale)
    return await run_in_threadpool(answers_counterfactual.curves, found)


@router.get(
    "/explanations/{explanation_id}/counterfactual.jpg",
    tags=["files"],
    summary="Get the altered photo",
    response_class=Response,
    responses={**file_answer("The stored copy, altered.", "image/jpeg"), **problems(400, 404, 422)},
)
def get_counterfactual_picture(
    request: Request,
    explanation_id: ExplanationId,
    alteration: AlterationDep,
    explainer: ExplainerDep,
    alterer: AltererDep,
    width: Annotated[Width | SkipJsonSchema[None], Query(description="At most so many pixels wide.")] = None,
    scale: Annotated[
        OneScaleText | SkipJsonSchema[None],
        Query(description="Whose map has the evidence; default the explanation's own."),
    ] = None,
) -> Response:
    """What the network is shown; it sees that at its own size. 404 also where nobody has asked for that scale yet."""
    explainer.file(explanation_id, PHOTO)  # or 404
    asked = answers_counterfactual.place_text(alteration)
    wanted = f"{VERSION} {explanation_id} {alteration.kind} {asked} {alteration.label} {alteration.versus} "
    wanted += f"{alteration.change} {alteration.fill} {width} {scale}"
    tag = f'"{hashlib.sha256(wanted.encode("utf-8", "replace")).hexdigest()[:32]}"'
    if has_tag(request, tag):
        return fresh(tag)
    picture = alterer.picture(explanation_id, alteration, width, scale)
    return Response(picture, media_type="image/jpeg", headers=cached(tag) | shown(explanation_id, "-altered.jpg"))
