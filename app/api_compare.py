"""The JSON API's part about two networks and one photo: thin routes over the use-case."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from app import answers_compare, documents_compare
from app.answers import API, size_of
from app.api import ColormapName, ExplanationId, Width, cached, fresh, has_tag, shown
from app.compared import Choice, read_region
from app.comparing import Comparer, SideBySide
from app.deps import ExplainerDep, Share
from app.documents import answer, file_answer, problems
from app.drawing import stored_photo
from app.errors import NotFound
from app.explanations import Explainer
from app.folders import PHOTO
from app.panels import Panel, Scene, draw_panel
from app.schemas_compare import ComparisonInfo
from app.version import VERSION
from model.png import encode_png
from model.rendering import Mode, Style, mode_of

router = APIRouter(prefix=API)

LONGEST_LABEL, LONGEST_REGION = 1000, 200
REGION_PATTERN = r"^-?\d{1,9}(\.\d{1,9})?(,-?\d{1,9}(\.\d{1,9})?){3}$"
PANEL_WIDTH = 640


def get_comparer(request: Request) -> Comparer:
    """The use-case: compare two networks on a stored photo."""
    comparer: Comparer = request.app.state.comparer
    return comparer


ComparerDep = Annotated[Comparer, Depends(get_comparer)]
ModelKey = Annotated[
    str, Query(min_length=1, max_length=300, description="The other network: a bundle's id or name.", examples=["tiny"])
]
Label = Annotated[str, Field(max_length=LONGEST_LABEL)]
RegionText = Annotated[
    str, Field(max_length=LONGEST_REGION), WithJsonSchema({"type": "string", "pattern": REGION_PATTERN})
]


def get_choice(
    label: Annotated[
        Label | SkipJsonSchema[None],
        Query(
            alias="class",
            description="A class, as a label or as `index:285`: of the network before, else of the one after. "
            "Default the likeliest that both know.",
        ),
    ] = None,
    other: Annotated[
        Label | SkipJsonSchema[None],
        Query(description="A class of the network after that is to be taken for the same, whatever its label."),
    ] = None,
    region: Annotated[
        RegionText | SkipJsonSchema[None],
        Query(description="Where to measure the evidence besides the boxes: left,top,right,bottom in photo pixels."),
    ] = None,
) -> Choice:
    """Which class, and where; an empty value is one left out."""
    return Choice(label or None, other or None, read_region(region) if region else None)


ChoiceDep = Annotated[Choice, Depends(get_choice)]
Swap = Annotated[
    bool | SkipJsonSchema[None],
    Query(
        description="Put the other network before and the explanation's own after; default true where the "
        "explanation's own was trained from the other."
    ),
]


@router.get(
    "/explanations/{explanation_id}/comparison",
    tags=["comparisons"],
    summary="Compare two models on a photo",
    responses={
        200: answer("Both networks' answers, and what changed.", documents_compare.COMPARISON),
        **problems(400, 404, 422, 429, 504),
    },
)
async def get_comparison(
    request: Request,
    explanation_id: ExplanationId,
    model: ModelKey,
    choice: ChoiceDep,
    comparer: ComparerDep,
    swap: Swap = None,
) -> ComparisonInfo:
    """The stored photo under the explanation's own model and under another, the one before, the other after.

    Both see the same pixels: the uploaded file's where both have explained it, else the stored copy's;
    what they say of that is kept with the explanation and not computed again. Where they know the same
    class, the difference of its maps is the account of the difference of its scores.
    """
    found = await comparer.compare(request, explanation_id, model, choice, swap)
    return await run_in_threadpool(answers_compare.comparison, found)


@router.get(
    "/explanations/{explanation_id}/comparison.png",
    tags=["files"],
    summary="Get a comparison as a picture",
    response_class=Response,
    responses={**file_answer("RGB.", "image/png"), **problems(400, 404, 422, 429, 504)},
)
async def get_comparison_picture(
    request: Request,
    explanation_id: ExplanationId,
    model: ModelKey,
    choice: ChoiceDep,
    comparer: ComparerDep,
    explainer: ExplainerDep,
    swap: Swap = None,
    panel: Annotated[
        Panel, Query(description="One of the maps, or all of them beside the photo; 404 where it is not there.")
    ] = Panel.ALL,
    mode: Annotated[
        Mode | SkipJsonSchema[None], Query(description="Of the two maps; the difference has both signs always.")
    ] = None,
    colormap: Annotated[
        ColormapName | SkipJsonSchema[None], Query(description="Of the two maps; default the mode's first.")
    ] = None,
    opacity: Annotated[Share, Query(description="Of the strongest colour.")] = 0.7,
    smooth: Annotated[bool, Query(description="Bilinear between cell centres; false shows the true cells.")] = True,
    legend: Annotated[bool, Query(description="A strip below with values in logits; all together have it always.")] = (
        True
    ),
    width: Annotated[Width, Query(description="Of one panel, in pixels, at most.")] = PANEL_WIDTH,
) -> Response:
    """Both maps on one scale, the difference on its own."""
    found = await comparer.compare(request, explanation_id, model, choice, swap)
    chosen = mode or (Mode.SIGNED if colormap is None else mode_of(colormap))
    style = Style(chosen, colormap, opacity, smooth=smooth)
    asked = f"{explanation_id} {answers_compare.query(found)} {found.other.look.pixels}"
    wanted = f"{VERSION} {asked} {style} {panel} {legend} {width}"
    tag = f'"{hashlib.sha256(wanted.encode()).hexdigest()[:32]}"'
    if has_tag(request, tag):
        return fresh(tag)
    picture = await run_in_threadpool(_picture, found, explainer, style, panel, legend, width)
    return Response(picture, media_type="image/png", headers=cached(tag) | shown(explanation_id, "-compared.png"))


def _picture(
    found: SideBySide, explainer: Explainer, style: Style, panel: Panel, with_strip: bool, width: int
) -> bytes:
    try:
        photo = stored_photo(explainer.file(found.row.id, PHOTO), width)
    except FileNotFoundError:
        raise NotFound("This explanation has just been deleted.") from None
    names = (found.before.model.name, found.after.model.name)
    scene = Scene(photo, size_of(found.row), found.compared, names, style)
    return encode_png(draw_panel(scene, panel, with_strip))
