"""The JSON API of evaluations: thin routes over the use-case."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from app import documents_evaluations as documents
from app.answers import API
from app.api_models import LOCATION, REPORT_HEADERS
from app.deps import EvaluationsDep, OwnerDep, require_room
from app.documents import OWNER, answer, file_answer, problems
from app.evaluation_files import Sent
from app.evaluation_form import asked_of
from app.evaluation_opened import Opened
from app.forms import received_form
from app.schemas_evaluations import Evaluation, EvaluationPage
from model.evaluation.folder import METRICS, REPORT

router = APIRouter(prefix=f"{API}/evaluations", tags=["evaluations"])

EvaluationId = Annotated[str, Path(description="An evaluation's id.", examples=[documents.EVALUATION_ID])]


def get_opened(evaluation_id: EvaluationId, evaluations: EvaluationsDep, owner: OwnerDep) -> Opened:
    """What came of an evaluation; 404 until it is done."""
    return evaluations.open(evaluation_id, owner)


OpenedDep = Annotated[Opened, Depends(get_opened)]


@router.post(
    "",
    status_code=201,
    summary="Judge a model on labelled pictures",
    openapi_extra=OWNER | documents.FORM,
    dependencies=[require_room],
    responses={
        201: answer("In line; it begins when its turn comes.", documents.WAITING) | LOCATION,
        **problems(400, 403, 404, 413, 422, 429, 507),
    },
)
async def create_evaluation(
    request: Request, response: Response, evaluations: EvaluationsDep, owner: OwnerDep
) -> Evaluation:
    """On uploaded pictures (`dataset`), or on a folder on the server that its operator allows (`folder`).

    With boxes or masks it also says whether the network looks at the right place.
    """
    async with received_form(request, "boxes", evaluations.room, ["masks"]) as received:
        sent = Sent(received.file if received.size else None, received.besides.get("masks"))
        evaluation = await run_in_threadpool(evaluations.start, asked_of(received.fields), owner, sent)
    response.headers["Location"] = evaluation.url
    return evaluation


@router.get(
    "",
    summary="List your evaluations",
    openapi_extra=OWNER,
    responses={200: answer("Newest first.", documents.EVALUATIONS), **problems(400)},
)
def list_evaluations(evaluations: EvaluationsDep, owner: OwnerDep) -> EvaluationPage:
    """The asker's own, and those that the server's operator put there for all."""
    return EvaluationPage(items=evaluations.all_of(owner))


@router.get(
    "/{evaluation_id}",
    summary="Follow an evaluation",
    openapi_extra=OWNER,
    responses={200: answer("As it stands now.", documents.EVALUATION), **problems(400, 404)},
)
def get_evaluation(evaluation_id: EvaluationId, evaluations: EvaluationsDep, owner: OwnerDep) -> Evaluation:
    """Its owner alone can; those of the operator everybody can."""
    return evaluations.find(evaluation_id, owner)


@router.delete(
    "/{evaluation_id}",
    status_code=204,
    summary="Delete an evaluation",
    openapi_extra=OWNER,
    responses={204: {"description": "Gone, with all of it."}, **problems(400, 403, 404, 413, 422)},
)
def delete_evaluation(evaluation_id: EvaluationId, evaluations: EvaluationsDep, owner: OwnerDep) -> None:
    """One that has ended. Another has to be stopped first."""
    evaluations.forget(evaluation_id, owner)


@router.post(
    "/{evaluation_id}/cancel",
    summary="Stop an evaluation",
    openapi_extra=OWNER,
    responses={
        200: answer("Told to stop; `state` says when it has.", documents.STOPPING),
        **problems(400, 403, 404, 413),
    },
)
def stop_evaluation(evaluation_id: EvaluationId, evaluations: EvaluationsDep, owner: OwnerDep) -> Evaluation:
    """Nothing of it is kept. One that has ended stays as it is."""
    return evaluations.stop(evaluation_id, owner)


@router.get(
    "/{evaluation_id}/metrics",
    summary="Get everything of the whole set",
    openapi_extra=OWNER,
    response_class=Response,
    responses={
        **documents.json_file("The file metrics.json of `camscope evaluate`.", documents.METRICS),
        **problems(400, 404),
    },
)
def get_evaluation_metrics(opened: OpenedDep) -> FileResponse:
    """404 until it is done."""
    return FileResponse(opened.folder.path / METRICS, media_type="application/json")


@router.get(
    "/{evaluation_id}/report.html",
    summary="Get the report",
    openapi_extra=OWNER,
    response_class=Response,
    responses={200: file_answer("One HTML file that runs nothing.", "text/html")[200], **problems(400, 404)},
)
def get_evaluation_report(opened: OpenedDep) -> FileResponse:
    """To look at, or to keep. 404 until it is done."""
    return FileResponse(opened.folder.path / REPORT, media_type="text/html", headers=REPORT_HEADERS)
