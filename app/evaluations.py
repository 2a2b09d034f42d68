"""The use-case: have a model judged on labelled pictures, see how it goes, look at what came of it."""

import os
from pathlib import Path
from typing import Any, BinaryIO

from app.errors import NotFound, TooLarge, Unusable
from app.evaluation_offer import evaluation_offer
from app.evaluation_opened import Opened, open_evaluation
from app.evaluation_store import EVERYBODY, EvaluationStore
from app.jobs import JobState
from app.lending import check_within
from app.owned_jobs import OwnedJobs
from app.registry import Entry
from app.rows import EvaluationRow
from app.schemas_evaluations import AskedEvaluation, Evaluation
from app.training_feed import Seen
from app.training_offer import TrainingOffer, is_private
from model.dataset import read_dataset
from model.errors import DatasetError, EvaluationError
from model.evaluation.data import read_labelled
from model.evaluation.drawings import Drawings, read_marks

MAX_BOXES_BYTES = 64 * 2**20
NAME_LETTERS = 100
KINDS = {b"{": "boxes.json", b"[": "boxes.json", b"<": "boxes.xml"}


class Evaluations(OwnedJobs[EvaluationRow, Evaluation]):
    """Evaluations, for their owners; those of the command line are everybody's to read."""

    _store: EvaluationStore

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
            NoSpace: those that are kept have reached what this server keeps
            OSError: no space
        """
        self.offer.require()
        self._store.require_room(self._settings.max_evaluations_bytes)
        entry = self._registry.find(asked.model)
        row = EvaluationRow(**self._begun(owner), model=entry.name, bundle_id=entry.id)
        with self._lining_up(row) as folder:
            data = self._lend(asked, entry, row)
            row.name = data.name[:NAME_LETTERS] if asked.folder is not None else ""
            asked = asked.model_copy(update={"boxes": None if boxes is None else _kept(boxes, folder)})
            row.asked = asked.model_dump(mode="json")
            row.pictures = self._count(asked, data, row, entry)
        return self.find(row.id, owner)

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
        """See app/owned_jobs.py; everybody's is the operator's to change."""
        return self._store.folder(self._store.owned(evaluation_id, owner, is_private(self._settings)).id)

    def may_change(self, evaluation_id: str, owner: str) -> bool:
        """Whether this person may add to an evaluation, and delete it."""
        row = self._store.find(evaluation_id, owner)
        return row.owner != EVERYBODY or is_private(self._settings)

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

    def _count(self, asked: AskedEvaluation, data: Path, row: EvaluationRow, entry: Entry) -> int:
        """How many pictures there are to ask about.

        Raises:
            Unusable: the model cannot be judged by them
        """
        labels = entry.spec.labels
        try:
            if asked.folder is not None:
                check_within(read_dataset(data), self._settings.training_folders)
            found = read_labelled(data, labels, asked.labels, asked.limit)
            if asked.boxes is not None:
                if not entry.spec.exact:
                    raise Unusable("'boxes': this network has no maps that could lie in boxes.")
                meanings = {labels[index]: index for index in found.classes.values()} | dict(found.classes)
                drawn = Drawings(self._store.folder(row.id) / asked.boxes)
                read_marks(found.samples, meanings, drawn, found.beside)
        except (DatasetError, EvaluationError) as error:
            raise Unusable(self._public(str(error), row)) from error
        return len(found.samples)

    def _told(self, row: EvaluationRow, standing: dict[str, Any], _: Seen) -> Evaluation:
        url, is_done = standing["url"], row.state == JobState.DONE
        return Evaluation(
            **standing,
            model=row.bundle_id or "",
            model_name=row.model,
            asked=AskedEvaluation.model_validate(row.asked),
            pictures=row.pictures,
            yours=row.owner != EVERYBODY,
            metrics_url=f"{url}/metrics" if is_done else None,
            pictures_url=f"{url}/pictures" if is_done else None,
            report_url=f"{url}/report.html" if is_done else None,
        )


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
