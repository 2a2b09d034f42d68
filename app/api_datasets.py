"""The JSON API of pictures to train on: thin routes over the use-case."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Path, Request, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from app import documents_trainings as documents
from app.answers import API
from app.deps import DatasetsDep, OwnerDep, require_room, require_training
from app.documents import OWNER, answer, problems
from app.forms import received_file
from app.schemas_trainings import Dataset, DatasetPage, Renamed

router = APIRouter(prefix=f"{API}/datasets", tags=["datasets"])

DatasetId = Annotated[str, Path(description="The id of pictures to train on.", examples=[documents.DATASET_ID])]
Label = Annotated[str, Path(description="A class.", examples=["ants"])]


@router.post(
    "",
    status_code=201,
    summary="Begin to collect pictures",
    openapi_extra=OWNER,
    dependencies=[require_training, require_room],
    responses={
        201: answer("Empty as yet.", documents.NEW_DATASET)
        | {"headers": {"Location": {"description": "Where it is.", "schema": {"type": "string"}}}},
        **problems(400, 403, 413, 507),
    },
)
def create_dataset(response: Response, datasets: DatasetsDep, owner: OwnerDep) -> Dataset:
    """A place for pictures to train on; who has not used it for some days finds it gone (`expires_at`)."""
    made = datasets.create(owner)
    response.headers["Location"] = f"{API}/datasets/{made.id}"
    return made


@router.get(
    "",
    summary="List your pictures to train on",
    openapi_extra=OWNER,
    responses={200: answer("Newest first.", documents.DATASETS), **problems(400)},
)
def list_datasets(datasets: DatasetsDep, owner: OwnerDep) -> DatasetPage:
    """The asker's own; nobody else's."""
    return datasets.all_of(owner)


@router.get(
    "/{dataset_id}",
    summary="Count pictures to train on",
    openapi_extra=OWNER,
    responses={200: answer("As they are now.", documents.DATASET), **problems(400, 404)},
)
def get_dataset(dataset_id: DatasetId, datasets: DatasetsDep, owner: OwnerDep) -> Dataset:
    """Each class with its number of pictures, and what is missing."""
    return datasets.find(dataset_id, owner)


@router.delete(
    "/{dataset_id}",
    status_code=204,
    summary="Delete pictures to train on",
    openapi_extra=OWNER,
    responses={204: {"description": "Gone, with all pictures."}, **problems(400, 403, 404, 413)},
)
def delete_dataset(dataset_id: DatasetId, datasets: DatasetsDep, owner: OwnerDep) -> None:
    """A training that has begun, or waits, keeps its own copy until it ends."""
    datasets.delete(dataset_id, owner)


@router.delete(
    "/{dataset_id}/classes/{label:path}",
    summary="Delete the pictures of a class",
    openapi_extra=OWNER,
    responses={200: answer("What is left.", documents.DATASET), **problems(400, 403, 404, 413)},
)
def delete_class(dataset_id: DatasetId, label: Label, datasets: DatasetsDep, owner: OwnerDep) -> Dataset:
    """All of them."""
    return datasets.delete_class(dataset_id, owner, label)


@router.patch(
    "/{dataset_id}/classes/{label:path}",
    summary="Rename a class",
    openapi_extra=OWNER,
    responses={200: answer("With the new name.", documents.DATASET), **problems(400, 403, 404, 413, 422)},
)
def rename_class(
    dataset_id: DatasetId, label: Label, renamed: Renamed, datasets: DatasetsDep, owner: OwnerDep
) -> Dataset:
    """Where there is a class of that name, the two become one."""
    return datasets.rename_class(dataset_id, owner, label, renamed.label)


@router.post(
    "/{dataset_id}/pictures",
    status_code=201,
    response_model=Dataset,
    summary="Add a picture",
    openapi_extra=OWNER,
    dependencies=[require_training, require_room],
    responses={
        200: answer("It was there already; `problems` says so.", documents.DATASET) | {"model": Dataset},
        201: answer("Kept.", documents.DATASET),
        **problems(400, 403, 404, 413, 415, 422, 507),
    },
)
async def add_picture(
    response: Response,
    dataset_id: DatasetId,
    label: Annotated[str, Form(description="The picture's class.", examples=["ants"])],
    image: Annotated[
        UploadFile, File(description="JPEG (also MPO), PNG, WebP, GIF (first frame) or BMP, told by content.")
    ],
    datasets: DatasetsDep,
    owner: OwnerDep,
) -> Dataset:
    """Kept only if it can be decoded; of equal pictures the first is kept."""
    dataset, is_new = await datasets.add_picture(dataset_id, owner, label, image)
    response.status_code = 201 if is_new else 200
    return dataset


@router.post(
    "/{dataset_id}/archive",
    status_code=201,
    summary="Add a zip archive of pictures",
    openapi_extra=OWNER | documents.ARCHIVE_FORM,
    dependencies=[require_training, require_room],
    responses={
        201: answer("All its pictures are kept; `problems` names what was left out.", documents.DATASET),
        **problems(400, 403, 404, 413, 422, 429, 507),
    },
)
async def add_archive(request: Request, dataset_id: DatasetId, datasets: DatasetsDep, owner: OwnerDep) -> Dataset:
    """Folders are classes; with `train/` and `val/` around them, the latter are what is judged by.

    Only pictures are kept, told by content; where one of them is damaged, the training says so. An archive
    that is refused leaves everything as it was.
    """
    await run_in_threadpool(datasets.find, dataset_id, owner)  # or 404, before all the bytes are read
    async with received_file(request, "archive", datasets.room) as file:
        return await run_in_threadpool(datasets.add_archive, dataset_id, owner, file)
