"""The JSON API, version 1: thin routes over the use-case."""

import hashlib
from pathlib import Path as FilePath
from typing import Annotated, Literal

from fastapi import APIRouter, File, Path, Query, Request, Response, UploadFile
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema
from starlette.responses import FileResponse

from app import documents
from app.answers import API
from app.deps import ExplainerDep, OwnerDep, ScalesDep, Share, WishDep
from app.documents import answer, file_answer, problems
from app.drawing import Drawing, smaller_photo
from app.folders import CAMS, PHOTO, THUMBNAIL
from app.schemas import Explanation, ExplanationPage, Scores
from app.schemas_scales import ScaleName
from app.version import VERSION
from model.rendering import TABLES_FILE, Mode, Style, mode_of

router = APIRouter(prefix=API)

ScaleQuery = Annotated[
    ScaleName | SkipJsonSchema[None],
    Query(description="A scale that was asked for before, or fused; 404 if it was not. Default the explanation's own."),
]
MEDIA_TYPES = {".jpg": "image/jpeg", ".png": "image/png"}
extras = APIRouter()

ExplanationId = Annotated[str, Path(description="An explanation's id.", examples=[documents.ID])]
ClassIndex = Annotated[int, Field(ge=0, le=10**9)]
Width = Annotated[int, Field(ge=16, le=4096)]
Limit = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
ColormapName = Literal["RdBu_r", "PuOr_r", "coolwarm", "viridis", "cividis", "inferno", "turbo", "jet", "gray"]


@router.post(
    "/explanations",
    status_code=201,
    tags=["explanations"],
    response_model=Explanation,
    summary="Explain a photo",
    openapi_extra=documents.OWNER,
    responses={
        200: answer("Explained, and not kept (`store` is false).", documents.NOT_STORED) | {"model": Explanation},
        201: answer("Explained and kept.", documents.EXPLANATION)
        | {"headers": {"Location": {"description": "Where it is kept.", "schema": {"type": "string"}}}},
        **problems(400, 403, 413, 415, 422, 429, 507),
    },
)
async def create_explanation(
    request: Request,
    image: Annotated[
        UploadFile,
        File(description="The photo: JPEG (also MPO), PNG, WebP, GIF (first frame) or BMP, told by content."),
    ],
    wish: WishDep,
    explainer: ExplainerDep,
    owner: OwnerDep,
) -> Response:
    """What the network sees in a photo, and which parts of it made it say so.

    For every class explained, `mean(cam) + bias` is the logit, to rounding. The same photo, model
    and scale again are answered from the numbers that were kept; with `store` false they are computed.
    """
    explanation = await explainer.explain(request, image, wish, owner)
    kept = explanation.id is not None
    return Response(
        explanation.model_dump_json(),  # left to the framework, it would be checked and copied first
        status_code=201 if kept else 200,
        headers={"Location": f"{API}/explanations/{explanation.id}"} if kept else None,
        media_type="application/json",
    )


@router.get(
    "/explanations",
    tags=["explanations"],
    summary="List your explanations",
    openapi_extra=documents.OWNER,
    responses={200: answer("Newest first.", documents.HISTORY), **problems(400, 422)},
)
def list_explanations(
    explainer: ExplainerDep,
    owner: OwnerDep,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 20,
    cursor: Annotated[
        Annotated[str, Field(max_length=200)] | SkipJsonSchema[None], Query(description="`next` of the part before.")
    ] = None,
) -> ExplanationPage:
    """The asker's own, by the owner cookie or the `Camscope-Owner` header; nobody else's."""
    return explainer.history(owner, limit, cursor)


@router.get(
    "/explanations/{explanation_id}",
    tags=["explanations"],
    summary="Get an explanation",
    responses={200: answer("As it was first answered.", documents.EXPLANATION), **problems(400, 404)},
)
def get_explanation(explanation_id: ExplanationId, explainer: ExplainerDep) -> Explanation:
    """Whoever has the id may read it."""
    return explainer.find(explanation_id)


@router.delete(
    "/explanations/{explanation_id}",
    status_code=204,
    tags=["explanations"],
    summary="Delete an explanation",
    openapi_extra=documents.OWNER,
    responses={204: {"description": "Gone, with its photo and its maps."}, **problems(400, 403, 404, 413)},
)
def delete_explanation(explanation_id: ExplanationId, explainer: ExplainerDep, owner: OwnerDep) -> None:
    """Its owner alone can; to anybody else it is not there."""
    explainer.delete(explanation_id, owner)


@router.get(
    "/explanations/{explanation_id}/scores",
    tags=["explanations"],
    summary="Get every class's numbers",
    responses={200: answer("In the order of the labels.", documents.SCORES), **problems(400, 404)},
)
def get_scores(explanation_id: ExplanationId, explainer: ExplainerDep) -> Scores:
    """Logit, probability and bias of all classes, not of the explained ones alone."""
    return explainer.scores(explanation_id)


@router.get(
    "/explanations/{explanation_id}/image",
    tags=["files"],
    summary="Get the photo",
    response_class=Response,
    responses={
        **file_answer(
            "Upright, without metadata, long side at most 2,048 px; PNG where a small lossless file was sent.",
            *MEDIA_TYPES.values(),
        ),
        **problems(400, 404, 422),
    },
)
def get_image(
    request: Request,
    explanation_id: ExplanationId,
    explainer: ExplainerDep,
    width: Annotated[Width | SkipJsonSchema[None], Query(description="At most so many pixels wide.")] = None,
) -> Response:
    """The stored copy; the uploaded file itself is not kept."""
    photo = explainer.file(explanation_id, PHOTO)
    tag = f'"{explanation_id}-photo-{width}"'
    if _is_fresh(request, tag):
        return fresh(tag)
    if width is None:
        headers = cached(tag) | shown(explanation_id, photo.suffix)
        return FileResponse(photo, media_type=MEDIA_TYPES[photo.suffix], headers=headers)
    headers = cached(tag) | shown(explanation_id, ".jpg")
    return Response(smaller_photo(photo, width), media_type="image/jpeg", headers=headers)


@router.get(
    "/explanations/{explanation_id}/thumbnail",
    tags=["files"],
    summary="Get the photo, small",
    response_class=Response,
    responses={**file_answer("Long side at most 320 px.", *MEDIA_TYPES.values()), **problems(400, 404)},
)
def get_thumbnail(request: Request, explanation_id: ExplanationId, explainer: ExplainerDep) -> Response:
    """A small copy for lists."""
    small = explainer.file(explanation_id, THUMBNAIL)
    headers = shown(explanation_id, f"-small{small.suffix}")
    return _file(request, small, explanation_id, MEDIA_TYPES[small.suffix], headers)


@router.get(
    "/explanations/{explanation_id}/cams.npy",
    tags=["files"],
    summary="Get all maps as numbers",
    response_class=Response,
    responses={
        **file_answer("NumPy's format: float32, classes x rows x columns, in logits.", "application/octet-stream"),
        **problems(400, 404, 422),
    },
)
def get_cams(
    request: Request,
    explanation_id: ExplanationId,
    explainer: ExplainerDep,
    scales: ScalesDep,
    scale: ScaleQuery = None,
) -> Response:
    """Every class's map, signed and unscaled: `numpy.load` reads it. 404 where the network has no exact map."""
    cams = explainer.file(explanation_id, CAMS) if scale is None else scales.cams(explanation_id, scale)
    headers = {"Content-Disposition": f'attachment; filename="camscope-{explanation_id[:8]}.npy"'}
    return _file(request, cams, explanation_id, "application/octet-stream", headers)


@router.get(
    "/explanations/{explanation_id}/heatmap.png",
    tags=["files"],
    summary="Get a map as a picture",
    response_class=Response,
    responses={**file_answer("RGB over the photo, else RGBA.", "image/png"), **problems(400, 404, 422)},
)
def get_heatmap(
    request: Request,
    explanation_id: ExplanationId,
    explainer: ExplainerDep,
    scales: ScalesDep,
    index: Annotated[ClassIndex, Query(alias="class", description="The class's index.")],
    versus: Annotated[
        ClassIndex | SkipJsonSchema[None], Query(description="A class whose map is subtracted: against the runner-up.")
    ] = None,
    mode: Annotated[
        Mode | SkipJsonSchema[None],
        Query(
            description="Both signs around zero, or what speaks for the class alone; "
            "default the one the colour map is made for, signed where none is chosen."
        ),
    ] = None,
    colormap: Annotated[
        ColormapName | SkipJsonSchema[None],
        Query(description="Any of `/colormaps.json`, in any mode; default the mode's first."),
    ] = None,
    opacity: Annotated[Share, Query(description="Of the strongest colour.")] = 0.7,
    threshold: Annotated[Share, Query(description="Hide what is weaker than this part of the limit.")] = 0,
    smooth: Annotated[bool, Query(description="Bilinear between cell centres; false shows the true cells.")] = True,
    overlay: Annotated[bool, Query(description="Over the photo; false: the map alone, transparent.")] = True,
    grey: Annotated[bool, Query(description="The photo under the map without its colours.")] = False,
    legend: Annotated[bool, Query(description="A strip below with values in logits.")] = True,
    width: Annotated[Width | SkipJsonSchema[None], Query(description="At most so many pixels wide.")] = None,
    scale: ScaleQuery = None,
    limit: Annotated[
        Limit | SkipJsonSchema[None],
        Query(
            description="The value in logits that gets the strongest colour; the same for several pictures makes them "
            "comparable. Default the map's own."
        ),
    ] = None,
) -> Response:
    """One class's map, drawn by the rules that the browser follows. 404 where the network has no exact map."""
    if mode is None:
        mode = Mode.SIGNED if colormap is None else mode_of(colormap)
    style = Style(mode, colormap, opacity, threshold, smooth, grey)
    drawing = Drawing(index, versus, style, overlay, legend, width, limit)
    explainer.file(explanation_id, PHOTO)  # or 404
    tag = f'"{hashlib.sha256(f"{VERSION} {explanation_id} {drawing} {scale}".encode()).hexdigest()[:32]}"'
    if has_tag(request, tag):
        return fresh(tag)
    picture = explainer.draw(explanation_id, drawing) if scale is None else scales.draw(explanation_id, scale, drawing)
    if _is_fresh(request, tag):
        return fresh(tag)
    return Response(picture, media_type="image/png", headers=cached(tag) | shown(explanation_id, ".png"))


@extras.get("/colormaps.json", include_in_schema=False)
def get_colormaps() -> FileResponse:
    """The colour tables that the browser draws with: the server's own."""
    return FileResponse(TABLES_FILE, media_type="application/json", headers={"Cache-Control": "public, max-age=3600"})


def _file(request: Request, path: FilePath, explanation_id: str, media_type: str, headers: dict[str, str]) -> Response:
    """A file that never changes, as long as it is there."""
    tag = f'"{explanation_id}-{path.stem}"'
    if _is_fresh(request, tag):
        return fresh(tag)
    return FileResponse(path, media_type=media_type, headers=cached(tag) | headers)


def shown(explanation_id: str, suffix: str) -> dict[str, str]:
    """A picture to look at, and its name for who keeps it: never the one it was uploaded under."""
    return {"Content-Disposition": f'inline; filename="camscope-{explanation_id[:8]}{suffix}"'}


def cached(tag: str) -> dict[str, str]:
    """The browser may keep it, but asks each time whether it is still there."""
    return {"ETag": tag, "Cache-Control": "private, no-cache"}


def has_tag(request: Request, tag: str) -> bool:
    """Whether the asker names this very version."""
    known = request.headers.get("if-none-match", "")
    return tag in [part.strip().removeprefix("W/") for part in known.split(",")]


def _is_fresh(request: Request, tag: str) -> bool:
    """Whether the asker has it: this version, or any."""
    return request.headers.get("if-none-match", "").strip() == "*" or has_tag(request, tag)


def fresh(tag: str) -> Response:
    """The answer to somebody who has it."""
    return Response(status_code=304, headers=cached(tag))
