"""Zip files: whatever is in them, plain files inside come out, or a sentence."""

import io
import os
import stat
import struct
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import AppError, TooLarge, Unusable
from app.units import MIB
from app.zips import Limits, archive_size, open_archive, write_archive

LIMITS = Limits(members=10, member_bytes=MIB, bytes=2 * MIB)


def zipped(*files: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo("x")
            entry.filename, entry.compress_type = name, compression
            archive.writestr(entry, content)
    return stream


def paths(stream: io.BytesIO, limits: Limits = LIMITS) -> list[str]:
    with open_archive(stream, limits) as archive:
        return [str(member.path) for member in archive.members]


def test_files_come_out_as_they_went_in(tmp_path: Path) -> None:
    content = os.urandom(50_000)
    with open_archive(zipped(("a/b.bin", content), ("c.txt", b"c"), ("empty/", b"")), LIMITS) as archive:
        assert [(member.path, member.size) for member in archive.members] == [
            (PurePosixPath("a/b.bin"), 50_000),
            (PurePosixPath("c.txt"), 1),
        ]
        assert archive.read(archive.members[0]) == content
        archive.extract(archive.members[0], tmp_path / "out")
        assert (tmp_path / "out").read_bytes() == content
        with pytest.raises(FileExistsError):
            archive.extract(archive.members[1], tmp_path / "out")


@pytest.mark.parametrize(
    "name", ["../up", "a/../../up", "/etc/passwd", "C:/x", "c:x", "..\\up", "\\\\server\\share", "a/..", "//x", ".", ""]
)
def test_no_name_leads_out(name: str) -> None:
    with pytest.raises(Unusable, match=r"leads out of its folder|not a zip"):
        paths(zipped((name, b"x")))


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "\u202egpj.exe", "x" * 256, "a/" + "ü" * 128])
def test_unusable_names_are_refused_and_shown_harmlessly(name: str) -> None:
    with pytest.raises(Unusable, match="unusable name") as caught:
        paths(zipped((name, b"x")))
    assert caught.value.detail.isprintable()
    assert len(caught.value.detail) < 200


def test_backslashes_part_folders() -> None:
    assert paths(zipped(("cats\\", b""), ("cats\\tom.jpg", b"x"))) == ["cats/tom.jpg"]


def test_what_systems_add_is_left_out() -> None:
    names = ["__MACOSX/._a", "a/.DS_Store", ".hidden/x", "Thumbs.db", "a/desktop.ini", "a/kept"]
    assert paths(zipped(*((name, b"x") for name in names))) == ["a/kept"]


def test_names_in_utf8_are_understood_also_where_nobody_says_so() -> None:
    stream = zipped((unicodedata.normalize("NFD", "Käfer/ä.jpg"), b"x"))
    assert paths(stream) == ["Käfer/ä.jpg"]
    raw = stream.getvalue()
    undeclared = raw.replace(struct.pack("<H", 0x800), b"\0\0")
    assert undeclared != raw
    assert paths(io.BytesIO(undeclared)) == ["Käfer/ä.jpg"]


def test_one_name_twice_is_refused() -> None:
    with pytest.raises(Unusable, match="'a' twice"):
        paths(zipped(("a", b"1"), ("./a", b"2")))
    with pytest.raises(Unusable, match="'a' both as a file and as a folder"):
        paths(zipped(("a", b"1"), ("a/b", b"2")))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(kind: int) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = (kind | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(Unusable, match="link or a device"):
        paths(stream)


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_may_take_any_memory_is_refused(compression: int) -> None:
    with pytest.raises(Unusable, match="unusual way"):
        paths(zipped(("a", b"x"), compression=compression))


def test_a_password_is_refused() -> None:
    raw = bytearray(zipped(("a", b"x")).getvalue())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + place] |= 1
    with pytest.raises(Unusable, match="password"):
        paths(io.BytesIO(bytes(raw)))


def test_numbers_and_sizes_are_bounded() -> None:
    files = [(f"{number}", b"x") for number in range(10)]
    assert len(paths(zipped(*files))) == 10
    with pytest.raises(TooLarge, match="more than 10 files"):
        paths(zipped(*files, ("one more", b"x")))
    assert paths(zipped(("a", bytes(MIB)), ("b", bytes(MIB)))) == ["a", "b"]
    with pytest.raises(TooLarge, match="'a' in the zip file is larger than 1 MB"):
        paths(zipped(("a", bytes(MIB + 1))))
    with pytest.raises(TooLarge, match="2 MB"):
        paths(zipped(("a", bytes(MIB)), ("b", bytes(MIB)), ("c", b"x")))


def test_a_small_zip_that_becomes_large_is_refused_before_it_is_unpacked() -> None:
    wide = Limits(members=10, member_bytes=10**12, bytes=10**12)
    bomb = zipped(("a", bytes(65 * MIB)))
    assert len(bomb.getvalue()) < MIB // 8
    with pytest.raises(TooLarge, match="200 times"):
        paths(bomb, wide)


def test_a_size_that_is_a_lie_gives_no_byte_more() -> None:
    raw = bytearray(zipped(("a", bytes(1000))).getvalue())
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = raw.index(signature) + place
        raw[start : start + 4] = struct.pack("<I", 10)
    with open_archive(io.BytesIO(bytes(raw)), LIMITS) as archive, pytest.raises(Unusable, match="damaged"):
        archive.read(archive.members[0])


def test_a_directory_of_very_many_entries_is_not_read() -> None:
    raw = bytearray(zipped(("a", b"x")).getvalue())
    end = raw.index(b"PK\x05\x06")
    filler = bytes(4 * MIB)
    raw[end + 12 : end + 16] = struct.pack("<I", len(filler) + struct.unpack_from("<I", raw, end + 12)[0])
    with pytest.raises(TooLarge, match="more than 10 files"):
        paths(io.BytesIO(bytes(filler + raw)))


@given(st.binary(max_size=300), st.integers(0, 10**6), st.binary(max_size=4))
def test_broken_bytes_are_a_refusal_and_nothing_else(noise: bytes, place: int, patch: bytes) -> None:
    whole = zipped(("a/b", b"content" * 9), ("c", b"")).getvalue()
    place %= len(whole)
    for raw in (noise, whole[:place], whole[:place] + patch + whole[place + len(patch) :], noise + whole):
        assert_refused_or_read(raw)


def assert_refused_or_read(raw: bytes) -> None:
    try:
        with open_archive(io.BytesIO(raw), LIMITS) as archive:
            sizes = [(len(archive.read(member)), member.size) for member in archive.members]
    except AppError as error:
        refusal = error
    else:
        assert all(read <= declared for read, declared in sizes)
        return
    assert refusal.status in (413, 422)
    assert refusal.detail.isprintable()


def test_faults_of_the_reader_are_not_the_archives() -> None:
    with pytest.raises(RuntimeError, match="mine"), open_archive(zipped(("a", b"x")), LIMITS):
        raise RuntimeError("mine")


def test_what_is_written_can_be_read_and_is_the_same_each_time(tmp_path: Path) -> None:
    contents = {"bundle.json": b"{}", "ü.bin": os.urandom(3 * MIB), "empty": b""}
    files = []
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        files.append((name, tmp_path / name))
    chunks = list(write_archive(files))
    assert max(map(len, chunks)) <= MIB + 1024
    raw = b"".join(chunks)
    os.utime(tmp_path / "empty", (0, 0))
    assert raw == b"".join(write_archive(files))
    assert len(raw) == archive_size(files)
    with open_archive(io.BytesIO(raw), Limits(3, 4 * MIB, 4 * MIB)) as archive:
        assert {str(member.path): archive.read(member) for member in archive.members} == contents


def test_very_large_files_have_no_length_to_announce(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**31)
    assert archive_size([("large", tmp_path / "large")]) is None
