"""A file of one record a line, appended to as work goes on; a line that a kill cut short is none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from model.errors import EvaluationError
from model.manifest import first_line
from model.spec import Record

Line = TypeVar("Line")
OneRecord = TypeVar("OneRecord", bound=Record)


def whole_lines(file: Path, kind: TypeAdapter[Line]) -> Iterator[tuple[Line, int]]:
    """Each whole line of a file, which need not be there, with the place after it in bytes.

    Raises:
        EvaluationError: a line is no such record
    """
    try:
        stream = file.open("rb")
    except FileNotFoundError:
        return
    place = 0
    with stream:
        for number, raw in enumerate(stream, 1):
            if not raw.endswith(b"\n"):
                return
            place += len(raw)
            try:
                yield kind.validate_json(raw), place
            except ValidationError as error:
                raise EvaluationError(f"{file}, line {number}: {first_line(error)}") from error


class Appended(Generic[OneRecord]):
    """Records of one kind, written by one process; others may read."""

    def __init__(self, file: Path, kind: type[OneRecord]) -> None:
        self._file, self._kind = file, TypeAdapter(kind)

    def read(self) -> list[OneRecord]:
        """Those that are there.

        Raises:
            EvaluationError: a line is none
        """
        return [line for line, _ in whole_lines(self._file, self._kind)]

    def mended(self) -> list[OneRecord]:
        """The same, before more are appended: a line that was cut short is dropped.

        Raises:
            EvaluationError: a line is none
        """
        found, end = [], 0
        for line, place in whole_lines(self._file, self._kind):
            found.append(line)
            end = place
        with self._file.open("ab") as stream:
            stream.truncate(end)
        return found

    def append(self, record: OneRecord) -> None:
        """Add one."""
        with self._file.open("ab") as stream:
            stream.write(record.model_dump_json().encode() + b"\n")
