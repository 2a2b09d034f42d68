"""Explanations' files: one folder each, there whole or not at all, readable by the server alone.

<data>/explanations/<first two characters>/<id>/
    photo.jpg       upright copy without metadata, long side at most 2,048 px
    thumbnail.jpg   long side at most 320 px
    scores.npz      logits, probabilities, bias: float32, (K,)
    cams.npy        maps: float32, (K, rows, columns); missing where the head has none
    look-*.npz      what a network says of the stored copy (app/looks.py); made when two are compared
<data>/drafts/      folders being written; left over from a crash, they are removed at start
<data>/lock         held by every running server, so that a starting one knows whether it is alone
"""

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from model.durable import sync_folder, write_synced

PHOTO, THUMBNAIL, SCORES, CAMS = "photo.jpg", "thumbnail.jpg", "scores.npz", "cams.npy"
PRIVATE = 0o600
ID_PATTERN = re.compile(r"[0-9a-f]{32}")


class Folders:
    """The files of all explanations in one data folder."""

    def __init__(self, data_dir: Path) -> None:
        """Make the folders.

        Raises:
            OSError: the data folder cannot be made or written
        """
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = data_dir / "explanations"
        self._drafts = data_dir / "drafts"
        for folder in (self._root, self._drafts):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._lock = os.open(data_dir / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        self.alone = _locked_alone(self._lock)

    def close(self) -> None:
        """Let go of the data folder."""
        os.close(self._lock)

    def path(self, explanation_id: str) -> Path:
        """The folder of an explanation, whether it exists or not."""
        return self._root / explanation_id[:2] / explanation_id

    def write(self, explanation_id: str, files: Mapping[str, bytes]) -> None:
        """Write an explanation's files: a draft, synced, then renamed into place.

        Raises:
            OSError: no space, or another trouble with the disk; nothing is left behind
        """

        def fill(draft: Path) -> None:
            for name, content in files.items():
                write_synced(draft / name, content, PRIVATE)

        self._place(explanation_id, fill)

    def copy(self, source_id: str, explanation_id: str) -> None:
        """Give an explanation the files of another, which never change: by hard links where the disk has them.

        Raises:
            FileNotFoundError: the other one's files are gone
            OSError: another trouble with the disk; nothing is left behind
        """
        source = self.path(source_id)

        def fill(draft: Path) -> None:
            for name in (PHOTO, THUMBNAIL, SCORES):
                link_or_copy(source / name, draft / name)
            if (source / CAMS).exists():
                link_or_copy(source / CAMS, draft / CAMS)
            if not source.exists():
                raise FileNotFoundError(source)

        self._place(explanation_id, fill)

    def add(self, explanation_id: str, name: str, content: bytes) -> None:
        """Put one more file, which can be made again, beside an explanation's own: whole, or not at all.

        Raises:
            FileNotFoundError: the explanation is gone
            OSError: no space, or another trouble with the disk
        """
        draft = Path(tempfile.mkdtemp(dir=self._drafts))
        try:
            write_synced(draft / name, content, PRIVATE)
            (draft / name).replace(self.path(explanation_id) / name)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def remove(self, explanation_id: str) -> None:
        """Delete an explanation's files; those already gone are no error."""
        shutil.rmtree(self.path(explanation_id), ignore_errors=True)

    def ids(self, written_before: float) -> Iterator[str]:
        """The explanations whose files were written before a moment (seconds since 1970)."""
        for bucket in self._root.iterdir():
            for folder in bucket.iterdir() if bucket.is_dir() else ():
                if ID_PATTERN.fullmatch(folder.name) and _modified(folder) < written_before:
                    yield folder.name

    def clear_drafts(self, written_before: float) -> None:
        """Delete what a crash left half-written before a moment (seconds since 1970)."""
        for draft in self._drafts.iterdir():
            if _modified(draft) < written_before:
                shutil.rmtree(draft, ignore_errors=True)

    def _place(self, explanation_id: str, fill: Callable[[Path], None]) -> None:
        target = self.path(explanation_id)
        draft = Path(tempfile.mkdtemp(dir=self._drafts))
        try:
            fill(draft)
            sync_folder(draft)
            if not target.parent.exists():
                target.parent.mkdir(mode=0o700, exist_ok=True)
                sync_folder(self._root)
            draft.rename(target)
            sync_folder(target.parent)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _locked_alone(descriptor: int) -> bool:
    """Hold the lock that all servers on one data folder share.

    Returns:
        whether this is the only one; where the disk knows no locks, there may be others
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except OSError:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    return True


def link_or_copy(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the disk has no hard links, or no more of them."""
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:
        write_synced(target, source.read_bytes(), PRIVATE)


def _modified(path: Path) -> float:
    """When a folder was written; never, if it has just gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
