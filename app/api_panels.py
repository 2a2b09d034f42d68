"""The JSON API's part about panels side by side: thin routes over the use-case."""

import hashlib
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from app import answers_panels, documents_panels
from app.answers import API
from app.api import Width, cached, fresh, has_tag
from app.api_compare import ComparerDep
from app.deps import ExplainerDep, ScalesDep, Share
from app.documents import answer, file_answer, problems
from app.drawing import stored_photo
from app.errors import NotFound
from app.explanations import Explainer
from app.folders import PHOTO
from app.languages import DEFAULT_LANGUAGE, speaking
from app.panel_sheet import draw_one, draw_sheet
from app.panel_wishes import LONGEST_PANEL, MOST_PANELS, Wishes, read_wishes
from app.panelling import Panel, Panelling, PanelSet
from app.schemas_panels import PanelsInfo
from app.version import VERSION
from model.photos import Pixels
from model.png import encode_png
from model.rendering import Style

router = APIRouter(prefix=API)

PANEL_WIDTH = 480
PANEL_PATTERN = (
    r"^[0-9a-f]{32}(,class:[0-9]{1,9})?(,against:[0-9]{1,9})?"
    r"(,model:[A-Za-z0-9][A-Za-z0-9._-]{0,199}|,scale:(1|1\.5|2|3|fused))?$"
)
PanelText = Annotated[
    str, Field(max_length=LONGEST_PANEL), WithJsonSchema({"type": "string", "pattern": PANEL_PATTERN})
]


def get_wishes(
    panel: Annotated[
        list[PanelText],
        Query(
            min_length=1,
            max_length=MOST_PANELS,
            description="Repeatable, up to four: an explanation's id, and behind commas the class's index (default the "
            "most probable one), the index of a class it is against, and another model that is to look at the photo, "
            "or the scale at which its own is to.",
            examples=[documents_panels.PANELS],
        ),
    ],
) -> Wishes:
    """What stands side by side."""
    return read_wishes(panel)


async def get_panelling(comparer: ComparerDep, scales: ScalesDep) -> Panelling:
    """The use-case: put maps side by side."""
    return Panelling(comparer, scales)


WishesDep = Annotated[Wishes, Depends(get_wishes)]
PanellingDep = Annotated[Panelling, Depends(get_panelling)]


@router.get(
    "/panels",
    tags=["panels"],
    summary="Put maps side by side",
    responses={
        200: answer("The panels, in the order that was asked for.", documents_panels.ANSWER),
        **problems(400, 404, 422, 429, 504, 507),
    },
)
async def get_panels(request: Request, wishes: WishesDep, panelling: PanellingDep) -> PanelsInfo:
    """Up to four maps of any photos, classes and models, with the one limit that makes their colours comparable."""
    found = PanelSet(await panelling.find(request, wishes))
    return await run_in_threadpool(answers_panels.panels_info, found)


@router.get(
    "/panels.png",
    tags=["files"],
    summary="Get maps side by side as a picture",
    response_class=Response,
    responses={**file_answer("RGB.", "image/png"), **problems(400, 404, 422, 429, 504, 507)},
)
async def get_panels_picture(
    request: Request,
    wishes: WishesDep,
    panelling: PanellingDep,
    explainer: ExplainerDep,
    colours: Annotated[
        Literal["shared", "own"], Query(description="One colour scale for all panels, or each its own.")
    ] = "shared",
    only: Annotated[
        Annotated[int, Field(ge=1, le=MOST_PANELS)] | SkipJsonSchema[None],
        Query(description="Of this panel alone, from 1, in the colours it has beside the others; no words, no legend."),
    ] = None,
    opacity: Annotated[Share, Query(description="Of the strongest colour.")] = 0.7,
    smooth: Annotated[bool, Query(description="Bilinear between cell centres; false shows the true cells.")] = True,
    width: Annotated[Width, Query(description="Of one panel, in pixels, at most.")] = PANEL_WIDTH,
) -> Response:
    """Photos in grey with their maps over them, titles above, the legend below."""
    found = PanelSet(await panelling.find(request, wishes), colours == "shared")
    if only is not None and only > len(found.panels):
        raise NotFound("There is no such panel.")
    style = Style(opacity=opacity, smooth=smooth, grey=True)
    pixels = [panel.side.look.pixels for panel in found.panels]
    wanted = f"{VERSION} {answers_panels.query(found.wishes)} {pixels} {colours} {only} {style} {width}"
    tag = f'"{hashlib.sha256(wanted.encode()).hexdigest()[:32]}"'
    if has_tag(request, tag):
        return fresh(tag)
    picture = await run_in_threadpool(_picture, found, explainer, style, only, width)
    name = {"Content-Disposition": 'inline; filename="camscope-side-by-side.png"'}
    return Response(picture, media_type="image/png", headers=cached(tag) | name)


def _picture(found: PanelSet, explainer: Explainer, style: Style, only: int | None, width: int) -> bytes:
    def photo_of(panel: Panel) -> Pixels:
        try:
            return stored_photo(explainer.file(panel.row.id, PHOTO), width)
        except FileNotFoundError:
            raise NotFound("This explanation has just been deleted.") from None

    if only is None:
        with speaking(DEFAULT_LANGUAGE):  # the font has no other letters
            return encode_png(draw_sheet(found, photo_of, style))
    panel = found.panels[only - 1]
    return encode_png(draw_one(panel, photo_of(panel), style, found.limit_of(panel)))
