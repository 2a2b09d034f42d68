"""A zip archive of class folders becomes labelled pictures; what a zip may be at all, app/zips.py knows.

    daisy/1.jpg                  every folder is a class, at any depth below it
    flowers/daisy/1.jpg          a folder around all of it does not count
    train/daisy/1.jpg            with train/ and val/ (valid, validation, else test)

The names decide labels and nothing else: where files are written is not for an archive to say.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple

from app.config import Settings
from app.dataset_records import NewPicture
from app.errors import Unusable
from app.units import MIB
from app.zips import Limits, Member, open_archive
from model.errors import DatasetError
from model.findings import counted, listed, shown_name
from model.listing import VALIDATION, Split, clean_label
from model.listing_folder import TESTING, TRAINING
from model.photos import sniff

MAX_LABEL = 100

Parts = tuple[str, ...]


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold: files, bytes unpacked, times its own size, bytes of one picture."""

    files: int
    unpacked: int
    ratio: float
    picture: int

    @classmethod
    def of(cls, settings: Settings) -> "ArchiveLimits":
        """Those of the settings."""
        unpacked = round(settings.max_unpacked_mb * MIB)
        return cls(settings.max_archive_files, unpacked, settings.max_unpacked_ratio, settings.max_upload_bytes)

    def zip_limits(self) -> Limits:
        """Of the whole archive: one file in it that is too large spoils no other."""
        return Limits(self.files, self.unpacked, self.unpacked, self.ratio)


@dataclass
class LeftOut:
    """Names of files that were left out, by reason."""

    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        """Note a file."""
        self.names.setdefault(reason, []).append(shown_name(name))

    def sentences(self) -> Iterator[str]:
        """One for each reason."""
        for reason, names in self.names.items():
            files = counted(len(names), "file is", "files are")
            yield f"{files} left out, {reason}: {listed(names)}."


def read_pictures(file: BinaryIO, limits: ArchiveLimits, left_out: LeftOut) -> Iterator[NewPicture]:
    """The pictures of an archive, one at a time, those for validation first: of equal ones the first is kept.

    What a picture is, its first bytes tell; whether it is whole, nobody has looked.

    Args:
        file: the archive
        limits: what it may hold
        left_out: gathers what is no picture, too large, or in no class folder

    Raises:
        TooLarge: the archive holds more than the limits allow
        Unusable: no zip archive, damaged, encrypted, or a file's name leads out of it
    """
    with open_archive(file, limits.zip_limits()) as archive:
        for member, label, split, place in _labelled(archive.members, left_out):
            name = str(member.path)
            if member.size > limits.picture:
                left_out.add(f"having more than {limits.picture / MIB:g} MB", name)
                continue
            content = archive.read(member)
            kind = sniff(content)
            if kind is None:
                left_out.add("being no pictures", name)
            else:
                yield NewPicture(label, split, name, kind, content, place)


class _Placed(NamedTuple):
    """A file in a class folder, and its path without a folder around all of them."""

    member: Member
    label: str
    split: Split | None
    place: PurePosixPath


def _labelled(members: Sequence[Member], left_out: LeftOut) -> list[_Placed]:
    """Those that lie in class folders, with label and split."""
    paths = [member.path.parts for member in members]
    top = 0
    while _is_wrapped(paths, top):
        top += 1
    splits = _splits([parts[top:] for parts in paths])
    depth = top if splits is None else top + 1
    found: list[_Placed] = []
    for member, parts in zip(members, paths, strict=True):
        label = _label(parts[depth]) if len(parts) > depth + 1 else None
        if splits is not None and len(parts) > top + 1 and parts[top].lower() not in splits:
            left_out.add("being of no split", str(member.path))
        elif len(parts) <= depth + 1:
            left_out.add("being in no class folder", str(member.path))
        elif label is None:
            left_out.add("the name of their folder being no label", str(member.path))
        else:
            given = splits if splits and "val" in splits.values() else {}
            found.append(_Placed(member, label, given.get(parts[top].lower()), PurePosixPath(*parts[top:])))
    return sorted(found, key=lambda one: one.split != "val")


def _is_wrapped(paths: Sequence[Parts], top: int) -> bool:
    """Whether one folder lies around all the class folders."""
    folders = {parts[top] for parts in paths if len(parts) > top + 1}
    has_folders = any(len(parts) > top + 2 for parts in paths)
    return len(folders) == 1 and has_folders and not {one.lower() for one in folders} & {TRAINING, TESTING, *VALIDATION}


def _splits(paths: Sequence[Parts]) -> dict[str, Split] | None:
    """Which folders are splits; None where the folders are classes. The rules of model.listing_folder.

    Raises:
        Unusable: several folders of validation pictures
    """
    folders = {parts[0].lower() for parts in paths if len(parts) > 1}
    if TRAINING not in folders:
        return None
    named = [name for name in VALIDATION if name in folders]
    val = named[0] if named else TESTING if TESTING in folders else None
    has_classes = any(parts[0].lower() == TRAINING and len(parts) > 2 for parts in paths)
    if folders - {TRAINING, TESTING, *VALIDATION} and not (val and has_classes):
        return None
    if len(named) > 1:
        raise Unusable(f"The archive holds {listed(named)}; keep one folder of validation pictures.")
    return {TRAINING: "train", **({val: "val"} if val else {})}


def _label(written: str) -> str | None:
    """A folder's name as a label; None where it cannot be one."""
    with contextlib.suppress(Unusable):
        return checked_label(written)
    return None


def checked_label(written: str) -> str:
    """A label as it is kept.

    Raises:
        Unusable: empty, too long, or with characters that no label has
    """
    try:
        label = clean_label(written, "'label'")
    except DatasetError as error:
        raise Unusable(str(error)) from None
    if len(label) > MAX_LABEL:
        raise Unusable(f"'label' has {len(label):,} characters; shorten it to {MAX_LABEL} or fewer.")
    if label in (".", ".."):
        raise Unusable("'label': dots alone are no label; write a word.")
    if "|" in label:
        raise Unusable("'label': a bar (|) separates labels and cannot be in one; write it differently.")
    return label
