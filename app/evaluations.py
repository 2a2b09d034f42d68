"""The use-case: have a model judged on labelled pictures, see how it goes, look at what came of it."""

from pathlib import Path
from typing import Any

from app.archives import ArchiveLimits
from app.errors import NotFound, Unusable
from app.evaluation_files import Sent, keep_boxes, keep_masks
from app.evaluation_labels import StrangeLabels
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
from model.dataset import read_to_judge
from model.errors import DatasetError, EvaluationError, UnknownLabels
from model.evaluation.data import read_labelled
from model.evaluation.drawings import Drawings, Target, read_marks

NAME_LETTERS = 100
NOTHING = Sent()


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

    def start(self, asked: AskedEvaluation, owner: str, sent: Sent = NOTHING) -> Evaluation:
        """Put an evaluation in line; what can be known to fail is refused now.

        Args:
            asked: what is to be judged, on what
            owner: whose it will be
            sent: files of boxes and masks

        Raises:
            NotAllowed, NotReady: this server does not evaluate
            NotFound: no such pictures of theirs
            TooLarge: a file of boxes or masks
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
            limits = ArchiveLimits.of(self._settings).zip_limits()
            kept = {
                "boxes": None if sent.boxes is None else keep_boxes(sent.boxes, folder, limits),
                "masks": None if sent.masks is None else keep_masks(sent.masks, folder, limits),
            }
            asked = asked.model_copy(update=kept)
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
        """A picture, as it was found.

        Raises:
            NotFound: it is not there any more
        """
        return self.photo_file(evaluation_id, owner, number).read_bytes()

    def photo_file(self, evaluation_id: str, owner: str, number: int) -> Path:
        """Where a picture was found.

        Raises:
            NotFound: it is not there any more
        """
        name = self.open(evaluation_id, owner).find(number).record.path
        row = self._store.find(evaluation_id, owner)
        data = self._store.folder(row.id) / row.data
        root = data if data.is_dir() else data.parent
        try:
            file = (root / name).resolve()
            if file.is_file() and file.is_relative_to(root.resolve()):
                return file
            return next(one.path for one in read_to_judge(data).samples if one.name == name and one.path.is_file())
        except (DatasetError, StopIteration, OSError):
            raise NotFound("This picture is not where it was any more.") from None

    def _count(self, asked: AskedEvaluation, data: Path, row: EvaluationRow, entry: Entry) -> int:
        """How many pictures there are to ask about.

        Raises:
            Unusable: the model cannot be judged by them
        """
        labels = entry.spec.labels
        try:
            if asked.folder is not None:
                check_within(read_to_judge(data), self._settings.training_folders)
            found = read_labelled(data, labels, asked.labels, asked.limit, asked.seed)
            own = self._store.folder(row.id)
            boxes, masks = (None if name is None else own / name for name in (asked.boxes, asked.masks))
            if (boxes or masks) and not entry.spec.exact:
                raise Unusable("'boxes' and 'masks': this network has no maps that could lie in any.")
            if (asked.faithfulness or asked.sanity) and not entry.spec.exact:
                raise Unusable("'faithfulness' and 'sanity': this network has no maps that could be put to the test.")
            target = Target(found.samples, found.meanings(labels), found.beside, found.renamed)
            read_marks(target, Drawings(boxes, masks))
        except UnknownLabels as error:
            raise StrangeLabels(error) from error
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
