"""Pictures to train on, kept on disk: rows in the database, files beside it.

<data>/datasets/<id>/<label>/<name>-<digits of its sha256>.jpg
<data>/datasets/<id>/.<draft>/      pictures being taken in; whatever ends that, it goes

A file's name says nothing: labels are in the database, so that any text can be one, and what a picture was
called in its archive, which is what those who work with it get to see. Of equal pictures the first is kept.
Files first, then rows; deletion goes the other way round.
"""

import csv
import secrets
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from app.config import Settings
from app.database import Database
from app.dataset_drafts import MISSING, Draft, Room, drafts_of
from app.dataset_records import Held, Kept, NewPicture, columns_of, names_of
from app.dataset_sweep import sweep
from app.errors import NoSpace, NotFound
from app.folders import ID_PATTERN, link_or_copy
from app.rows import DatasetPictureRow, DatasetRow
from app.units import GIB, MIB
from model.durable import sync_all

TABLE = "labels.csv"
ORPHAN_GRACE_S = 3600.0
HASHES_AT_ONCE = 500  # in one question to the database


class DatasetStore:
    """The pictures to train on of one data folder; every method blocks and may be called from any thread."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._root = settings.data_dir / "datasets"
        self._room = Room(settings.max_dataset_pictures, round(settings.max_dataset_mb * MIB))
        self._max_all_bytes = round(settings.max_datasets_gb * GIB)

    @property
    def root(self) -> Path:
        """The folder of all of them, on the disk that has room for large files."""
        return self._root

    def create(self, owner: str) -> str:
        """A new one, empty; its id."""
        now = datetime.now(UTC)
        row = DatasetRow(id=secrets.token_hex(16), owner=owner, created_at=now, used_at=now)
        dataset_id = row.id
        self._folder(dataset_id).mkdir(mode=0o700, parents=True)
        try:
            with self._database.writing() as session:
                session.add(row)
        except BaseException:
            self._remove(dataset_id)
            raise
        return dataset_id

    def find(self, dataset_id: str, owner: str) -> Held:
        """What an owner's dataset holds.

        Raises:
            NotFound: there is none, or it is somebody else's
        """
        with self._database.reading() as session:
            return _held(session, _owned(session, dataset_id, owner))

    def all_of(self, owner: str, limit: int = 100) -> Sequence[Held]:
        """An owner's, newest first."""
        query = select(DatasetRow).where(DatasetRow.owner == owner)
        query = query.order_by(DatasetRow.created_at.desc(), DatasetRow.id.desc()).limit(limit)
        with self._database.reading() as session:
            return [_held(session, row) for row in session.scalars(query)]

    def keep(self, dataset_id: str, owner: str, pictures: Iterable[NewPicture]) -> Kept:
        """Take pictures in, all or none; of equal ones the first.

        Args:
            dataset_id: where
            owner: whose it must be
            pictures: taken one at a time

        Raises:
            NotFound: there is no such dataset of theirs, or not any more
            TooLarge: more pictures or bytes than one may have
            NoSpace: more than all may have together
            OSError: no space, or another trouble with the disk
        """
        with self._database.reading() as session:
            held = _held(session, _owned(session, dataset_id, owner))
        with drafts_of(held, self._folder(dataset_id), pictures, self._room) as drafts:
            placed: list[Path] = []
            try:
                with self._database.writing() as session:
                    _owned(session, dataset_id, owner).used_at = datetime.now(UTC)
                    self._check_all(session, sum(draft.row.bytes for draft in drafts))
                    return self._placed(session, dataset_id, drafts, placed)
            except BaseException:
                for file in placed:
                    file.unlink(missing_ok=True)
                raise

    def delete(self, dataset_id: str, owner: str) -> None:
        """Delete an owner's dataset with all its pictures.

        Raises:
            NotFound: there is none, or it is somebody else's
        """
        with self._database.writing() as session:
            session.delete(_owned(session, dataset_id, owner))
        self._remove(dataset_id)

    def delete_class(self, dataset_id: str, owner: str, label: str) -> None:
        """Delete all pictures of one class.

        Raises:
            NotFound: there is no such dataset of theirs, or no such class in it
        """
        mine = (DatasetPictureRow.dataset_id == dataset_id, DatasetPictureRow.label == label)
        with self._database.writing() as session:
            _owned(session, dataset_id, owner).used_at = datetime.now(UTC)
            files = session.scalars(select(DatasetPictureRow.file).where(*mine)).all()
            if not files:
                raise NotFound("There is no such class.")
            session.execute(delete(DatasetPictureRow).where(*mine))
        for file in files:
            (self._folder(dataset_id) / file).unlink(missing_ok=True)

    def rename_class(self, dataset_id: str, owner: str, label: str, name: str) -> None:
        """Give all pictures of one class another label; one that is there already gets them besides.

        Raises:
            NotFound: there is no such dataset of theirs, or no such class in it
        """
        mine = (DatasetPictureRow.dataset_id == dataset_id, DatasetPictureRow.label == label)
        with self._database.writing() as session:
            _owned(session, dataset_id, owner).used_at = datetime.now(UTC)
            renamed = session.scalars(
                update(DatasetPictureRow).where(*mine).values(label=name).returning(DatasetPictureRow.sha256)
            )
            if not renamed.all():
                raise NotFound("There is no such class.")

    def lend(self, dataset_id: str, owner: str, target: Path) -> None:
        """Give a job its own folder of the pictures as they are now, called as in their archive, and a table of labels.

        The files are the same ones under a second name where the disk has hard links: deleting
        the dataset meanwhile takes nothing from the job.

        Args:
            dataset_id: which
            owner: whose it must be
            target: a folder that is not there yet

        Raises:
            NotFound: there is none, or it is being deleted
            OSError: no space, or another trouble with the disk
        """
        pictures = select(DatasetPictureRow).where(DatasetPictureRow.dataset_id == dataset_id)
        with self._database.writing() as session:
            _owned(session, dataset_id, owner).used_at = datetime.now(UTC)
            rows = session.scalars(pictures.order_by(DatasetPictureRow.file)).all()
        is_split = any(row.split for row in rows)
        target.mkdir(mode=0o700, parents=True)
        with (target / TABLE).open("x", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(("path", "label", "split") if is_split else ("path", "label"))
            for row, name in zip(rows, names_of(rows), strict=True):
                file = target / name
                file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                try:
                    link_or_copy(self._folder(dataset_id) / row.file, file)
                except FileNotFoundError:
                    raise NotFound("The pictures were changed at this very moment; try again.") from None
                table.writerow((name, row.label, row.split or "train") if is_split else (name, row.label))
        sync_all([target / TABLE])

    def expire(self, days: float) -> int:
        """Delete those that were not used for some days, and return how many; 0 keeps all."""
        if not days:
            return 0
        due = DatasetRow.used_at < datetime.now(UTC) - timedelta(days=days)
        with self._database.writing() as session:
            ids = session.scalars(select(DatasetRow.id).where(due)).all()
            session.execute(delete(DatasetRow).where(due))
        for dataset_id in ids:
            self._remove(dataset_id)
        return len(ids)

    def sweep(self, grace_s: float = ORPHAN_GRACE_S) -> None:
        """Delete folders and drafts that a crash left, older than some seconds; with none, pictures too."""
        sweep(self._database, self._root, grace_s)

    def _placed(self, session: Session, dataset_id: str, drafts: Sequence[Draft], placed: list[Path]) -> Kept:
        """Put drafts in place, those whose content is not there yet, and note where."""
        known = _labels_of(session, dataset_id, [draft.row.sha256 for draft in drafts])
        repeated: list[str] = []
        relabelled: list[str] = []
        for draft in drafts:
            row = draft.row
            if row.sha256 in known:
                (repeated if known[row.sha256] == row.label else relabelled).append(draft.name)
                continue
            known[row.sha256] = row.label
            target = self._folder(dataset_id) / row.file
            target.parent.mkdir(mode=0o700, exist_ok=True)
            draft.path.rename(target)
            placed.append(target)
            session.execute(insert(DatasetPictureRow).values(**columns_of(row)))
        sync_all([self._folder(dataset_id), *{file.parent for file in placed}])
        return Kept(len(placed), tuple(repeated), tuple(relabelled))

    def _check_all(self, session: Session, more: int) -> None:
        if (session.scalar(select(func.sum(DatasetPictureRow.bytes))) or 0) + more > self._max_all_bytes:
            raise NoSpace(
                "The pictures to train on of all visitors have reached what this server keeps; "
                "delete some of yours, or come back later."
            )

    def _folder(self, dataset_id: str) -> Path:
        return self._root / dataset_id

    def _remove(self, dataset_id: str) -> None:
        shutil.rmtree(self._folder(dataset_id), ignore_errors=True)


def _owned(session: Session, dataset_id: str, owner: str) -> DatasetRow:
    row = session.get(DatasetRow, dataset_id) if ID_PATTERN.fullmatch(dataset_id) else None
    if row is None or row.owner != owner:
        raise NotFound(MISSING)
    return row


def _labels_of(session: Session, dataset_id: str, contents: Sequence[str]) -> dict[str, str]:
    """The labels of those among these contents that a dataset holds, by sha256."""
    columns = select(DatasetPictureRow.sha256, DatasetPictureRow.label)
    mine = columns.where(DatasetPictureRow.dataset_id == dataset_id)
    found: dict[str, str] = {}
    for start in range(0, len(contents), HASHES_AT_ONCE):
        these = DatasetPictureRow.sha256.in_(contents[start : start + HASHES_AT_ONCE])
        found.update((sha256, label) for sha256, label in session.execute(mine.where(these)))
    return found


def _held(session: Session, row: DatasetRow) -> Held:
    columns = select(
        DatasetPictureRow.label,
        func.count(),
        func.sum(DatasetPictureRow.bytes),
        func.count().filter(DatasetPictureRow.split == "val"),
    )
    grouped = columns.where(DatasetPictureRow.dataset_id == row.id).group_by(DatasetPictureRow.label)
    found = session.execute(grouped.order_by(DatasetPictureRow.label)).all()
    classes = tuple((label, count) for label, count, _, _ in found)
    return Held(row, classes, sum(val for *_, val in found), sum(size for _, _, size, _ in found))
