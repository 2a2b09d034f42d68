"""A zip file becomes a model folder: every file known, vouched for and tried before anybody sees it."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from app.errors import Unusable
from app.zips import Archive, Limits, Member, open_archive
from model.bundle import GRAPH, HEAD, NETWORK
from model.classifier import Classifier
from model.durable import sync_folder
from model.errors import BundleError
from model.manifest import ACCOUNTS, MANIFEST, METRICS, read_manifest
from model.metrics import read_metrics

FILES = frozenset({GRAPH, HEAD, NETWORK, MANIFEST, *ACCOUNTS})
MAX_EXPANSION = 100.0


def unpack_model(file: BinaryIO, draft: Path, most_bytes: int) -> str:
    """Unpack a bundle's zip file, and check it as at a start: hashes, labels, weights, and a probe.

    Args:
        file: the zip; its files at the top or in one folder
        draft: an empty folder
        most_bytes: of all files, unpacked

    Returns:
        the bundle's name

    Raises:
        TooLarge: more bytes than are taken
        Unusable: no bundle, or one that is damaged; the message says what is wrong
        OSError: it cannot be written
    """
    limits = Limits(members=len(FILES), member_bytes=most_bytes, bytes=most_bytes, expansion=MAX_EXPANSION)
    with open_archive(file, limits) as archive, _said_of(draft):
        _unpack(archive, draft)
        return _verified(draft)


@contextlib.contextmanager
def _said_of(draft: Path) -> Iterator[None]:
    """Let what is wrong with a bundle be told without the server's folders."""
    try:
        yield
    except BundleError as error:
        words = str(error).replace(f"{draft}{os.sep}", "").replace(str(draft), "The zip file")
        raise Unusable(f"This model cannot be used: {words.rstrip('.')}.") from error


def _unpack(archive: Archive, draft: Path) -> None:
    """Write an archive's files, every one of them known, into a folder, and wait for the disk."""
    for member, name in _named(archive.members):
        archive.extract(member, draft / name)
        with (draft / name).open("rb") as stream:
            os.fsync(stream.fileno())
    sync_folder(draft)


def _named(members: tuple[Member, ...]) -> Iterator[tuple[Member, str]]:
    """The files with their plain names: all at the top, or all in one folder."""
    folder = next((member.path.parent for member in members), PurePosixPath())
    if MANIFEST not in {member.path.name for member in members} or len(folder.parts) > 1:
        raise Unusable(f"This zip file holds no model: {MANIFEST} is missing.")
    for member in members:
        if member.path.parent != folder or member.path.name not in FILES:
            raise Unusable(f"'{member.path}' in the zip file is no part of a model.")
        yield member, member.path.name


def _verified(draft: Path) -> str:
    """Open a bundle as serving would, which probes it; everything in it must be vouched for.

    Returns:
        its name

    Raises:
        BundleError, Unusable: what is wrong with it
    """
    manifest = read_manifest(draft)
    unknown = {path.name for path in draft.iterdir()} - {MANIFEST, *manifest.files}
    if unknown:
        raise Unusable(f"'{min(unknown)}' in the zip file is not listed in its {MANIFEST}.")
    Classifier.open(draft, 1)
    if METRICS in manifest.files:
        read_metrics(draft)
    return manifest.name
