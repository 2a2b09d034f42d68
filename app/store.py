"""Explanations and photos kept on disk: rows in the database, files beside it.

Files first, then the row: a crash in between leaves a folder that nobody knows of, which
`sweep` removes. Deletion goes the other way round.
"""

import base64
import binascii
import io
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import CursorResult, Select, delete, func, select, tuple_
from sqlalchemy.dialects.sqlite import insert

from app.database import BundleRow, Database, ExplanationRow
from app.errors import NotFound, StartError, Unusable
from app.folders import CAMS, ID_PATTERN, SCORES, Folders
from model.cam import Array

ORPHAN_GRACE_S = 3600.0
BATCH = 500


@dataclass(frozen=True)
class Numbers:
    """What a network said about one photo, all classes.

    Attributes:
        logits: (K,)
        probabilities: (K,)
        bias: (K,)
        maps: (K, rows, columns), none where the head keeps no location
    """

    logits: Array
    probabilities: Array
    bias: Array
    maps: Array | None

    def files(self) -> dict[str, bytes]:
        """As they are stored: NumPy's own formats."""
        scores = io.BytesIO()
        np.savez(scores, logits=self.logits, probabilities=self.probabilities, bias=self.bias)
        files = {SCORES: scores.getvalue()}
        if self.maps is not None:
            cams = io.BytesIO()
            np.save(cams, self.maps)
            files[CAMS] = cams.getvalue()
        return files


class Store:
    """The explanations of one data folder; every method blocks and may be called from any thread."""

    def __init__(self, data_dir: Path) -> None:
        """Open the data folder, bring its tables up to date, clear what a crash left behind.

        Raises:
            StartError: the folder or the database cannot be used; nothing in them was changed
        """
        try:
            self._folders = Folders(data_dir)
        except OSError as error:
            raise StartError(f"{data_dir}: the data folder cannot be used: {error.strerror}") from error
        try:
            self._database = Database(data_dir / "camscope.sqlite")
        except BaseException:
            self._folders.close()
            raise
        self.sweep(grace_s=0 if self._folders.alone else ORPHAN_GRACE_S)

    @property
    def database(self) -> Database:
        """The open database, for what else is kept in it."""
        return self._database

    def close(self) -> None:
        """Close the database and let go of the folder."""
        self._database.close()
        self._folders.close()

    def new_id(self) -> str:
        """An unguessable id: 128 random bits, 32 hex digits."""
        return secrets.token_hex(16)

    def write_files(self, explanation_id: str, files: Mapping[str, bytes]) -> None:
        """Write the files of an explanation whose row follows.

        Raises:
            OSError: no space, or another trouble with the disk; nothing is left behind
        """
        self._folders.write(explanation_id, files)

    def copy_files(self, source_id: str, explanation_id: str) -> None:
        """Give an explanation whose row follows the files of another.

        Raises:
            FileNotFoundError: the other one's files are gone
            OSError: another trouble with the disk; nothing is left behind
        """
        self._folders.copy(source_id, explanation_id)

    def add_file(self, explanation_id: str, name: str, content: bytes) -> None:
        """Put a file that can be made again beside a known explanation's own; it goes when they go.

        Raises:
            FileNotFoundError: the explanation was deleted meanwhile
            OSError: no space, or another trouble with the disk
        """
        self._folders.add(explanation_id, name, content)

    def add(self, row: ExplanationRow, bundle: Mapping[str, Any]) -> None:
        """Keep an explanation whose files are there.

        Args:
            row: its numbers in the database
            bundle: the columns of its bundle's row

        Raises:
            NoSpace, NotReady: nothing was kept, the files are gone
        """
        try:
            with self._database.writing() as session:
                session.execute(insert(BundleRow).values(**bundle).on_conflict_do_nothing())
                session.add(row)
        except BaseException:
            self._folders.remove(row.id)
            raise

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
        """The newest explanation of the same bytes by the same bundle at the same scale.

        Args:
            sha256: of the uploaded bytes
            bundle_id: which bundle
            scale: of the input
            owner: whose; None for anybody's
        """
        same = select(ExplanationRow).where(
            ExplanationRow.photo_sha256 == sha256, ExplanationRow.bundle_id == bundle_id, ExplanationRow.scale == scale
        )
        if owner is not None:
            same = same.where(ExplanationRow.owner == owner)
        with self._database.reading() as session:
            return session.scalars(same.order_by(ExplanationRow.created_at.desc()).limit(1)).first()

    def file(self, explanation_id: str, name: str) -> Path:
        """The path of one of a known explanation's files.

        Raises:
            NotFound: it has no such file
        """
        path = self._folders.path(explanation_id) / name
        if not path.is_file():
            raise NotFound("This explanation has no such file.")
        return path

    def numbers(self, explanation_id: str) -> Numbers:
        """The numbers of a known explanation; its maps are read from disk where they are looked at.

        Raises:
            FileNotFoundError: it was deleted meanwhile
        """
        folder = self._folders.path(explanation_id)
        with np.load(folder / SCORES) as scores:
            logits, probabilities, bias = (scores[name] for name in ("logits", "probabilities", "bias"))
        cams = folder / CAMS
        return Numbers(logits, probabilities, bias, np.load(cams, mmap_mode="r") if cams.exists() else None)

    def history(self, owner: str, limit: int, cursor: str | None) -> tuple[Sequence[ExplanationRow], str | None]:
        """An owner's explanations, newest first, and the cursor of what follows.

        Raises:
            Unusable: not a cursor of ours
        """
        place = tuple_(ExplanationRow.created_at, ExplanationRow.id)
        query = select(ExplanationRow).where(ExplanationRow.owner == owner)
        if cursor is not None:
            query = query.where(place < _decode_cursor(cursor))
        query = query.order_by(ExplanationRow.created_at.desc(), ExplanationRow.id.desc()).limit(limit + 1)
        with self._database.reading() as session:
            rows = session.scalars(query).all()
        return rows[:limit], _encode_cursor(rows[limit - 1]) if len(rows) > limit else None

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

    def expire(self, days: float, count: int) -> int:
        """Delete what is older than some days, and what is beyond some number; 0 is no limit.

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
            newest_first = by_age.order_by(ExplanationRow.created_at.desc(), ExplanationRow.id.desc())
            deleted += self._delete_all(newest_first.limit(-1).offset(count))
        return deleted

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


def _encode_cursor(row: ExplanationRow) -> str:
    microseconds = (row.created_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{microseconds}.{row.id}".encode()).decode().rstrip("=")


def _decode_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        moment, explanation_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(".")
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(moment)), explanation_id
    except (binascii.Error, ValueError, OverflowError):
        raise Unusable("'cursor': use the value of 'next' of an earlier answer, unchanged.") from None
