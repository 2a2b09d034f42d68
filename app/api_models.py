"""The JSON API of models: thin routes over the shelf."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, StreamingResponse

from app import documents, documents_models
from app.answers import API
from app.answers_models import model_details, model_item
from app.deps import ExplainerDep, RegistryDep, require_room
from app.documents import answer, file_answer, problems
from app.forms import received_file
from app.schemas import Labels, ModelPage
from app.schemas_models import ModelDetails, Rename
from app.security import policy
from app.shelf import Shelf
from app.zips import archive_size, write_archive
from model.metrics import Metrics

router = APIRouter(prefix=f"{API}/models", tags=["models"])

# Whoever made a bundle wrote its report: it may look like anything, and do nothing.
REPORT_POLICY = policy(
    {
        "sandbox": "",
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
    }
)
REPORT_HEADERS = {"Content-Security-Policy": REPORT_POLICY, "X-Frame-Options": "SAMEORIGIN"}

ModelId = Annotated[str, Path(description="A bundle's id or name.", examples=[documents.BUNDLE])]
LOCATION = {"headers": {"Location": {"description": "Where it is.", "schema": {"type": "string"}}}}


def get_shelf(request: Request) -> Shelf:
    """The bundles as people handle them."""
    shelf: Shelf = request.app.state.shelf
    return shelf


ShelfDep = Annotated[Shelf, Depends(get_shelf)]


def _require_changes(shelf: ShelfDep) -> None:
    shelf.require_changes()


require_changes = Depends(_require_changes)


@router.get(
    "", summary="List the models", responses={200: answer("The default first.", documents.MODELS), **problems(400)}
)
def list_models(registry: RegistryDep) -> ModelPage:
    """The bundles that can be asked now."""
    return ModelPage(items=[model_item(entry) for entry in registry.entries()])


@router.post(
    "",
    status_code=201,
    summary="Import a model",
    openapi_extra=documents_models.ARCHIVE_FORM,
    dependencies=[require_changes, require_room],
    responses={
        201: answer("It is there, and answers at once.", documents_models.MODEL) | LOCATION,
        **problems(400, 403, 413, 422, 507),
    },
)
async def import_model(request: Request, response: Response, shelf: ShelfDep) -> ModelDetails:
    """A zip file in the field `archive`, as a model's `archive_url` gives it.

    All of it is checked before it appears: every file's hash, the labels, the weights, and what the network
    answers to a probe. 403 where the server does not let its visitors change models.
    """
    async with received_file(request, "archive", shelf.room) as file:
        entry = await run_in_threadpool(shelf.take, file)
    response.headers["Location"] = f"{API}/models/{entry.id}"
    return await run_in_threadpool(model_details, shelf, entry)


@router.get(
    "/{model_id}",
    summary="Get a model",
    responses={200: answer("As it is now.", documents_models.MODEL), **problems(400, 404)},
)
def get_model(model_id: ModelId, shelf: ShelfDep) -> ModelDetails:
    """What it is, where it comes from, what was measured of it, and its layers."""
    return model_details(shelf, shelf.find(model_id))


@router.patch(
    "/{model_id}",
    summary="Rename a model",
    dependencies=[require_changes],
    responses={
        200: answer("Under its new id: the name is a part of it.", documents_models.MODEL),
        **problems(400, 403, 404, 413, 422, 507),
    },
)
def rename_model(model_id: ModelId, rename: Rename, shelf: ShelfDep) -> ModelDetails:
    """Its old id still finds it, and what it has explained stays as it is. 403 where it may not be changed."""
    return model_details(shelf, shelf.rename(model_id, rename.name))


@router.delete(
    "/{model_id}",
    status_code=204,
    summary="Delete a model",
    dependencies=[require_changes],
    responses={204: {"description": "Gone for good."}, **problems(400, 403, 404, 413)},
)
def delete_model(model_id: ModelId, shelf: ShelfDep) -> None:
    """What it has explained stays readable. 403 where it may not be changed: those the server was started with."""
    shelf.delete(model_id)


@router.get(
    "/{model_id}/labels",
    summary="List a model's classes",
    responses={200: answer("In the order of the logits.", documents.LABELS), **problems(400, 404)},
)
def list_labels(model_id: ModelId, explainer: ExplainerDep) -> Labels:
    """Also those of a bundle that is gone, as long as an explanation of it is there."""
    return Labels(items=list(explainer.spec(model_id).labels))


@router.get(
    "/{model_id}/metrics",
    summary="Get what was measured of a model",
    responses={200: answer("The file metrics.json.", documents_models.METRICS), **problems(400, 404)},
)
def get_metrics(model_id: ModelId, shelf: ShelfDep) -> Metrics:
    """Accuracy, per-class numbers, calibration, curves and the worst mistakes. 404 where nothing was measured."""
    return shelf.metrics(shelf.find(model_id))


@router.get(
    "/{model_id}/report",
    summary="Get a model's report",
    response_class=Response,
    responses={200: file_answer("One HTML file that runs nothing.", "text/html")[200], **problems(400, 404)},
)
def get_report(model_id: ModelId, shelf: ShelfDep) -> FileResponse:
    """The same to look at. 404 where there is none."""
    return FileResponse(shelf.report(shelf.find(model_id)), media_type="text/html", headers=REPORT_HEADERS)


@router.get(
    "/{model_id}/archive",
    summary="Download a model",
    response_class=Response,
    responses={
        200: file_answer("A zip file, which another server can import.", "application/zip")[200],
        **problems(400, 404),
    },
)
def get_archive(model_id: ModelId, shelf: ShelfDep) -> StreamingResponse:
    """The same bytes each time."""
    entry = shelf.find(model_id)
    files = shelf.files(entry)
    size = archive_size(files)
    headers = {"Content-Disposition": f'attachment; filename="{entry.id}.zip"'}
    headers |= {} if size is None else {"Content-Length": str(size)}
    return StreamingResponse(write_archive(files), media_type="application/zip", headers=headers)
