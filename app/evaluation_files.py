"""Files of boxes and of masks that come with an evaluation: kept in its folder, under names that say their kind."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.errors import TooLarge, Unusable
from app.units import MIB
from app.zips import Limits, open_archive

MAX_FILE_BYTES = 64 * MIB
ZIP = b"PK"
BOXES, MASKS = "boxes", "masks"
KINDS = {b"{": ".json", b"[": ".json", b"<": ".xml"}


@dataclass(frozen=True)
class Sent:
    """What came: boxes (CSV, COCO, Pascal VOC, or a zip of such files) and masks (COCO, or a zip of PNG files)."""

    boxes: BinaryIO | None = None
    masks: BinaryIO | None = None


def keep_boxes(file: BinaryIO, folder: Path, limits: Limits) -> str:
    """Keep boxes; what kind of file it is, its first letters tell.

    Args:
        file: at its beginning
        folder: of the evaluation
        limits: of a zip

    Returns:
        the name of the file or folder

    Raises:
        TooLarge: more than is taken
        Unusable: a zip without a Pascal VOC file, or a damaged one
    """
    if _is_zip(file):
        return _unpacked(file, folder / BOXES, ".xml", limits)
    content = _content(file)
    begin = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return _written(content, folder / f"{BOXES}{KINDS.get(begin, '.csv')}")


def keep_masks(file: BinaryIO, folder: Path, limits: Limits) -> str:
    """Keep masks, as `keep_boxes` does; what is no zip, the command takes for COCO.

    Raises:
        TooLarge: more than is taken
        Unusable: a zip without a PNG file, or a damaged one
    """
    if _is_zip(file):
        return _unpacked(file, folder / MASKS, ".png", limits)
    return _written(_content(file), folder / f"{MASKS}.json")


def _is_zip(file: BinaryIO) -> bool:
    begin = file.read(len(ZIP))
    file.seek(0)
    return begin == ZIP


def _content(file: BinaryIO) -> bytes:
    content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise TooLarge(f"A file of boxes or masks may have at most {MAX_FILE_BYTES // MIB} MB; this one is larger.")
    return content


def _written(content: bytes, path: Path) -> str:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
    return path.name


def _unpacked(file: BinaryIO, folder: Path, suffix: str, limits: Limits) -> str:
    """Put all files of one kind into a new folder, as they lie in the zip."""
    with open_archive(file, limits) as archive:
        members = [member for member in archive.members if member.path.suffix.lower() == suffix]
        if not members:
            raise Unusable(f"'{folder.name}': there is no {suffix} file in the zip.")
        for member in members:
            target = folder / member.path
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            archive.extract(member, target)
    return folder.name
