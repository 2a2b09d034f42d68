"""Explanations' files: one folder each, whole once its row is there, readable by the server alone.

<data>/explanations/<first two characters>/<id>/
    photo.jpg       upright copy without metadata, long side at most 2,048 px; or, of a small lossless upload,
    photo.png       all its pixels
    thumbnail.jpg   long side at most 320 px; made when it is first looked at
    scores.npz      logits, probabilities, bias: float32, (K,)
    cams.npy        maps: float32, (K, rows, columns); missing where the head has none
    look-*.npz      what a network says of the stored copy (app/looks.py); made when two are compared
    scale-*.npz     what it says at another scale, or at several (app/scale_looks.py); made when somebody asks
    scale-*-cams.npy    the maps to it: float32, (K, rows, columns)
    channels*.npz   the feature maps behind the maps (app/channel_accounts.py); made when somebody asks
<data>/drafts/      files that come later, being written, and folders being deleted; left over from a crash, they
                    are removed at start
<data>/lock         held by every running server, so that a starting one knows whether it is alone
"""

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from model.durable import sync_file, sync_folder, write_synced, write_unsynced
from model.photos import sniff

PHOTO, LOSSLESS_PHOTO = "photo.jpg", "photo.png"
THUMBNAIL, SCORES, CAMS = "thumbnail.jpg", "scores.npz", "cams.npy"
PRIVATE = 0o600
ID_PATTERN = re.compile(r"[0-9a-f]{32}")
Source = Mapping[str, bytes] | str
"""The files of an explanation, or the id of another one, whose files it shares."""


def photo_name(copy: bytes) -> str:
    """What a photo's copy is called among an explanation's files."""
    return LOSSLESS_PHOTO if sniff(copy) == "PNG" else PHOTO


def found_in(folder: Path, name: str) -> Path | None:
    """One of an explanation's files; PHOTO stands for the photo of either kind."""
    names = (PHOTO, LOSSLESS_PHOTO) if name == PHOTO else (name,)
    return next((folder / one for one in names if (folder / one).is_file()), None)


class Folders:
    """The files of all explanations in one data folder."""

    def __init__(self, data_dir: Path) -> None:
        """Make the folders.

        Raises:
            OSError: the data folder cannot be made or written
        """
        if not data_dir.exists():
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(data_dir.parent)
        self._root = data_dir / "explanations"
        self._drafts = data_dir / "drafts"
        for folder in (self._root, self._drafts):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._synced: set[Path] = set()
        self._lock = os.open(data_dir / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        self.alone = _locked_alone(self._lock)

    def close(self) -> None:
        """Let go of the data folder."""
        os.close(self._lock)

    def path(self, explanation_id: str) -> Path:
        """The folder of an explanation, whether it exists or not."""
        return self._root / explanation_id[:2] / explanation_id

    def write(self, sources: Mapping[str, Source]) -> dict[str, Exception]:
        """Write the files of explanations whose rows follow; once all are written, wait for the disk.

        Each fails alone, and leaves nothing behind. Nobody looks into a folder whose row is not there yet.

        Args:
            sources: by the explanation's id

        Returns:
            what went wrong, by id: FileNotFoundError where what was to be shared is gone, OSError for no space
            or another trouble with the disk
        """
        faults: dict[str, Exception] = {}
        written: dict[str, list[int]] = {}
        for explanation_id, source in sources.items():
            with _noted(faults, explanation_id):
                written[explanation_id] = self._fill(explanation_id, source)
        for explanation_id, descriptors in written.items():
            with _noted(faults, explanation_id):
                _sync_files(descriptors)
                sync_folder(self.path(explanation_id))
        try:
            self._sync_shared({self.path(explanation_id).parent for explanation_id in written})
        except OSError as error:
            faults |= dict.fromkeys(written, error)
        for explanation_id in faults.keys() & written.keys():
            self.remove(explanation_id)
        return faults

    def _fill(self, explanation_id: str, source: Source) -> list[int]:
        """Make an explanation's folder with its files in it.

        Returns:
            the descriptors of those that the disk has not been waited for
        """
        target = self.path(explanation_id)
        if target.parent not in self._synced:
            target.parent.mkdir(mode=0o700, exist_ok=True)
        target.mkdir(mode=0o700)
        descriptors: list[int] = []
        try:
            if isinstance(source, str):
                _share(self.path(source), target)
            else:
                for name, content in source.items():
                    descriptors.append(write_unsynced(target / name, content, PRIVATE))
        except BaseException:
            for descriptor in descriptors:
                os.close(descriptor)
            self.remove(explanation_id)
            raise
        return descriptors

    def _sync_shared(self, folders: set[Path]) -> None:
        """Wait for the folders in which explanations' folders lie, and for those that may be new themselves."""
        for folder in folders:
            sync_folder(folder)
        if new := folders - self._synced:
            sync_folder(self._root)
            self._synced |= new

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
        """Delete an explanation's files, all at the same moment to whoever looks; those already gone are no error."""
        gone = self._drafts / explanation_id
        try:
            self.path(explanation_id).rename(gone)
        except FileNotFoundError:
            return
        except OSError:
            gone = self.path(explanation_id)
        shutil.rmtree(gone, ignore_errors=True)

    def size(self, explanation_id: str) -> int:
        """The bytes of an explanation's files; 0 where they are gone."""
        size = 0
        with contextlib.suppress(FileNotFoundError), os.scandir(self.path(explanation_id)) as files:
            for file in files:
                size += file.stat(follow_symlinks=False).st_size
        return size

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


def _share(source: Path, target: Path) -> None:
    """Give a folder the files of another explanation, which never change: hard links where the disk has them.

    Raises:
        FileNotFoundError: the other one's files are gone
    """
    for path in (found_in(source, PHOTO) or source / PHOTO, source / SCORES):
        link_or_copy(path, target / path.name)
    for name in (THUMBNAIL, CAMS):
        with contextlib.suppress(FileNotFoundError):
            link_or_copy(source / name, target / name)
    if not source.exists():
        raise FileNotFoundError(source)


def _sync_files(descriptors: Sequence[int]) -> None:
    """Wait for all, and close all; then raise what went wrong with the first that failed."""
    faults: list[OSError] = []
    for descriptor in descriptors:
        try:
            sync_file(descriptor)
        except OSError as error:
            faults.append(error)
    if faults:
        raise faults[0]


@contextlib.contextmanager
def _noted(faults: dict[str, Exception], explanation_id: str) -> Iterator[None]:
    """Let one explanation's trouble be its own."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - it is raised again where its caller waits
        faults[explanation_id] = error


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
