"""Explanations and photos kept on disk: rows in the database, files beside it.

Files first, then the row: a crash in between leaves a folder that nobody knows of, which
`sweep` removes. Deletion goes the other way round.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import CursorResult, Select, String, bindparam, delete, func, or_, select, tuple_
from sqlalchemy.orm import raiseload

from app.cursors import decode_cursor, encode_cursor
from app.database import Database
from app.database_file import has_content, make
from app.errors import NotFound, StartError
from app.folders import ID_PATTERN, Folders, Source, found_in
from app.intake import Intake
from app.numbers import Numbers, read_numbers
from app.rows import BundleRow, ExplanationRow
from app.set_aside import remind, set_aside
from app.sizes import NEWEST_FIRST, beyond, measure

DATABASE = "camscope.sqlite"
ORPHAN_GRACE_S = 3600.0
BATCH = 500
SAME = (  # built once: building it costs more than running it
    select(ExplanationRow.id)
    .where(
        ExplanationRow.photo_sha256 == bindparam("sha256"),
        ExplanationRow.bundle_id == bindparam("bundle_id"),
        ExplanationRow.scale == bindparam("scale"),
        or_(bindparam("owner", type_=String).is_(None), ExplanationRow.owner == bindparam("owner")),
    )
    .order_by(ExplanationRow.created_at.desc())
    .limit(1)
)


class Store:
    """The explanations of one data folder; every method blocks and may be called from any thread.

    Attributes:
        grace_s: how old in seconds, at the start, what nobody knows of must be to be left over from a crash
    """

    def __init__(self, data_dir: Path) -> None:
        """Open the data folder, bring its tables up to date, clear what a crash left behind.

        Raises:
            StartError: the folder or the database cannot be used; nothing in them was changed
        """
        path = data_dir / DATABASE
        try:
            if data_dir.exists() and not has_content(path):
                make(path)  # before anything is moved: where that is refused, photos stay where they are
                set_aside(data_dir)
            remind(data_dir)
            self._folders = Folders(data_dir)
        except OSError as error:
            raise StartError(f"{data_dir}: the data folder cannot be used: {error.strerror}") from error
        try:
            self._database = Database(path)
        except BaseException:
            self._folders.close()
            raise
        self.grace_s = 0.0 if self._folders.alone else ORPHAN_GRACE_S
        self.sweep(self.grace_s)
        self._grown: set[str] = set()  # explanations that have got more files since they were measured
        self._intake = Intake(self._folders, self._database)

    @property
    def database(self) -> Database:
        """The open database, for what else is kept in it."""
        return self._database

    def close(self) -> None:
        """Keep what waits to be kept, close the database and let go of the folder."""
        self._intake.close()
        self._database.close()
        self._folders.close()

    def new_id(self) -> str:
        """An unguessable id: 128 random bits, 32 hex digits."""
        return secrets.token_hex(16)

    def keep(self, row: ExplanationRow, source: Source, bundle: Mapping[str, Any]) -> Future[None]:
        """Keep an explanation; many that come at once are written together. Returns at once.

        Args:
            row: its numbers in the database
            source: its files, or the id of the explanation whose files it shares
            bundle: the columns of its bundle's row

        Returns:
            done when files and row are on the disk. Otherwise nothing was kept, and it raises NoSpace or NotReady;
            FileNotFoundError where the files to share are gone; OSError for another trouble with the disk

        Raises:
            Busy: too many wait for the disk
            NotReady: the store is closed
        """
        return self._intake.submit(row, source, bundle)

    def add_file(self, explanation_id: str, name: str, content: bytes) -> None:
        """Put a file that can be made again beside a known explanation's own; it goes when they go.

        Raises:
            FileNotFoundError: the explanation was deleted meanwhile
            OSError: no space, or another trouble with the disk
        """
        self._folders.add(explanation_id, name, content)
        self._grown.add(explanation_id)

    def find(self, explanation_id: str) -> ExplanationRow:
        """An explanation, whoever asks.

        Raises:
            NotFound: there is none
        """
        row = None
        if ID_PATTERN.fullmatch(explanation_id):
            with self._database.reading() as session:
                row = session.get(ExplanationRow, explanation_id)
        if row is None:
            raise NotFound("There is no such explanation; it may have been deleted.")
        return row

    def find_bundle(self, bundle_id: str) -> BundleRow | None:
        """A bundle that explained something, there or gone."""
        with self._database.reading() as session:
            return session.get(BundleRow, bundle_id)

    def find_same(self, sha256: str, bundle_id: str, scale: float, owner: str | None) -> ExplanationRow | None:
        """The newest explanation of the same bytes by the same bundle at the same scale; without its bundle's row.

        Args:
            sha256: of the uploaded bytes
            bundle_id: which bundle
            scale: of the input
            owner: whose; None for anybody's
        """
        wanted = {"sha256": sha256, "bundle_id": bundle_id, "scale": scale, "owner": owner}
        with self._database.connection() as connection:
            found = connection.execute(SAME, wanted).scalar()
        if found is None:
            return None
        with self._database.reading() as session:
            return session.get(ExplanationRow, found, options=[raiseload(ExplanationRow.bundle)])

    def file(self, explanation_id: str, name: str) -> Path:
        """The path of one of a known explanation's files; PHOTO stands for the photo of either kind.

        Raises:
            NotFound: it has no such file
        """
        path = found_in(self._folders.path(explanation_id), name)
        if path is None:
            raise NotFound("This explanation has no such file.")
        return path

    def numbers(self, explanation_id: str) -> Numbers:
        """The numbers of a known explanation; its maps are read from disk where they are looked at.

        Raises:
            FileNotFoundError: it was deleted meanwhile
            Damaged: they cannot be read
        """
        return read_numbers(self._folders.path(explanation_id))

    def history(self, owner: str, limit: int, cursor: str | None) -> tuple[Sequence[ExplanationRow], str | None]:
        """An owner's explanations, newest first, and the cursor of what follows.

        Raises:
            Unusable: not a cursor of ours
        """
        place = tuple_(ExplanationRow.created_at, ExplanationRow.id)
        query = select(ExplanationRow).where(ExplanationRow.owner == owner)
        if cursor is not None:
            query = query.where(place < decode_cursor(cursor))
        query = query.order_by(*NEWEST_FIRST).limit(limit + 1)
        with self._database.reading() as session:
            rows = session.scalars(query).all()
        return rows[:limit], encode_cursor(rows[limit - 1]) if len(rows) > limit else None

    def delete(self, explanation_id: str, owner: str) -> None:
        """Delete an owner's explanation and everything of it.

        Raises:
            NotFound: there is none, or it is somebody else's
        """
        mine = delete(ExplanationRow).where(ExplanationRow.id == explanation_id, ExplanationRow.owner == owner)
        with self._database.writing() as session:
            result = session.execute(mine)
        if not isinstance(result, CursorResult) or result.rowcount == 0:
            raise NotFound("There is no such explanation of yours; it may have been deleted.")
        self._folders.remove(explanation_id)

    def expire(self, days: float, count: int, size: int = 0) -> int:
        """Delete what is older than some days, and what is beyond some number or some bytes; 0 is no limit.

        Returns:
            how many explanations were deleted
        """
        by_age = select(ExplanationRow.id)
        deleted = 0
        if days:
            deleted += self._delete_all(
                by_age.where(ExplanationRow.created_at < datetime.now(UTC) - timedelta(days=days))
            )
        if count:
            deleted += self._delete_all(by_age.order_by(*NEWEST_FIRST).limit(-1).offset(count))
        if size:
            deleted += self._delete_all(beyond(size))
        return deleted

    def measure(self) -> None:
        """Note the bytes of explanations that have got more files, or that an earlier version kept."""
        measure(self._database, self._folders, self._grown)

    def _delete_all(self, query: Select[Any]) -> int:
        with self._database.reading() as session:
            ids: list[str] = list(session.scalars(query))
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            with self._database.writing() as session:
                session.execute(delete(ExplanationRow).where(ExplanationRow.id.in_(batch)))
            for explanation_id in batch:
                self._folders.remove(explanation_id)
        return len(ids)

    def sweep(self, grace_s: float = ORPHAN_GRACE_S) -> None:
        """Delete files that no row knows of: what a crash left between the files and the row.

        Args:
            grace_s: younger ones stay, in seconds; another server may be about to write their row
        """
        before = time.time() - grace_s
        self._folders.clear_drafts(before)
        found = sorted(self._folders.ids(before))
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            with self._database.reading() as session:
                known = set(session.scalars(select(ExplanationRow.id).where(ExplanationRow.id.in_(batch))))
            for explanation_id in set(batch) - known:
                self._folders.remove(explanation_id)

    def count(self) -> int:
        """How many explanations there are."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(ExplanationRow)) or 0
