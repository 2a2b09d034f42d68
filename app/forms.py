"""A form with large files, written to disk as they come in: they pass through memory in small pieces."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from python_multipart import multipart
from python_multipart.exceptions import FormParserError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from app.errors import Malformed

MOST_FIELDS = 50
MAX_VALUE_BYTES = 4096


@dataclass(frozen=True)
class Received:
    """A form that came.

    Attributes:
        file: complete, at its beginning; None where the form has none
        size: of the file, in bytes
        fields: the others by name, of equal ones the last; longer ones are cut, beyond what any field takes
        besides: more files, by the names of their fields; complete, at their beginning
    """

    file: BinaryIO | None
    size: int
    fields: Mapping[str, str]
    besides: Mapping[str, BinaryIO] = field(default_factory=dict)


@contextlib.asynccontextmanager
async def received_file(request: Request, field: str, folder: Path) -> AsyncIterator[BinaryIO]:
    """The file of a form's field, as `received_form` has it; other fields do not count.

    Raises:
        Malformed: also where the form has no such file
    """
    async with received_form(request, field, folder) as form:
        if form.file is None:
            raise Malformed(_advice(field))
        yield form.file


@contextlib.asynccontextmanager
async def received_form(
    request: Request, name: str, folder: Path, besides: Sequence[str] = ()
) -> AsyncIterator[Received]:
    """A form; its files are gone from the disk at the end, whatever happens: no crash leaves them behind.

    Args:
        request: its body has not been read
        name: the form's field that holds the file
        folder: on the disk that has room for it
        besides: other fields that may hold files; one that holds nothing counts as none

    Raises:
        Malformed: not a form, or more in it than is taken
        ClientDisconnect: the client left before the end
        OSError: no space, or another trouble with the disk
    """
    with contextlib.ExitStack() as stack:
        names = (name, *besides)
        files = {one: stack.enter_context(await run_in_threadpool(_nameless, folder)) for one in names}
        form = _Form(names, request.headers.get("content-type", ""))
        try:
            async for chunk in request.stream():
                form.parse(chunk)
                for one, piece in form.take():
                    await run_in_threadpool(files[one].write, piece)
            form.finish()
        except FormParserError as error:
            raise Malformed(_advice(name)) from error
        size = files[name].tell()
        came = {one: file for one, file in files.items() if one in form.came and (one == name or file.tell())}
        for file in files.values():
            await run_in_threadpool(file.seek, 0)
        yield Received(came.pop(name, None), size, form.fields(), came)


def _nameless(folder: Path) -> BinaryIO:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


def _advice(field: str) -> str:
    return f"The form has no file in its field '{field}'; send multipart/form-data with a file in '{field}'."


class _Form:
    """Finds the bytes of files, and the other fields, in a form that comes in pieces."""

    def __init__(self, names: Sequence[str], content_type: str) -> None:
        kind, options = multipart.parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise Malformed(_advice(names[0]))
        self._names = names
        self._pieces: list[tuple[str, bytes]] = []
        self._fields: dict[bytes, bytearray] = {}
        self._value: bytearray | None = None  # of the field that comes now
        self._header, self._said = b"", b""
        self._wanted: str | None = None
        self._ended = False
        self.came: set[str] = set()
        self._parser = multipart.MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._begin,
                "on_header_field": self._name,
                "on_header_value": self._say,
                "on_header_end": self._header_over,
                "on_part_data": self._data,
                "on_end": self._end,
            },
        )

    def parse(self, chunk: bytes) -> None:
        """The next piece of the form."""
        self._parser.write(chunk)

    def take(self) -> list[tuple[str, bytes]]:
        """The bytes of files that have come since, each with the name of its field."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def fields(self) -> dict[str, str]:
        """All but the file."""
        return {name.decode(errors="replace"): value.decode(errors="replace") for name, value in self._fields.items()}

    def finish(self) -> None:
        """The form is over.

        Raises:
            FormParserError, Malformed: it is not
        """
        self._parser.finalize()
        if not self._ended:
            raise Malformed(_advice(self._names[0]))

    def _begin(self) -> None:
        self._wanted = self._value = None

    def _end(self) -> None:
        self._ended = True

    def _name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _say(self, data: bytes, start: int, end: int) -> None:
        self._said += data[start:end]

    def _header_over(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = multipart.parse_options_header(self._said)
            name, is_file = options.get(b"name", b""), b"filename" in options
            if is_file and (wanted := name.decode(errors="replace")) in self._names:
                self._begin_file(wanted)
            elif not is_file:
                self._begin_field(name)
        self._header, self._said = b"", b""

    def _begin_file(self, name: str) -> None:
        if name in self.came:
            raise Malformed(f"The form has more than one file in its field '{name}'; send one.")
        self.came.add(name)
        self._wanted = name

    def _begin_field(self, name: bytes) -> None:
        if len(self._fields) >= MOST_FIELDS and name not in self._fields:
            raise Malformed(f"The form has more than {MOST_FIELDS} fields besides its file; send fewer.")
        self._value = self._fields[name] = bytearray()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted is not None:
            self._pieces.append((self._wanted, data[start:end]))
        elif self._value is not None:
            self._value += data[start : min(end, start + MAX_VALUE_BYTES - len(self._value))]
