"""A form with one large file, written to disk as it comes in: it passes through memory in small pieces."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from python_multipart import multipart
from python_multipart.exceptions import FormParserError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from app.errors import Malformed


@contextlib.asynccontextmanager
async def received_file(request: Request, field: str, folder: Path) -> AsyncIterator[BinaryIO]:
    """The file of a form's field, complete, at its beginning; gone from the disk at the end, whatever happens.

    It has no name, so that not even a crash leaves it behind. Other fields are dropped.

    Args:
        request: its body has not been read
        field: the form's field that holds the file
        folder: on the disk that has room for it

    Raises:
        Malformed: not a form, or it has no such file
        ClientDisconnect: the client left before the end
        OSError: no space, or another trouble with the disk
    """
    with await run_in_threadpool(_nameless, folder) as file:
        form = _OneFile(field, request.headers.get("content-type", ""))
        try:
            async for chunk in request.stream():
                form.parse(chunk)
                for piece in form.take():
                    await run_in_threadpool(file.write, piece)
            form.finish()
        except FormParserError as error:
            raise Malformed(_advice(field)) from error
        await run_in_threadpool(file.seek, 0)
        yield file


def _nameless(folder: Path) -> BinaryIO:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


def _advice(field: str) -> str:
    return f"The form has no file in its field '{field}'; send multipart/form-data with a file in '{field}'."


class _OneFile:
    """Finds the bytes of one field in a form that comes in pieces."""

    def __init__(self, field: str, content_type: str) -> None:
        kind, options = multipart.parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise Malformed(_advice(field))
        self._field = field
        self._pieces: list[bytes] = []
        self._header, self._value = b"", b""
        self._wanted = self._found = self._whole = False
        self._parser = multipart.MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._begin,
                "on_header_field": self._name,
                "on_header_value": self._say,
                "on_header_end": self._header_over,
                "on_part_data": self._data,
                "on_part_end": self._end,
            },
        )

    def parse(self, chunk: bytes) -> None:
        """The next piece of the form."""
        self._parser.write(chunk)

    def take(self) -> list[bytes]:
        """The bytes of the file that have come since."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def finish(self) -> None:
        """The form is over.

        Raises:
            FormParserError: it is not
            Malformed: the file was not in it, or not to its end
        """
        self._parser.finalize()
        if not self._whole:
            raise Malformed(_advice(self._field))

    def _begin(self) -> None:
        self._wanted = False

    def _end(self) -> None:
        self._whole |= self._wanted

    def _name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _say(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_over(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = multipart.parse_options_header(self._value)
            named = options.get(b"name") == self._field.encode() and b"filename" in options
            if named and self._found:
                raise Malformed(f"The form has more than one file in its field '{self._field}'; send one.")
            self._wanted = named
            self._found |= named
        self._header, self._value = b"", b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._wanted:
            self._pieces.append(data[start:end])
