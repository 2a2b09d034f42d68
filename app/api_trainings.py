"""The JSON API of trainings: thin routes over the use-case."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from pydantic.json_schema import SkipJsonSchema
from starlette.concurrency import run_in_threadpool

from app import documents_trainings as documents
from app.answers import API
from app.deps import OwnerDep, TrainingsDep, require_room
from app.documents import OWNER, answer, problems
from app.schemas_trainings import Asked, Stop, Training, TrainingPage
from app.training_events import MEDIA_TYPE, Channels, EventStream

router = APIRouter(prefix=f"{API}/trainings", tags=["trainings"])

TrainingId = Annotated[str, Path(description="A training's id.", examples=[documents.TRAINING_ID])]
MAX_PLACE_DIGITS = 15


@router.post(
    "",
    status_code=201,
    summary="Train a network on your own pictures",
    openapi_extra=OWNER,
    dependencies=[require_room],
    responses={
        201: answer("In line; it begins when its turn comes.", documents.WAITING)
        | {"headers": {"Location": {"description": "Where it can be followed.", "schema": {"type": "string"}}}},
        **problems(400, 403, 404, 413, 422, 429, 507),
    },
)
def create_training(asked: Asked, response: Response, trainings: TrainingsDep, owner: OwnerDep) -> Training:
    """Of uploaded pictures (`dataset`), or of a folder on the server that its operator allows (`folder`).

    What comes of it is a model as any other, under the name that was given. Pictures of a dataset are
    taken as they are now: whatever happens to it later, the training keeps them until it ends.
    """
    training = trainings.start(asked, owner)
    response.headers["Location"] = training.url
    return training


@router.get(
    "",
    summary="List your trainings",
    openapi_extra=OWNER,
    responses={200: answer("Newest first.", documents.TRAININGS), **problems(400)},
)
def list_trainings(trainings: TrainingsDep, owner: OwnerDep) -> TrainingPage:
    """The asker's own; nobody else's."""
    return TrainingPage(items=trainings.all_of(owner))


@router.get(
    "/{training_id}",
    summary="Follow a training",
    openapi_extra=OWNER,
    responses={200: answer("As it stands now.", documents.TRAINING), **problems(400, 404)},
)
def get_training(training_id: TrainingId, trainings: TrainingsDep, owner: OwnerDep) -> Training:
    """Its owner alone can."""
    return trainings.find(training_id, owner)


@router.delete(
    "/{training_id}",
    status_code=204,
    summary="Forget a training",
    openapi_extra=OWNER,
    responses={204: {"description": "Gone; the model that it made stays."}, **problems(400, 403, 404, 413, 422)},
)
def delete_training(training_id: TrainingId, trainings: TrainingsDep, owner: OwnerDep) -> None:
    """One that has ended: its place in the list, its events and its log. Another has to be stopped first."""
    trainings.forget(training_id, owner)


@router.post(
    "/{training_id}/cancel",
    summary="Stop a training",
    openapi_extra=OWNER,
    responses={
        200: answer("Told to stop; `state` says when it has.", documents.STOPPING),
        **problems(400, 403, 404, 413, 422),
    },
)
def stop_training(training_id: TrainingId, stop: Stop, trainings: TrainingsDep, owner: OwnerDep) -> Training:
    """With `keep`, the best so far becomes a model; else nothing is kept. One that has ended stays as it is."""
    return trainings.stop(training_id, owner, stop.keep)


@router.get(
    "/{training_id}/events",
    summary="Hear a training's events as they happen",
    openapi_extra=OWNER,
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events: `stage`, `progress`, `epoch`, `note`, `done` and `failed` as the "
            "trainer says them, `training` (as above) whenever the state changes; it closes when the training has "
            "ended.",
            "content": {MEDIA_TYPE: {"itemSchema": documents.EVENT_SCHEMA, "example": documents.EVENTS}},
        },
        204: {"description": "It has ended, and you have heard everything: do not connect again."},
        **problems(400, 404),
    },
)
async def hear_training(
    request: Request,
    training_id: TrainingId,
    trainings: TrainingsDep,
    owner: OwnerDep,
    last_event_id: Annotated[
        str | SkipJsonSchema[None], Header(description="The id of the last event heard: only later ones are sent.")
    ] = None,
) -> Response:
    """From the first event on, or from the one after `Last-Event-ID`."""
    file = await run_in_threadpool(trainings.events_file, training_id, owner)
    tell = await run_in_threadpool(trainings.teller, training_id, owner)
    after = _place(last_event_id)
    if last_event_id is not None and await run_in_threadpool(trainings.is_over, training_id, owner, after):
        return Response(status_code=204)
    channels: Channels = request.app.state.channels
    return EventStream(channels.listen(file, lambda: trainings.find(training_id, owner), tell, after))


def _place(last_event_id: str | None) -> int:
    """A place in the file of events; what is none of ours counts as the beginning."""
    text = last_event_id or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_PLACE_DIGITS else 0
