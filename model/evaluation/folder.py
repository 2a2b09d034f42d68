"""The folder of an evaluation: appended picture by picture, read by reports and by the server.

    settings.json     what was asked
    pictures.jsonl    a record a line, in the order of the listing
    maps.bin          float32, little-endian; a record says where its maps lie
    thumbnails/000123.jpg
    localisation/*.npy    a row a picture, memory-mapped
    metrics.json      written last, and from all of it report.html, triage.csv and evidence.json

A picture's line is written after all else of it. Whoever goes on after a kill drops a line that was cut short and
what lies behind the last whole one's maps, so that a picture is there wholly or not at all.
"""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from model.cam import Array
from model.errors import EvaluationError
from model.evaluation.appended import whole_lines
from model.evaluation.records import EvaluationMetrics, EvaluationSettings, LeftOut, PictureRecord
from model.manifest import first_line
from model.spec import Record

SETTINGS, PICTURES, MAPS, METRICS, REPORT = "settings.json", "pictures.jsonl", "maps.bin", "metrics.json", "report.html"
TRIAGE, EVIDENCE = "triage.csv", "evidence.json"
THUMBNAILS, LOCALISATION = "thumbnails", "localisation"
CELL = np.dtype("<f4")

Line = PictureRecord | LeftOut
Table = npt.NDArray[np.float32]
_LINE: TypeAdapter[Line] = TypeAdapter(Line)


class EvaluationFolder:
    """An evaluation that is there, or under way."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def settings(self) -> EvaluationSettings:
        """What was asked.

        Raises:
            EvaluationError: it is no folder of an evaluation
        """
        return EvaluationSettings.model_validate_json(self._read(SETTINGS))

    def lines(self) -> Iterator[Line]:
        """The pictures that are done, in their order; a line that is not whole yet ends them.

        Raises:
            EvaluationError: a line is none
        """
        for line, _ in self._lines():
            yield line

    def pictures(self) -> Iterator[PictureRecord]:
        """Those of them that were answered."""
        return (line for line in self.lines() if isinstance(line, PictureRecord))

    def left_out(self) -> Iterator[LeftOut]:
        """Those of them that were not."""
        return (line for line in self.lines() if isinstance(line, LeftOut))

    def map_of(self, record: PictureRecord, which: Literal["said", "true"]) -> Array | None:
        """A picture's map, (rows, columns), in logits; None where there is none.

        Raises:
            EvaluationError: maps.bin lacks it
        """
        if record.grid is None or record.maps is None:
            return None
        offset = record.maps.said if which == "said" else record.maps.true
        if offset is None:
            return None
        rows, columns = record.grid.rows, record.grid.columns
        try:
            values = np.fromfile(self.path / MAPS, CELL, rows * columns, offset=offset * CELL.itemsize)
        except OSError as error:
            raise EvaluationError(f"{self.path / MAPS}: cannot be read: {error.strerror}.") from error
        if values.size < rows * columns:
            raise EvaluationError(f"{self.path / MAPS}: ends before the maps of '{record.path}'.")
        return values.reshape(rows, columns).astype(np.float32, copy=False)

    def thumbnail(self, number: int) -> Path:
        """The file of a picture's thumbnail."""
        return self.path / THUMBNAILS / f"{number:06d}.jpg"

    def table(self, name: str) -> Table | None:
        """Rows of numbers, one a picture (NaN where a picture has none), read from the disk; None where there are none.

        Raises:
            EvaluationError: the file is none of ours
        """
        file = self.path / LOCALISATION / f"{name}.npy"
        try:
            return np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise EvaluationError(f"{file}: cannot be read: {error}.") from error

    def metrics(self) -> EvaluationMetrics | None:
        """Everything of the whole set; None while it is under way.

        Raises:
            EvaluationError: the file is none of ours
        """
        if not (self.path / METRICS).exists():
            return None
        try:
            return EvaluationMetrics.model_validate_json(self._read(METRICS))
        except ValidationError as error:
            raise EvaluationError(f"{self.path / METRICS}: {first_line(error)}") from error

    def _read(self, name: str) -> bytes:
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise EvaluationError(f"{self.path / name}: cannot be read: {error.strerror}.") from error

    def _lines(self) -> Iterator[tuple[Line, int]]:
        """Each whole line with the place after it, in bytes."""
        return whole_lines(self.path / PICTURES, _LINE)


class EvaluationWriter(EvaluationFolder):
    """The one process that writes a folder: picture by picture, in the order of the listing."""

    def __init__(self, path: Path, lock: int) -> None:
        super().__init__(path)
        self._lock = lock
        self.done = self._mend()
        self._pictures = (path / PICTURES).open("ab")
        self._maps = (path / MAPS).open("ab")
        self._tables: dict[str, Table] = {}

    @classmethod
    def begin(cls, path: Path, settings: EvaluationSettings, resume: bool = False) -> Self:
        """Make the folder, or go on with one that was left.

        Args:
            path: new or empty; or, to go on, of the same question
            settings: what is asked
            resume: whether to go on where there is something

        Raises:
            EvaluationError: there is something, and it is not to be gone on with; or it is of another question; or
                another process writes it; or it cannot be written
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = _locked(path)
        except OSError as error:
            raise EvaluationError(f"{path}: cannot be used for the results: {error.strerror}.") from error
        try:
            if (path / SETTINGS).exists():
                _require_resumable(EvaluationFolder(path), settings, resume)
            elif any(path.iterdir()):
                raise EvaluationError(f"{path}: there is something in it already; name a new folder.")
            else:
                for name in (THUMBNAILS, LOCALISATION):
                    (path / name).mkdir()
                write_atomically(path / SETTINGS, settings)
            return cls(path, lock)
        except BaseException:
            os.close(lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pictures.close()
        self._maps.close()
        os.close(self._lock)

    def append_maps(self, maps: Sequence[Array]) -> int:
        """Add maps of the next picture; where the first begins, in numbers."""
        place = self._maps.tell() // CELL.itemsize
        for values in maps:
            self._maps.write(np.ascontiguousarray(values, CELL).tobytes())
        return place

    def put_row(self, name: str, number: int, row: Sequence[float] | Table, of: int) -> None:
        """Write a picture's row of a table.

        Args:
            name: of the table
            number: of the picture
            row: (width,)
            of: how many pictures there are
        """
        if name not in self._tables:
            self._tables[name] = self._opened(name, (of, len(row)))
        self._tables[name][number] = row

    def append(self, line: Line, thumbnail: bytes | None = None) -> None:
        """Write a picture, whose maps and rows were written before, and so be done with it."""
        if thumbnail is not None:
            self.thumbnail(line.number).write_bytes(thumbnail)
        self._maps.flush()
        self._pictures.write(line.model_dump_json().encode() + b"\n")
        self._pictures.flush()
        self.done += 1

    def finish(self, metrics: EvaluationMetrics) -> None:
        """Write what all of it comes to; it is there whole or not at all."""
        write_atomically(self.path / METRICS, metrics)

    def _mend(self) -> int:
        """Drop what a kill left unfinished; how many pictures are done."""
        done, lines_end, maps_end = 0, 0, 0
        for line, place in self._lines():
            if line.number != done:
                raise EvaluationError(
                    f"{self.path / PICTURES}, line {done + 1}: picture {line.number} is out of order."
                )
            done, lines_end = done + 1, place
            if isinstance(line, PictureRecord) and line.maps is not None and line.grid is not None:
                last = max(line.maps.said, line.maps.true or 0)
                maps_end = max(maps_end, (last + line.grid.rows * line.grid.columns) * CELL.itemsize)
        for name, end in ((PICTURES, lines_end), (MAPS, maps_end)):
            with (self.path / name).open("ab") as stream:
                if stream.tell() < end:
                    raise EvaluationError(f"{self.path / name}: ends before the pictures that are done.")
                stream.truncate(end)
        if done < self.settings().pictures:
            for leftover in (METRICS, REPORT, TRIAGE, EVIDENCE):
                (self.path / leftover).unlink(missing_ok=True)
        return done

    def _opened(self, name: str, shape: tuple[int, int]) -> Table:
        file = self.path / LOCALISATION / f"{name}.npy"
        if file.exists():
            with contextlib.suppress(ValueError):  # cut short by a kill: made anew, and its rows are none
                table: Table = np.lib.format.open_memmap(file, mode="r+")
                if table.shape == shape:
                    return table
        table = np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=shape)
        table[:] = np.nan
        return table


def write_atomically(file: Path, record: Record) -> None:
    """A record as a file that is there whole or not at all."""
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n")
    draft.replace(file)


def remove(folder: Path) -> None:
    """Delete an evaluation, all of it."""
    shutil.rmtree(folder, ignore_errors=True)


def _locked(path: Path) -> int:
    """An open descriptor of the folder, which no other process has locked."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise EvaluationError(f"{path}: another evaluation writes to it.") from None
    return descriptor


def _require_resumable(folder: EvaluationFolder, settings: EvaluationSettings, resume: bool) -> None:
    if not resume:
        raise EvaluationError(f"{folder.path}: holds an evaluation already; --resume goes on with it.")
    before = folder.settings().model_dump(exclude={"created_at"})
    now = settings.model_dump(exclude={"created_at"})
    if changed := [_changed(name, before[name], now[name]) for name in now if before[name] != now[name]]:
        raise EvaluationError(
            f"{folder.path}: was begun with another question ({'; '.join(changed)}); ask that, or name a new folder."
        )


def _changed(name: str, before: object, now: object) -> str:
    """What is not as it was, as a person would say it."""
    if name == "listing":
        return "other pictures or classes, or other things drawn on them"
    return f"{name.replace('_', ' ')} {before}, now {now}"
