"""Zip files: read with suspicion, written as a stream.

Who sends a zip chooses all of it: names that lead out of a folder, links, a directory of millions of
entries, kilobytes that unpack to terabytes. All that is settled when an archive is opened; what comes out
of it are plain relative paths and no more bytes than were allowed.
"""

import contextlib
import io
import math
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NoReturn, cast

from app.errors import TooLarge, Unusable
from app.text import noted
from app.units import MIB

CHUNK_BYTES = MIB
DIRECTORY_BYTES_PER_MEMBER = 256  # a name, and what goes with it
FREE_EXPANSION_BYTES = 64 * MIB
MAX_PART_BYTES = 255  # of a file's name: the most that file systems take
UTF8_NAME, ENCRYPTED = 0x800, 0x1
LITTER = {"Thumbs.db", "desktop.ini", "__MACOSX"}  # what systems put into folders unasked; hidden files too
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError)
UNREADABLE = (*DAMAGED, NotImplementedError, RuntimeError, ValueError, struct.error)  # when one is opened
DRIVE = re.compile("[A-Za-z]:")
DATE = (1980, 1, 1, 0, 0, 0)  # of every written entry: the same files make the same zip
LOCAL_HEADER, DESCRIPTOR, DIRECTORY_ENTRY, DIRECTORY_END = 30, 16, 46, 22  # bytes
ZIP64_FROM = 2**31 - 1


@dataclass(frozen=True)
class Limits:
    """What is taken.

    Attributes:
        members: files in an archive
        member_bytes: of each file, unpacked
        bytes: of all files, unpacked
        expansion: times its own size that an archive may have unpacked; a few megabytes always may be
    """

    members: int
    member_bytes: int
    bytes: int
    expansion: float = 200  # photos and weights hardly shrink at all


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        path: relative, and inside wherever it is put; letters composed (NFC)
        size: in bytes, unpacked
    """

    path: PurePosixPath
    size: int


class Archive:
    """An open zip whose directory was checked; `members` are its files, in its own order."""

    def __init__(self, opened: zipfile.ZipFile, members: dict[Member, zipfile.ZipInfo]) -> None:
        self._zip = opened
        self._entries = members
        self.members = tuple(members)

    @contextlib.contextmanager
    def open(self, member: Member) -> Iterator[BinaryIO]:
        """A stream of a file's bytes, never more than its size.

        Raises:
            Unusable: the zip is damaged; also while reading
        """
        damaged = noted(f"The zip file is damaged: '{_shown(member.path)}' cannot be unpacked.")
        with _refusing(damaged, UNREADABLE):
            stream = self._zip.open(self._entries[member])
        with stream, _refusing(damaged, DAMAGED):
            yield cast("BinaryIO", stream)

    def read(self, member: Member) -> bytes:
        """All of a file: no more is unpacked than the directory says, whatever its data would become.

        Raises:
            Unusable: the zip is damaged
        """
        with self.open(member) as stream:
            return stream.read(member.size)

    def extract(self, member: Member, file: Path) -> None:
        """Write a file to a path of the caller's choice, which must not exist.

        Raises:
            Unusable: the zip is damaged
            OSError: it cannot be written
        """
        with self.open(member) as stream, file.open("xb") as target:
            while chunk := stream.read(CHUNK_BYTES):
                target.write(chunk)


@contextlib.contextmanager
def open_archive(file: BinaryIO, limits: Limits) -> Iterator[Archive]:
    """Open a zip and look through its directory; nothing is unpacked yet.

    Left out: folders, hidden files and what systems put into folders unasked.

    Args:
        file: seekable
        limits: what is taken

    Raises:
        TooLarge: more files or more bytes than are taken, or small only until it is unpacked
        Unusable: no zip, damaged, protected with a password, packed in an unusual way, or a file in it
            has a name that leads elsewhere; the message says which
    """
    guarded = _Guarded(file, limits)
    with _refusing(noted("This is not a zip file, or a damaged one."), UNREADABLE):
        opened = zipfile.ZipFile(cast("BinaryIO", guarded))
    guarded.release()
    with opened:
        yield Archive(opened, _checked(opened.infolist(), guarded.size, limits))


class _Guarded:
    """A file for zipfile that hands over no directory of millions of entries; zipfile reads it in one piece."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._file = file
        self._members = limits.members
        self._most: float = max(limits.members * DIRECTORY_BYTES_PER_MEMBER, 2 * CHUNK_BYTES)
        self.size = file.seek(0, io.SEEK_END)
        self.seek, self.tell = file.seek, file.tell

    def release(self) -> None:
        """The directory has been read."""
        self._most = math.inf

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size > self._most:
            _refuse_number(self._members)
        return self._file.read(size)


def _checked(entries: Sequence[zipfile.ZipInfo], packed: int, limits: Limits) -> dict[Member, zipfile.ZipInfo]:
    """The files of a directory by their checked names; none is opened."""
    _check_places(entries)
    found: dict[Member, zipfile.ZipInfo] = {}
    seen: set[PurePosixPath] = set()
    for entry in entries:
        name = _name(entry)
        path = _safe_path(name)
        if name.endswith(("/", "\\")) or any(part in LITTER or part.startswith(".") for part in path.parts):
            continue
        _check_kind(entry, path)
        if path in seen:
            raise Unusable(f"The zip file has '{_shown(path)}' twice.")
        if entry.file_size > limits.member_bytes:
            raise TooLarge(f"'{_shown(path)}' in the zip file is larger than {limits.member_bytes / MIB:,.0f} MB.")
        seen.add(path)
        found[Member(path, entry.file_size)] = entry
    if both := next((path for path in seen if not seen.isdisjoint(path.parents)), None):
        raise Unusable(f"The zip file has '{_shown(both.parent)}' both as a file and as a folder.")
    if len(found) > limits.members:
        _refuse_number(limits.members)
    size = sum(member.size for member in found)
    if size > limits.bytes:
        raise TooLarge(f"Unpacked, the zip file is larger than the {limits.bytes / MIB:,.0f} MB that are taken.")
    if size > max(FREE_EXPANSION_BYTES, limits.expansion * packed):
        raise TooLarge(f"Unpacked, the zip file is more than {limits.expansion:g} times as large: that is refused.")
    return found


def _check_places(entries: Sequence[zipfile.ZipInfo]) -> None:
    """Files that share their bytes are how a small archive holds a large one many times over."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise Unusable("Files of the zip file share their bytes, as no honest one does; make it anew.")
        end = entry.header_offset + LOCAL_HEADER + entry.compress_size


def _name(entry: zipfile.ZipInfo) -> str:
    """An entry's name; of programs that write UTF-8 without saying so, too."""
    if not entry.flag_bits & UTF8_NAME:
        with contextlib.suppress(UnicodeError):
            return entry.orig_filename.encode("cp437").decode("utf-8")
    return entry.orig_filename


def _safe_path(name: str) -> PurePosixPath:
    """A name as a relative path that stays inside, else a refusal; backslashes part folders, as on Windows."""
    path = PurePosixPath(unicodedata.normalize("NFC", name.replace("\\", "/")))
    parts = path.parts
    if not parts or path.is_absolute() or ".." in parts or DRIVE.match(parts[0]):
        raise Unusable(f"The zip file has '{_shown(name)}', which leads out of its folder; it was refused.")
    too_long = any(len(part.encode("utf-8", "replace")) > MAX_PART_BYTES for part in parts)
    if too_long or not all(part.isprintable() for part in parts):
        raise Unusable(f"The zip file has a file with an unusable name: '{_shown(name)}'.")
    return path


def _check_kind(entry: zipfile.ZipInfo, path: PurePosixPath) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise Unusable(f"'{_shown(path)}' in the zip file is a link or a device, no file; it was refused.")
    if entry.flag_bits & ENCRYPTED:
        raise Unusable("The zip file is protected with a password; make one without.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unusable(f"'{_shown(path)}' is packed in an unusual way; make the zip file with the usual one (deflate).")


def _refuse_number(most: int) -> NoReturn:
    raise TooLarge(f"The zip file has more than {most:,} files, the most that are taken.")


def _shown(path: object) -> str:
    """A name as far as it fits into a sentence, whatever is in it."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(path))
    return text if len(text) <= 100 else f"{text[:100]}…"


@contextlib.contextmanager
def _refusing(sentence: str, faults: tuple[type[Exception], ...]) -> Iterator[None]:
    """Let what zipfile meets in a broken archive be a refusal."""
    try:
        yield
    except faults as error:
        raise Unusable(sentence) from error


class _Sink(io.RawIOBase):
    """Takes what zipfile writes, to be handed on."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, chunk: object) -> int:
        self.chunks.append(bytes(chunk))  # type: ignore[call-overload]
        return len(self.chunks[-1])

    def taken(self) -> Iterator[bytes]:
        chunks, self.chunks = self.chunks, []
        yield from chunks


def write_archive(files: Sequence[tuple[str, Path]]) -> Iterator[bytes]:
    """A zip of files, piece by piece, not compressed: the same files give the same bytes.

    Args:
        files: names inside, and where they lie

    Raises:
        OSError: a file cannot be read
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as opened:
        for name, path in files:
            entry = zipfile.ZipInfo(name, DATE)
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            large = path.stat().st_size > ZIP64_FROM
            with path.open("rb") as source, opened.open(entry, "w", force_zip64=large) as target:
                while chunk := source.read(CHUNK_BYTES):
                    target.write(chunk)
                    yield from sink.taken()
            yield from sink.taken()
    yield from sink.taken()


def archive_size(files: Sequence[tuple[str, Path]]) -> int | None:
    """How many bytes `write_archive` will give; None where that takes the format for very large files."""
    sizes = [path.stat().st_size for _, path in files]
    if sum(sizes) > ZIP64_FROM:
        return None
    names = sum(len(name.encode()) for name, _ in files)
    return sum(sizes) + 2 * names + len(files) * (LOCAL_HEADER + DESCRIPTOR + DIRECTORY_ENTRY) + DIRECTORY_END
