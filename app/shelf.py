"""The bundles as people handle them: looked at, renamed, taken in, handed out and deleted.

Only what lies in the watched folder changes; what the server was started with is its operator's. A folder
appears and vanishes by one rename, so whatever ends the server leaves it whole or hidden, and hidden ones of
this kind are cleared away at the next start.
"""

import contextlib
import errno
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from app.config import Settings
from app.errors import NoSpace, NotAllowed, NotFound, NotReady, Unusable
from app.model_import import unpack_model
from app.registry import Entry, Registry
from app.text import noted
from app.training_offer import is_private
from model.bundle import GRAPH, HEAD, NETWORK
from model.durable import sync_folder
from model.errors import BundleError
from model.manifest import ACCOUNTS, MANIFEST, NAME_PATTERN, REPORT, bundle_id, read_manifest
from model.metrics import Metrics, read_metrics
from model.renaming import copy_bundle

FILES = frozenset({GRAPH, HEAD, NETWORK, MANIFEST, *ACCOUNTS})
MAX_EXPANSION = 100.0
GOING, COMING = ".removed-", ".import-"
# Drafts of model.bundle.new_folder too, maybe of a training that outlives its server, but no training's own folder.
LEFTOVERS = re.compile(rf"({re.escape(GOING)}|{re.escape(COMING)}).*|\..+\.(?!training$)[a-z0-9_]{{8}}")
LEFTOVER_S = 3600.0
JUST_DELETED = "This model has just been deleted."
PRIVATE_TO_SERVER = noted("The server was started with this model; only its operator can change it.")


class Shelf:
    """Every method blocks and may be called from any thread."""

    def __init__(self, settings: Settings, registry: Registry, grace_s: float = LEFTOVER_S) -> None:
        """Clear away what an end in the middle of something left behind, older than some seconds."""
        self._settings = settings
        self._registry = registry
        self._folder = settings.models_folder
        self._changing = threading.Lock()
        self._clear_leftovers(grace_s)

    @property
    def room(self) -> Path:
        """A folder on the same disk, for what is being received."""
        return self._settings.data_dir / "drafts"

    @property
    def max_model_mb(self) -> float:
        """The largest model that is taken in, in megabytes."""
        return self._settings.max_model_mb

    @property
    def refusal(self) -> str | None:
        """Why visitors may not change models here; None where they may."""
        wish = self._settings.change_models
        if wish == "on" or (wish == "auto" and is_private(self._settings)):
            return None
        return noted(
            "Models cannot be changed on this server by its visitors; "
            "its operator can allow it with CAMSCOPE_CHANGE_MODELS=on."
        )

    def require_changes(self) -> None:
        """Raise where visitors may not change models.

        Raises:
            NotAllowed: says why
        """
        if self.refusal is not None:
            raise NotAllowed(self.refusal)

    def entries(self) -> list[Entry]:
        """The bundles there are, the default first."""
        return self._registry.entries()

    def find(self, key: str) -> Entry:
        """A bundle by its id, its name, or the id that it had before it was renamed.

        Raises:
            NotFound: there is none, or none any more
        """
        try:
            return self._registry.find(key)
        except (Unusable, NotReady):
            raise NotFound("There is no such model here; it may have been deleted.") from None

    def is_default(self, entry: Entry) -> bool:
        """Whether it answers where no model is named."""
        return self.entries()[:1] == [entry]

    def why_fixed(self, entry: Entry) -> str | None:
        """Why a bundle can be neither renamed nor deleted here; None where it can."""
        if self.refusal is not None:
            return self.refusal
        is_watched = entry.path.parent == self._folder
        return None if is_watched and entry.id not in self._registry.named else PRIVATE_TO_SERVER

    def size(self, entry: Entry) -> int:
        """Of a bundle's files, in bytes.

        Raises:
            NotFound: it has just been deleted
        """
        with contextlib.suppress(FileNotFoundError):
            return sum(path.stat().st_size for _, path in self.files(entry))
        raise NotFound(JUST_DELETED)

    def files(self, entry: Entry) -> list[tuple[str, Path]]:
        """A bundle's files under the names they have in an archive: in a folder named like it.

        Raises:
            NotFound: it has just been deleted
        """
        try:
            names = sorted({MANIFEST, *read_manifest(entry.path).files})
        except BundleError as error:
            raise NotFound(JUST_DELETED) from error
        return [(f"{entry.name}/{name}", entry.path / name) for name in names]

    def report(self, entry: Entry) -> Path:
        """Its report, to look at.

        Raises:
            NotFound: it has none
        """
        if not self.has_report(entry):
            raise NotFound("This model has no report: it was not trained here.")
        return entry.path / REPORT

    def has_report(self, entry: Entry) -> bool:
        """Whether it has a report; the manifest vouches for the file."""
        with contextlib.suppress(BundleError):
            return REPORT in read_manifest(entry.path).files
        return False

    def metrics(self, entry: Entry) -> Metrics:
        """All that was measured of it.

        Raises:
            NotFound: nothing was
        """
        metrics = read_metrics(entry.path)
        if metrics is None:
            raise NotFound("Nothing was measured of this model: it was not trained here.")
        return metrics

    def rename(self, key: str, name: str) -> Entry:
        """Give a bundle another name; its id changes with it, and the old one still finds it.

        Raises:
            NotAllowed, NotFound, Unusable: it is not to be changed, not there, or the name is taken
            NoSpace, NotReady: the folder cannot be written; nothing has changed
        """
        with self._changing:
            entry = self.changeable(key)
            if name == entry.name:
                return entry
            if not re.fullmatch(NAME_PATTERN, name):
                raise Unusable("A name has letters from A to Z, digits, dots, dashes and underscores.")
            if any(other.name == name for other in self.entries()) or (self._folder / name).exists():
                raise Unusable(f"There is another model called '{name}'; choose another name.")
            with _writing():
                renamed = copy_bundle(entry.path, self._folder / name, name)
                self._remove(entry.path)
        return self.find(renamed.id)

    def delete(self, key: str) -> None:
        """Delete a bundle; explanations that it gave stay readable.

        Raises:
            NotAllowed, NotFound: it is not to be changed, or not there
            NotReady: the folder cannot be written
        """
        with self._changing, _writing():
            self._remove(self.changeable(key).path)
            self.entries()  # which lets go of its classifier

    def take(self, file: BinaryIO) -> Entry:
        """Take in a bundle from a zip file, after the same checks as at a start, and a probe.

        Args:
            file: the zip; its files at the top or in one folder

        Raises:
            NotAllowed: models are not to be changed here
            TooLarge: more bytes than are taken
            Unusable: no bundle, one that is damaged, or one that is here already; the message says what is wrong
            NoSpace, NotReady: the folder cannot be written
        """
        self.require_changes()
        with _writing(), self._draft() as room:
            draft = room / "model"
            draft.mkdir(0o755)
            return self._place(draft, unpack_model(file, draft, self._settings.max_model_bytes))

    @contextlib.contextmanager
    def _draft(self) -> Iterator[Path]:
        """A hidden folder beside the bundles, gone in the end."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=COMING, dir=self._folder, ignore_cleanup_errors=True) as room:
            yield Path(room)

    def _place(self, draft: Path, name: str) -> Entry:
        """Let a verified draft appear."""
        with self._changing:
            found = bundle_id(read_manifest(draft))
            if any(entry.id == found for entry in self.entries()):
                raise Unusable(f"This model is here already: {found}.")
            target = self._folder / name
            target = self._folder / found if target.exists() else target
            draft.rename(target)
            sync_folder(self._folder)
        return self.find(found)

    def changeable(self, key: str) -> Entry:
        """A bundle that may be renamed and deleted.

        Raises:
            NotAllowed, NotFound: it is not to be changed, or not there
        """
        entry = self.find(key)
        if reason := self.why_fixed(entry):
            raise NotAllowed(reason)
        return entry

    def _remove(self, path: Path) -> None:
        """Let a folder vanish at once, then delete it; of a link, the link."""
        if path.is_symlink():
            path.unlink()
            return
        hidden = Path(tempfile.mkdtemp(prefix=GOING, dir=self._folder))
        try:
            path.rename(hidden / path.name)
            sync_folder(self._folder)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)

    def _clear_leftovers(self, grace_s: float) -> None:
        """Delete what was coming or going when a server ended; of another server that runs, nothing recent."""
        for folder in self._folder.glob(".*/"):
            kind = LEFTOVERS.fullmatch(folder.name)
            age_s = grace_s if folder.name.startswith((GOING, COMING)) else LEFTOVER_S
            with contextlib.suppress(OSError):
                if kind and time.time() - folder.stat().st_mtime > age_s:
                    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    """Let a disk's troubles be refusals; those that nobody can help but the operator are for the log."""
    try:
        yield
    except (OSError, BundleError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace from error
        raise NotReady("The models folder could not be changed now, and is as it was; the log says why.") from error
