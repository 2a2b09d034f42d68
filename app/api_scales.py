"""The JSON API's part about other scales of a stored photo: thin routes over the use-case."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from app import answers, answers_scales, documents, documents_scales
from app.answers import API
from app.api import ExplanationId, cached, fresh, has_tag
from app.deps import ScalesDep
from app.documents import answer, file_answer, problems
from app.schemas import Scores
from app.schemas_scales import OfferPage, ScaleAsked, ScaledInfo, ScaleName

router = APIRouter(prefix=f"{API}/explanations/{{explanation_id}}/scales", tags=["scales"])


Name = Annotated[ScaleName, Path(description="A scale, or fused.", examples=["1"])]


@router.get(
    "",
    summary="List the scales of a photo",
    responses={200: answer("What can be asked for, and what it costs.", documents_scales.OFFERS), **problems(400, 404)},
)
def list_scales(explanation_id: ExplanationId, scales: ScalesDep) -> OfferPage:
    """Input, grid and time of each scale: as they were, or as they are to be expected.

    A network of one fixed input size has one scale, and the photo with its mirror image as `fused`.
    """
    return answers_scales.offers(explanation_id, scales.offers(explanation_id))


@router.post(
    "",
    status_code=201,
    summary="Look at a photo at another scale",
    response_model=ScaledInfo,
    responses={
        200: answer("As it was kept.", documents_scales.SCALED) | {"model": ScaledInfo},
        201: answer("Computed and kept.", documents_scales.SCALED)
        | {"headers": {"Location": {"description": "Where it is kept.", "schema": {"type": "string"}}}},
        **problems(400, 403, 404, 413, 422, 429, 504, 507),
    },
)
async def create_scale(
    request: Request, explanation_id: ExplanationId, asked: ScaleAsked, scales: ScalesDep
) -> Response:
    """The stored photo under the explanation's own model, at another scale or at all of them, fused.

    A larger input has a finer grid, from the same weights, and is a question of its own: the scores differ. `fused`
    takes four scales and the mirror image of each: the scores are their means, exactly; the maps are laid on the
    finest raster and averaged, and each `residual` says what that brought in. It is computed once, kept with the
    explanation, and goes with it.
    """
    known, is_new = await scales.ask(request, explanation_id, asked.scale)
    told = await run_in_threadpool(answers_scales.scaled_info, known)
    return Response(
        told.model_dump_json(),
        status_code=201 if is_new else 200,
        headers={"Location": told.url} if is_new else None,
        media_type="application/json",
    )


@router.get(
    "/{scale}",
    summary="Get a photo at another scale",
    responses={200: answer("As it was kept.", documents_scales.SCALED), **problems(400, 404, 422)},
)
def get_scale(explanation_id: ExplanationId, scale: Name, scales: ScalesDep) -> ScaledInfo:
    """404 until somebody has asked for it by POST; the explanation's own scale is there always."""
    return answers_scales.scaled_info(scales.find(explanation_id, scale))


@router.get(
    "/{scale}/scores",
    summary="Get every class's numbers at another scale",
    responses={200: answer("In the order of the labels.", documents.SCORES), **problems(400, 404, 422)},
)
def get_scale_scores(explanation_id: ExplanationId, scale: Name, scales: ScalesDep) -> Scores:
    """Logit, probability and bias of all classes. 404 until somebody has asked for this scale by POST."""
    return answers.scores(scales.find(explanation_id, scale).found.look.numbers)


@router.get(
    "/{scale}/cams.npy",
    tags=["files"],
    summary="Get all maps at another scale as numbers",
    response_class=Response,
    responses={
        **file_answer("NumPy's format: float32, classes x rows x columns, in logits.", "application/octet-stream"),
        **problems(400, 404, 422),
    },
)
def get_scale_cams(request: Request, explanation_id: ExplanationId, scale: Name, scales: ScalesDep) -> Response:
    """Every class's map at this scale. 404 until somebody has asked for it by POST, and where there are no maps."""
    cams = scales.cams(explanation_id, scale)
    tag = f'"{explanation_id}-{cams.stem}"'
    if has_tag(request, tag):
        return fresh(tag)
    name = {"Content-Disposition": f'attachment; filename="camscope-{explanation_id[:8]}-scale-{scale}.npy"'}
    return FileResponse(cams, media_type="application/octet-stream", headers=cached(tag) | name)
