"""The JSON API, version 1: where a class's strong evidence lies."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from app.answers import API
from app.api import ClassIndex, ExplanationId, cached, fresh, has_tag
from app.deps import ExplainerDep
from app.documents import problems
from app.documents_regions import regions_answer
from app.folders import PHOTO
from app.outlining import Outlining, stored_regions, written
from app.schemas_regions import RegionFormat
from app.version import VERSION
from model.regions import THRESHOLD

MOST_CLASSES = 10
KINDS = {
    RegionFormat.JSON: ("application/json", None),
    RegionFormat.COCO: ("application/json", "-coco.json"),
    RegionFormat.VOC: ("application/xml", ".xml"),
    RegionFormat.MASK: ("image/png", "-mask.png"),
}
router = APIRouter(prefix=API)


def _below_one(value: float) -> float:
    if not 0 <= value < 1:
        raise PydanticCustomError("fraction", "takes a number from 0 up to, but not, 1")
    return value


Fraction = Annotated[
    float,
    AfterValidator(_below_one),
    WithJsonSchema({"type": "number", "minimum": 0, "exclusiveMaximum": 1}),
]


@router.get(
    "/explanations/{explanation_id}/regions",
    tags=["explanations"],
    summary="Get boxes and outlines",
    responses={
        200: regions_answer(),
        304: {"description": "The copy you have (If-None-Match) is still right."},
        **problems(400, 404, 422),
    },
)
def get_regions(
    request: Request,
    explanation_id: ExplanationId,
    explainer: ExplainerDep,
    indices: Annotated[
        Annotated[list[ClassIndex], Field(max_length=MOST_CLASSES)] | SkipJsonSchema[None],
        Query(alias="class", description="A class's index; repeatable, default the explanation's first."),
    ] = None,
    threshold: Annotated[
        Fraction, Query(description="The fraction of a map's maximum that regions exceed.")
    ] = THRESHOLD,
    wanted: Annotated[
        RegionFormat,
        Query(alias="format", description="JSON, COCO's JSON, Pascal VOC's XML, or a PNG of indices: 0 is none."),
    ] = RegionFormat.JSON,
    largest: Annotated[bool, Query(description="Each class's largest region alone.")] = False,
    file_name: Annotated[
        Annotated[str, Field(max_length=255)] | SkipJsonSchema[None],
        Query(description="What the COCO or VOC file calls the photo, whose own name is not kept."),
    ] = None,
) -> Response:
    """Every connected region of a class's map above a threshold: its box, its outline, and what it holds.

    The first box of a class is that of its prediction. 404 where the network has no exact map.
    """
    asked = Outlining(tuple(indices or ()), threshold, largest, file_name)
    explainer.file(explanation_id, PHOTO)  # or 404
    tag = f'"{hashlib.sha256(f"{VERSION} {explanation_id} {asked} {wanted}".encode()).hexdigest()[:32]}"'
    if has_tag(request, tag):
        return fresh(tag)
    content = written(*stored_regions(explainer, explanation_id, asked), wanted)
    media_type, ending = KINDS[wanted]
    headers = cached(tag)
    if ending is not None:
        headers["Content-Disposition"] = f'attachment; filename="camscope-{explanation_id[:8]}{ending}"'
    return Response(content, media_type=media_type, headers=headers)
