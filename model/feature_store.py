"""Arrays kept on disk by content: what was computed once is not computed again, whatever interrupts it.

    index.sqlite     which record lies where, and when each file was last used
    <random>.f32     records, float32, one after the other; a file has one writer and is never changed

A record counts once its row is committed, which happens after its bytes are on the disk: what a killed
process leaves behind is invisible, and removed later. Whoever writes or reads a file holds a shared lock
on it, which the system lets go when the process ends; files that nobody holds give way when there is no
room, the least recently used first. So any number of processes may share a folder.
"""

import contextlib
import shutil
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from model.cam import Array
from model.errors import DatasetError
from model.segments import FLOAT, Record, Segment, is_free

INDEX = "index-1.sqlite"
SUFFIX = ".f32"
SEGMENT_BYTES = 2**30
FLUSH_BYTES = 32 * 2**20
FLUSH_SECONDS = 2.0
ORPHAN_SECONDS = 600
LOCK_SECONDS = 60
LIMIT_SETTING = "CAMSCOPE_FEATURE_CACHE_GB"
SCHEMA = """
CREATE TABLE IF NOT EXISTS segments (id INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL, used_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS kinds (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS records (kind INTEGER NOT NULL, content BLOB NOT NULL, segment INTEGER NOT NULL,
    start INTEGER NOT NULL, channels INTEGER NOT NULL, rows INTEGER NOT NULL, columns INTEGER NOT NULL,
    PRIMARY KEY (kind, content)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS records_by_segment ON records (segment);
"""
FIND = "SELECT segment, start, channels, rows, columns FROM records WHERE kind = ? AND content = ?"


class FeatureStore:
    """Records of one kind in a folder, for one thread of one process.

    What was found or written, its files in `segments`, is held until the store is left, or by whom `release` gave it.
    """

    def __init__(self, folder: Path, limit_bytes: int, kind: str) -> None:
        """Open the folder, or make it, and tidy what a crash left.

        Args:
            folder: for the index and the records
            limit_bytes: all records together never take more
            kind: of the records that are asked for; any text

        Raises:
            DatasetError: the folder cannot be used; the message says what to do
        """
        self._folder, self._limit = folder, limit_bytes
        self.segments: dict[int, Segment] = {}
        self._written: set[int] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._index = sqlite3.connect(folder / INDEX, timeout=LOCK_SECONDS, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise DatasetError(f"{folder}: the features cannot be kept here: {error}.") from error
        with self._explained():
            with self._transaction():
                for statement in SCHEMA.split(";"):
                    self._index.execute(statement)
                self._index.execute("INSERT OR IGNORE INTO kinds (key) VALUES (?)", (kind,))
                (self._kind,) = self._index.execute("SELECT id FROM kinds WHERE key = ?", (kind,)).fetchone()
            self._remove_orphans()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._index.close()
        for segment in self.release().values():
            segment.close()

    def release(self) -> dict[int, Segment]:
        """Hand over the files that were found or written, by number; who takes them closes them."""
        released, self.segments = self.segments, {}
        self._written.clear()
        return released

    def find(self, contents: Sequence[bytes]) -> dict[bytes, Record]:
        """The records that are there, by content, with their files held.

        Raises:
            DatasetError: the index cannot be read
        """
        found: dict[bytes, Record] = {}
        with self._explained():
            for content in contents:
                row = self._index.execute(FIND, (self._kind, content)).fetchone()
                if row:
                    found[content] = Record(*row)
            self._hold({record.segment for record in found.values()})
        return {content: record for content, record in found.items() if self._is_whole(record)}

    def room(self) -> int:
        """Bytes that all records together may take: the limit, or what is left on the disk if that is less."""
        return min(self._limit, self._used() + shutil.disk_usage(self._folder).free)

    def _used(self) -> int:
        (used,) = self._index.execute("SELECT coalesce(sum(bytes), 0) FROM segments").fetchone()
        return int(used)

    def add(self, arrays: Iterable[tuple[bytes, Array]]) -> None:
        """Write (C,) or (C, h, w) arrays as they come, by content; now and then what came so far is committed.

        Raises:
            DatasetError: there is no room
        """
        waiting: list[tuple[bytes, Array]] = []
        size, since = 0, time.monotonic()
        try:
            for content, array in arrays:
                waiting.append((content, array))
                size += array.nbytes
                if size >= FLUSH_BYTES or time.monotonic() - since > FLUSH_SECONDS:
                    batch, waiting, size, since = waiting, [], 0, time.monotonic()
                    self._commit(batch)
        finally:
            if waiting:
                self._commit(waiting)

    def _commit(self, arrays: Sequence[tuple[bytes, Array]]) -> None:
        """Write records to the disk, then say that they are there."""
        content = b"".join(np.ascontiguousarray(array, dtype=np.float32).tobytes() for _, array in arrays)
        with self._explained():
            number, segment = self._writable()
            with self._transaction():
                leaving = self._make_room(len(content))
                start = segment.append(content)
                rows = []
                for key, array in arrays:
                    channels, height, width = array.shape if array.ndim == 3 else (len(array), 1, 1)
                    rows.append((self._kind, key, number, start, channels, height, width))
                    start += array.size
                self._index.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
                used = (segment.size, time.time(), number)
                self._index.execute("UPDATE segments SET bytes = ?, used_at = ? WHERE id = ?", used)
            for path in leaving:
                path.unlink(missing_ok=True)

    def _writable(self) -> tuple[int, Segment]:
        """The file of this store's own that has room, or a new one."""
        for number in self._written:
            if self.segments[number].size < SEGMENT_BYTES:
                return number, self.segments[number]
        name = uuid.uuid4().hex + SUFFIX
        segment = Segment(self._folder / name, new=True)
        row = self._index.execute("INSERT INTO segments (file, bytes, used_at) VALUES (?, 0, ?)", (name, time.time()))
        number = int(row.lastrowid or 0)
        self.segments[number] = segment
        self._written.add(number)
        return number, segment

    def _make_room(self, size: int) -> list[Path]:
        """Forget files that nobody holds, the least recently used first, until there is room for more bytes.

        Returns:
            the files, to be removed when that is committed

        Raises:
            DatasetError: what is held leaves no room
        """
        used, room = self._used(), self.room()
        leaving: list[Path] = []
        if used + size <= room:
            return leaving
        for number, file, taken in self._index.execute(
            "SELECT id, file, bytes FROM segments ORDER BY used_at"
        ).fetchall():
            if number not in self.segments and is_free(self._folder / file):
                self._forget(number)
                leaving.append(self._folder / file)
                used -= taken
                if used + size <= room:
                    return leaving
        raise DatasetError(
            f"The features being used need more than the {room / 1e9:.3g} GB that there are for them; "
            f"raise {LIMIT_SETTING}, or wait until other trainings are over."
        )

    def _hold(self, numbers: set[int]) -> None:
        """Open files that are not open yet, and note that all of them are in use; forget those that are gone."""
        for number in numbers - self.segments.keys():
            row = self._index.execute("SELECT file FROM segments WHERE id = ?", (number,)).fetchone()
            if row is None:
                continue
            try:
                self.segments[number] = Segment(self._folder / row[0])
            except FileNotFoundError:
                with self._transaction():
                    self._forget(number)
        with self._transaction():
            used = [(time.time(), number) for number in numbers]
            self._index.executemany("UPDATE segments SET used_at = ? WHERE id = ?", used)

    def _is_whole(self, record: Record) -> bool:
        """Whether a record can be read: its file is held and as long as it must be."""
        segment = self.segments.get(record.segment)
        return segment is not None and segment.size >= (record.start + record.length) * FLOAT

    def _forget(self, number: int) -> None:
        self._index.execute("DELETE FROM records WHERE segment = ?", (number,))
        self._index.execute("DELETE FROM segments WHERE id = ?", (number,))

    def _remove_orphans(self) -> None:
        """Delete files of which no record was committed, left by processes that were killed."""
        known = dict(self._index.execute("SELECT file, id FROM segments WHERE bytes > 0"))
        for path in self._folder.glob(f"*{SUFFIX}"):
            with contextlib.suppress(OSError):
                old = time.time() - path.stat().st_mtime > ORPHAN_SECONDS
                if path.name not in known and old and is_free(path):
                    self._index.execute("DELETE FROM segments WHERE file = ? AND bytes = 0", (path.name,))
                    path.unlink()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """One at a time over all processes; all of it or nothing."""
        self._index.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._index.execute("ROLLBACK")
            raise
        self._index.execute("COMMIT")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Troubles of the disk and of the index, told as what to do."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise DatasetError(f"{self._folder}: the features cannot be kept: {error}; make room, or wait.") from error
        except sqlite3.DatabaseError as error:
            raise DatasetError(
                f"{self._folder / INDEX}: is damaged ({error}); delete its folder, it is made again."
            ) from error
        except OSError as error:
            raise DatasetError(f"{self._folder}: the features cannot be kept: {error.strerror}.") from error
