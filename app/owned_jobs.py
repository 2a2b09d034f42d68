"""The use-case that all kinds of jobs share: put one in line, see how it goes, stop it, forget it."""

import contextlib
import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from app.answers import API
from app.config import Settings
from app.dataset_store import TABLE, DatasetStore
from app.job_runner import Runner
from app.job_store import JobStore
from app.jobs import BASE, DATA, EVENTS, JobState
from app.lending import allowed_folder, lend_model
from app.registry import Entry, Registry
from app.rows import Job
from app.schemas_jobs import Source, Standing
from app.training_feed import Feeds, Seen
from app.training_offer import TrainingOffer
from app.training_public import public
from model.durable import sync_folder, sync_tree

Row = TypeVar("Row", bound=Job)
Told = TypeVar("Told", bound=Standing)


class OwnedJobs(ABC, Generic[Row, Told]):
    """The jobs of one kind, for their owners; every method blocks and may be called from any thread."""

    def __init__(
        self,
        store: JobStore[Row],
        datasets: DatasetStore,
        registry: Registry,
        runner: Runner[Row],
        settings: Settings,
    ) -> None:
        """Put the parts together.

        Args:
            store: keeps them
            datasets: pictures that were sent
            registry: the models to work with
            runner: starts them
            settings: what is allowed
        """
        self._store = store
        self._datasets = datasets
        self._registry = registry
        self._runner = runner
        self._settings = settings
        self._feeds = Feeds()

    @property
    @abstractmethod
    def offer(self) -> TrainingOffer:
        """Whether they are taken."""

    @abstractmethod
    def _told(self, row: Row, standing: dict[str, Any], seen: Seen) -> Told:
        """How a job stands, as its owner is told.

        Args:
            row: the job
            standing: what is told of every kind
            seen: what it has said of itself
        """

    def find(self, job_id: str, owner: str) -> Told:
        """How a job stands; NotFound for who may not know of it."""
        return self._answer(self._store.find(job_id, owner), self._store.line())

    def all_of(self, owner: str) -> list[Told]:
        """Those an owner may know of, newest first."""
        line = self._store.line()
        return [self._answer(row, line) for row in self._store.all_of(owner)]

    def stop(self, job_id: str, owner: str, keep: bool = False) -> Told:
        """Tell a job to stop; one that has ended stays as it is.

        Args:
            job_id: which
            owner: who must be allowed to
            keep: whether the best so far is to be kept
        """
        self.changeable(job_id, owner)
        self._store.stop(job_id, owner, keep)
        self._runner.wake()
        return self.find(job_id, owner)

    def forget(self, job_id: str, owner: str) -> None:
        """Delete a job that has ended, with everything in its folder."""
        self.changeable(job_id, owner)
        self._store.forget(job_id, owner)

    def folder(self, job_id: str, owner: str) -> Path:
        """Where a job's files lie; NotFound for who may not know of it."""
        return self._store.folder(self._store.find(job_id, owner).id)

    def changeable(self, job_id: str, owner: str) -> Path:
        """The same for who may change it, which is its owner.

        Raises:
            NotFound: they may not know of it
            NotAllowed: they may only look at it
        """
        return self.folder(job_id, owner)

    def _begun(self, owner: str) -> dict[str, Any]:
        """What every new row has."""
        return {
            "id": secrets.token_hex(16), "owner": owner, "state": JobState.WAITING, "created_at": datetime.now(UTC),
            "starts": 0, "reached": 0,
        }  # fmt: skip

    @contextlib.contextmanager
    def _lining_up(self, row: Row) -> Iterator[Path]:
        """The folder of a job, to be filled; afterwards it is in line, or there was a reason and nothing is left.

        Raises:
            Busy: the line is full
            OSError: no space
        """
        folder = self._store.folder(row.id)
        try:
            folder.mkdir(mode=0o700, parents=True)
            yield folder
            sync_tree(folder)
            sync_folder(self._store.root)
            self._store.add(row, self._settings.max_waiting_trainings)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._runner.wake()

    def _lend(self, asked: Source, base: Entry, row: Row) -> Path:
        """Give a job its model and its pictures; the row gets their places.

        Returns:
            the pictures' folder or table

        Raises:
            NotFound: no such pictures of theirs, or the model is being changed
            Unusable: no such folder
        """
        folder = self._store.folder(row.id)
        row.base = str(lend_model(base, folder / BASE, self._settings.models_folder))
        if asked.dataset is None:
            path = allowed_folder(asked.folder or "", self._settings.training_folders)
            row.data = str(path)
            return path
        self._datasets.lend(asked.dataset, row.owner, folder / DATA)
        row.data = f"{DATA}/{TABLE}"
        return folder / row.data

    def _public(self, message: str, row: Row) -> str:
        """A sentence without the server's own paths."""
        return public(message, row, self._settings)

    def _answer(self, row: Row, line: list[str]) -> Told:
        seen = self._feeds.of(self._store.folder(row.id) / EVENTS).refresh()
        state, progress = JobState(row.state), seen.progress
        standing = {
            "id": row.id,
            "name": row.name,
            "state": state,
            "created_at": row.created_at,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "position": line.index(row.id) + 1 if row.id in line else None,
            "stopping": row.wish is not None and not state.ended,
            "stage": seen.stage,
            "progress": None if progress is None else progress.model_dump(exclude={"kind"}),
            "problems": [self._public(note, row) for note in seen.notes],
            "accuracy": row.accuracy,
            "error": row.error,
            "url": f"{API}/{self._store.folder_name}/{row.id}",
            "page_url": f"/{self._store.folder_name}/{row.id}",
        }
        return self._told(row, standing, seen)
