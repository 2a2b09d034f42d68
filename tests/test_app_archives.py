"""From a zip archive to labelled pictures; what a zip may be at all, tests/test_app_zips.py asks."""

import io
import struct
import time
import zipfile
from collections.abc import Sequence

import pytest

from app.archives import ArchiveLimits, LeftOut, read_pictures
from app.errors import AppError, TooLarge, Unusable
from app.units import MIB
from tests.pictures import picture

LIMITS = ArchiveLimits(files=20, unpacked=MIB, ratio=100, picture=50_000)
PNG = picture(size=(8, 8), kind="PNG")


def archive(*names: str, content: bytes = PNG, method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """A zip whose files differ in their last bytes alone."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as opened:
        for number, name in enumerate(names):
            opened.writestr(name, content + bytes([number]))
    return file


def labels(file: io.BytesIO, limits: ArchiveLimits = LIMITS) -> tuple[list[tuple[str, str | None]], list[str]]:
    """Label and split of every picture, and what is said of the rest."""
    left_out = LeftOut()
    found = [(one.label, one.split) for one in read_pictures(file, limits, left_out)]
    return found, list(left_out.sentences())


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["ants/1.png", "bees/2.png"], [("ants", None), ("bees", None)]),
        (["ants/deep/er/1.png", "bees/2.png"], [("ants", None), ("bees", None)]),
        (["insects/ants/1.png", "insects/bees/2.png"], [("ants", None), ("bees", None)]),
        (["a/b/c/ants/1.png", "a/b/c/bees/2.png"], [("ants", None), ("bees", None)]),
        (["ants/1.png", "ants/2.png"], [("ants", None), ("ants", None)]),
        (["train/ants/1.png", "val/ants/2.png"], [("ants", "val"), ("ants", "train")]),
        (["x/train/ants/1.png", "x/valid/ants/2.png"], [("ants", "val"), ("ants", "train")]),
        (["Train/ants/1.png", "Validation/ants/2.png"], [("ants", "val"), ("ants", "train")]),
        (["train/ants/1.png", "test/ants/2.png"], [("ants", "val"), ("ants", "train")]),
        (["train/ants/1.png", "train/bees/2.png"], [("ants", None), ("bees", None)]),
        (["train/1.png", "bus/2.png"], [("train", None), ("bus", None)]),
        (["  two   words /1.png", "b/2.png"], [("two words", None), ("b", None)]),
        (["käfer/1.png", "虫/2.png"], [("käfer", None), ("虫", None)]),
        (["ants\\1.png", "bees\\2.png"], [("ants", None), ("bees", None)]),
    ],
)
def test_folders_are_classes(names: Sequence[str], expected: list[tuple[str, str | None]]) -> None:
    assert labels(archive(*names)) == (expected, [])


def test_what_is_left_out_is_said() -> None:
    names = ["loose.png", "train/ants/1.png", "val/ants/2.png", "other/x/3.png", "train/4.png"]
    found, said = labels(archive(*names, f"train/{'x' * 101}/5.png"))
    assert found == [("ants", "val"), ("ants", "train")]
    assert said == [
        "2 files are left out, being in no class folder: 'loose.png' and 'train/4.png'.",
        "1 file is left out, being of no split: 'other/x/3.png'.",
        f"1 file is left out, the name of their folder being no label: 'train/{'x' * 101}/5.png'.",
    ]


def test_nothing_but_pictures_is_kept_whatever_it_is_called() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        opened.writestr("ants/a.txt", PNG)
        opened.writestr("ants/b.png", b"<script>")
        opened.writestr("ants/c.jpg", b"")
        opened.writestr("ants/d.png", PNG + bytes(60_000))
        opened.writestr("ants/.hidden.png", PNG)
        opened.writestr("__MACOSX/ants/._a.png", PNG)
    found, said = labels(file)
    assert found == [("ants", None)]
    assert said == [
        "2 files are left out, being no pictures: 'ants/b.png' and 'ants/c.jpg'.",
        "1 file is left out, having more than 0.0476837 MB: 'ants/d.png'.",
    ]


def test_two_validation_folders_are_refused() -> None:
    with pytest.raises(Unusable, match="keep one folder of validation"):
        labels(archive("train/a/1.png", "val/a/2.png", "valid/a/3.png"))


def test_files_that_share_their_bytes_are_refused() -> None:
    raw = bytearray(archive("a/1.png", "b/2.png", method=zipfile.ZIP_STORED).getvalue())
    second = raw.rindex(b"PK\x01\x02")
    raw[second + 42 : second + 46] = struct.pack("<I", 4)  # where it begins: inside the first
    with pytest.raises(Unusable, match="share their bytes"):
        labels(io.BytesIO(bytes(raw)))


def test_a_directory_that_lies_about_sizes_gets_no_more_than_it_said() -> None:
    raw = bytearray(archive("a/1.png", "b/2.png", content=PNG + bytes(2**26)).getvalue())
    for start in (raw.index(b"PK\x01\x02"), raw.rindex(b"PK\x01\x02")):
        raw[start + 24 : start + 28] = struct.pack("<I", 1000)  # unpacked, it says
    begun = time.process_time()
    with pytest.raises(AppError):
        labels(io.BytesIO(bytes(raw)))
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        (ArchiveLimits(files=1, unpacked=MIB, ratio=100, picture=MIB), TooLarge),
        (ArchiveLimits(files=9, unpacked=100, ratio=100, picture=MIB), TooLarge),
    ],
)
def test_more_than_is_taken_is_refused(limits: ArchiveLimits, error: type[AppError]) -> None:
    with pytest.raises(error):
        labels(archive("a/1.png", "b/2.png"), limits)
