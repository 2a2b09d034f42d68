"""The use-case: collect pictures to train on, one by one or as an archive."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from app.archives import ArchiveLimits, LeftOut, checked_label, read_pictures
from app.config import Settings
from app.dataset_records import Held, Kept, NewPicture
from app.dataset_store import DatasetStore
from app.errors import Busy
from app.schemas_trainings import ClassCount, Dataset, DatasetPage
from app.uploads import Uploads, content
from model.findings import counted, listed

ARCHIVES_AT_ONCE, UNPACKING_WAIT_S = 2, 30
LEAST_PICTURES = 2
UNEVEN = 5  # times as many pictures


class Datasets:
    """Pictures to train on: kept, counted and deleted for their owners."""

    def __init__(self, store: DatasetStore, uploads: Uploads, settings: Settings) -> None:
        """Put the parts together.

        Args:
            store: keeps them
            uploads: decodes pictures
            settings: the limits
        """
        self._store = store
        self._uploads = uploads
        self._limits = ArchiveLimits.of(settings)
        self._days = settings.dataset_retention_days
        self._unpacking = threading.BoundedSemaphore(ARCHIVES_AT_ONCE)

    @property
    def room(self) -> Path:
        """A folder on the disk that has room for large files."""
        return self._store.root

    def create(self, owner: str) -> Dataset:
        """A new one, empty. Blocking, like all but `add_picture`."""
        return self.find(self._store.create(owner), owner)

    def find(self, dataset_id: str, owner: str) -> Dataset:
        """An owner's; NotFound for anybody else."""
        return self._answer(self._store.find(dataset_id, owner))

    def all_of(self, owner: str) -> DatasetPage:
        """An owner's, newest first."""
        return DatasetPage(items=[self._answer(held) for held in self._store.all_of(owner)])

    def delete(self, dataset_id: str, owner: str) -> None:
        """Delete one with all its pictures."""
        self._store.delete(dataset_id, owner)

    def delete_class(self, dataset_id: str, owner: str, label: str) -> Dataset:
        """Delete all pictures of a class."""
        self._store.delete_class(dataset_id, owner, label)
        return self.find(dataset_id, owner)

    def rename_class(self, dataset_id: str, owner: str, label: str, name: str) -> Dataset:
        """Give a class another name; where there is one of that name, the two become one.

        Raises:
            AppError: 404, 422
        """
        self._store.rename_class(dataset_id, owner, label, checked_label(name))
        return self.find(dataset_id, owner)

    async def add_picture(self, dataset_id: str, owner: str, label: str, image: UploadFile) -> tuple[Dataset, bool]:
        """Keep one picture under a label, if it can be decoded.

        Returns:
            the dataset, and whether the picture is new in it

        Raises:
            AppError, ModelError: 400, 404, 413, 415, 422, 507
        """
        label = checked_label(label)
        await run_in_threadpool(self._store.find, dataset_id, owner)  # or 404, before anything costly
        self._uploads.check(image)
        data, kind = await asyncio.wrap_future(self._uploads.submit(self._decoded, image))
        picture = NewPicture(label, None, image.filename or "", kind, data)
        kept = await run_in_threadpool(self._store.keep, dataset_id, owner, [picture])
        held = await run_in_threadpool(self._store.find, dataset_id, owner)
        return self._answer(held, *_said(kept)), bool(kept.count)

    def _decoded(self, image: UploadFile) -> tuple[bytes, str]:
        """An upload that is a picture which can be used, and what kind of picture it is."""
        data = content(image)
        with self._uploads.workers.on(data) as worker:
            return data, worker.format()

    def add_archive(self, dataset_id: str, owner: str, file: BinaryIO) -> Dataset:
        """Keep all pictures of a zip archive, or none; what is no picture by its content is left out.

        Pictures are not decoded here, there may be thousands: training names those that are damaged.

        Args:
            dataset_id: where
            owner: whose it must be
            file: the archive

        Raises:
            AppError: 404, 413, 415, 422, 429, 507
        """
        self._store.find(dataset_id, owner)
        left_out = LeftOut()
        if not self._unpacking.acquire(timeout=UNPACKING_WAIT_S):
            raise Busy(UNPACKING_WAIT_S, "Other archives are being unpacked; try again in {seconds} s.")
        try:
            kept = self._store.keep(dataset_id, owner, read_pictures(file, self._limits, left_out))
        finally:
            self._unpacking.release()
        said = list(left_out.sentences())
        if not kept.count and not kept.repeated:
            said.insert(0, "The archive has no picture in a folder named for its class.")
        return self._answer(self._store.find(dataset_id, owner), *said, *_said(kept))

    def create_of(self, owner: str, file: BinaryIO) -> Dataset:
        """A new one with all pictures of a zip archive; none where that is refused.

        Raises:
            AppError: 413, 415, 422, 429, 507
        """
        made = self.create(owner)
        try:
            return self.add_archive(made.id, owner, file)
        except BaseException:
            self.delete(made.id, owner)
            raise

    def _answer(self, held: Held, *said: str) -> Dataset:
        expires = held.row.used_at + timedelta(days=self._days) if self._days else None
        return Dataset(
            id=held.row.id,
            created_at=held.row.created_at,
            expires_at=expires,
            classes=[ClassCount(label=label, pictures=count) for label, count in held.classes],
            validation=held.validation,
            pictures=held.pictures,
            bytes=held.bytes,
            problems=[*said, *_missing(held), *_uneven(held)],
        )


def _said(kept: Kept) -> Iterator[str]:
    """What became of pictures that were not kept."""
    if kept.repeated:
        are = counted(len(kept.repeated), "picture was", "pictures were")
        yield f"{are} there already and kept once: {listed(kept.repeated)}."
    if kept.relabelled:
        are = counted(len(kept.relabelled), "picture is", "pictures are")
        yield f"{are} there under another label and left out: {listed(kept.relabelled)}."


def _missing(held: Held) -> Iterator[str]:
    """What it lacks to be trained on."""
    if len(held.classes) < 2:
        yield "Pictures of at least two classes are needed."
    if small := [label for label, count in held.classes if count < LEAST_PICTURES]:
        have = "has" if len(small) == 1 else "have"
        yield f"At least {LEAST_PICTURES} pictures are needed of each class: {listed(small)} {have} one."


def _uneven(held: Held) -> Iterator[str]:
    """What to do where one class has many times the pictures of another."""
    by_count = sorted(held.classes, key=lambda one: one[1])
    if len(by_count) > 1 and by_count[-1][1] >= UNEVEN * by_count[0][1]:
        (fewest, few), (most, many) = by_count[0], by_count[-1]
        yield (
            f"'{most}' has {many // few} times as many pictures as '{fewest}': add some, or let the training "
            "balance them."
        )
