"""The use-case: have a model judged on labelled pictures, see how it goes, look at what came of it."""

import os
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from app.answers import API
from app.config import Settings
from app.dataset_store import TABLE, DatasetStore
from app.errors import NotFound, TooLarge, Unusable
from app.evaluation_offer import evaluation_offer
from app.evaluation_opened import Opened, open_evaluation
from app.evaluation_store import EVERYBODY, EvaluationStore
from app.job_runner import Runner
from app.jobs import BASE, DATA, EVENTS, JobState
from app.lending import allowed_folder, check_within, lend_model
from app.registry import Entry, Registry
from app.rows import EvaluationRow
from app.schemas_evaluations import AskedEvaluation, Evaluation, EvaluationPage, EvaluationProgress
from app.training_feed import Feeds, Seen
from app.training_offer import TrainingOffer, is_private
from app.training_public import public
from model.dataset import read_dataset
from model.durable import sync_folder, sync_tree
from model.errors import DatasetError, EvaluationError
from model.evaluation.data import read_labelled
from model.evaluation.marks import read_marks

MAX_BOXES_BYTES = 64 * 2**20
NAME_LETTERS = 100
KINDS = {b"{": "boxes.json", b"[": "boxes.json", b"<": "boxes.xml"}


class Evaluations:
    """Evaluations, for their owners; every method blocks and may be called from any thread."""

    def __init__(
        self,
        store: EvaluationStore,
        datasets: DatasetStore,
        registry: Registry,
        runner: Runner[EvaluationRow],
        settings: Settings,
    ) -> None:
        """Put the parts together.

        Args:
            store: keeps them
            datasets: pictures that were sent
            registry: the models to judge
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
    def offer(self) -> TrainingOffer:
        """Whether evaluations are taken."""
        return evaluation_offer(self._settings)

    @property
    def room(self) -> Path:
        """A folder on the disk that has room for large files."""
        return self._store.root

    def start(self, asked: AskedEvaluation, owner: str, boxes: BinaryIO | None = None) -> Evaluation:
        """Put an evaluation in line; what can be known to fail is refused now.

        Args:
            asked: what is to be judged, on what
            owner: whose it will be
            boxes: a file of boxes: CSV, COCO or Pascal VOC, told by how it begins

        Raises:
            NotAllowed, NotReady: this server does not evaluate
            NotFound: no such pictures of theirs
            TooLarge: the file of boxes
            Unusable: a value that cannot be used, or pictures that the model cannot be judged by
            Busy: the line is full
            OSError: no space
        """
        self.offer.require()
        entry = self._registry.find(asked.model)
        row = EvaluationRow(
            id=secrets.token_hex(16), owner=owner, state=JobState.WAITING, created_at=datetime.now(UTC), starts=0,
            reached=0, model=entry.name, bundle_id=entry.id,
        )  # fmt: skip
        folder = self._store.folder(row.id)
        try:
            folder.mkdir(mode=0o700, parents=True)
            row.base = str(lend_model(entry, folder / BASE, self._settings.models_folder))
            data = self._lend_data(asked, row)
            asked = asked.model_copy(update={"boxes": None if boxes is None else _kept(boxes, folder)})
            row.asked = asked.model_dump(mode="json")
            row.pictures = self._count(asked, data, row, entry)
            sync_tree(folder)
            sync_folder(self._store.root)
            self._store.add(row, self._settings.max_waiting_trainings)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._runner.wake()
        return self.find(row.id, owner)

    def find(self, evaluation_id: str, owner: str) -> Evaluation:
        """How an evaluation stands; NotFound for who may not know of it."""
        return self._answer(self._store.find(evaluation_id, owner), self._store.line())

    def all_of(self, owner: str) -> EvaluationPage:
        """An owner's and everybody's, newest first."""
        line = self._store.line()
        return EvaluationPage(items=[self._answer(row, line) for row in self._store.all_of(owner)])

    def stop(self, evaluation_id: str, owner: str) -> Evaluation:
        """Tell an evaluation to stop; one that has ended stays as it is."""
        self._store.owned(evaluation_id, owner, is_private(self._settings))
        self._store.stop(evaluation_id, owner, keep=False)
        self._runner.wake()
        return self.find(evaluation_id, owner)

    def forget(self, evaluation_id: str, owner: str) -> None:
        """Delete an evaluation that has ended, with everything of it."""
        self._store.owned(evaluation_id, owner, is_private(self._settings))
        self._store.forget(evaluation_id, owner)

    def open(self, evaluation_id: str, owner: str) -> Opened:
        """What came of an evaluation.

        Raises:
            NotFound: there is none, or it is not done
        """
        row = self._store.find(evaluation_id, owner)
        if row.state != JobState.DONE:
            raise NotFound("This evaluation is not done.")
        return open_evaluation(self._store.results(row.id))

    def changeable(self, evaluation_id: str, owner: str) -> Path:
        """The folder for what this person adds to an evaluation; its pictures must not come from there."""
        return self._store.folder(self._store.owned(evaluation_id, owner, is_private(self._settings)).id)

    def may_change(self, evaluation_id: str, owner: str) -> bool:
        """Whether this person may add to an evaluation, and delete it."""
        row = self._store.find(evaluation_id, owner)
        return row.owner != EVERYBODY or is_private(self._settings)

    def notes_of(self, evaluation_id: str, owner: str) -> Path:
        """The folder that has what was added to an evaluation."""
        return self._store.folder(self._store.find(evaluation_id, owner).id)

    def photo(self, evaluation_id: str, owner: str, number: int) -> bytes:
        """The file of a picture, from where it was found.

        Raises:
            NotFound: it is not there any more
        """
        record = self.open(evaluation_id, owner).find(number).record
        row = self._store.find(evaluation_id, owner)
        try:
            found = read_dataset(self._store.folder(row.id) / row.data)
            sample = next(one for one in found.samples if one.name == record.path)
            return sample.path.read_bytes()
        except (DatasetError, StopIteration, OSError):
            raise NotFound("This picture is not where it was any more, so it cannot be explained anew.") from None

    def _lend_data(self, asked: AskedEvaluation, row: EvaluationRow) -> Path:
        """The pictures' folder or table; the row gets its name and place."""
        if asked.dataset is not None:
            self._datasets.lend(asked.dataset, row.owner, self._store.folder(row.id) / DATA)
            row.name, row.data = "", f"{DATA}/{TABLE}"
            return self._store.folder(row.id) / row.data
        path = allowed_folder(asked.folder or "", self._settings.training_folders)
        row.name, row.data = path.name[:NAME_LETTERS], str(path)
        return path

    def _count(self, asked: AskedEvaluation, data: Path, row: EvaluationRow, entry: Entry) -> int:
        """How many pictures there are to ask about.

        Raises:
            Unusable: the model cannot be judged by them
        """
        labels = entry.spec.labels
        try:
            if asked.folder is not None:
                check_within(read_dataset(data), self._settings.training_folders)
            found = read_labelled(data, labels, asked.labels, asked.limit, split=asked.split)
            if asked.boxes is not None:
                if not entry.spec.exact:
                    raise Unusable("'boxes': this network has no maps that could lie in boxes.")
                meanings = {labels[index]: index for index in found.classes.values()} | dict(found.classes)
                read_marks(found.samples, meanings, self._store.folder(row.id) / asked.boxes)
        except (DatasetError, EvaluationError) as error:
            raise Unusable(public(str(error), row, self._settings)) from error
        return len(found.samples)

    def _answer(self, row: EvaluationRow, line: list[str]) -> Evaluation:
        seen = self._feeds.of(self._store.folder(row.id) / EVENTS).refresh()
        url, is_done = f"{API}/evaluations/{row.id}", row.state == JobState.DONE
        return Evaluation(
            id=row.id,
            name=row.name,
            model=row.bundle_id or "",
            model_name=row.model,
            state=JobState(row.state),
            created_at=row.created_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            position=line.index(row.id) + 1 if row.id in line else None,
            stopping=row.wish is not None and not JobState(row.state).ended,
            asked=AskedEvaluation.model_validate(row.asked),
            pictures=row.pictures,
            stage=seen.stage,
            progress=_progress(seen),
            problems=[public(note, row, self._settings) for note in seen.notes],
            accuracy=row.accuracy,
            error=row.error,
            yours=row.owner != EVERYBODY,
            url=url,
            metrics_url=f"{url}/metrics" if is_done else None,
            pictures_url=f"{url}/pictures" if is_done else None,
            report_url=f"{url}/report.html" if is_done else None,
            page_url=f"/evaluations/{row.id}",
        )


def _progress(seen: Seen) -> EvaluationProgress | None:
    now = seen.progress
    if now is None:
        return None
    return EvaluationProgress(stage=now.stage, done=now.done, total=now.total, seconds_left=now.seconds_left)


def _kept(boxes: BinaryIO, folder: Path) -> str:
    """Keep a file of boxes; what it is called there says its kind.

    Raises:
        TooLarge: more than is taken
    """
    content = boxes.read(MAX_BOXES_BYTES + 1)
    if len(content) > MAX_BOXES_BYTES:
        raise TooLarge(f"A file of boxes may have at most {MAX_BOXES_BYTES // 2**20} MB; this one is larger.")
    begin = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    name = KINDS.get(begin, "boxes.csv")
    with os.fdopen(os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
    return name
