"""The bundles there are, also those that appear while running."""

import contextlib
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.config import Settings
from app.errors import NotReady, StartError, Unusable
from app.layout import side_by_side
from app.passes import Explains
from model.bundle import Bundle, read_bundle
from model.classifier import Classifier
from model.errors import BundleError
from model.manifest import MANIFEST
from model.metrics import read_metrics
from model.spec import ModelSpec

log = logging.getLogger("camscope.models")

HUGE = 1e15
Signature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Entry:
    """A bundle that can be asked.

    Attributes:
        id: name and content hash
        name: what people call it
        spec: its labels and what its outputs mean
        metrics: what was measured when it was made, in a few numbers
        provenance: where it comes from
        created_at: when it was written, UTC
        path: the model folder
    """

    id: str
    name: str
    spec: ModelSpec
    metrics: dict[str, float | None] | None
    provenance: Mapping[str, Any]
    created_at: datetime
    path: Path

    @property
    def content(self) -> str:
        """The hash in its id: of what decides its answers, whatever it is called."""
        return self.id.rpartition("-")[2]


@dataclass
class _Seen:
    """A watched folder as it was when last looked at; entry is None where it was refused."""

    signature: Signature
    entry: Entry | None


@dataclass
class _Open:
    """A place for a classifier that is loaded once, when it is first asked."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    classifier: Explains | None = None


class Registry:
    """The bundles there are; blocking, and safe to ask from any thread."""

    def __init__(self, settings: Settings, classifiers: Sequence[Explains] | None = None) -> None:
        """Read the bundles that were named, or take classifiers that are open already.

        Args:
            settings: which bundles, and the folder that is watched for more
            classifiers: used instead of the named bundles; the first is the default

        Raises:
            StartError: what should be the watched folder is something else
            BundleError: a bundle that was named is refused; the message says why
        """
        self._threads = settings.inference_threads or None
        self._beside = side_by_side(settings)
        self._folder = settings.models_folder
        with contextlib.suppress(PermissionError):
            if self._folder.exists() and not self._folder.is_dir():
                raise StartError(f"{self._folder}: not a folder of model folders (CAMSCOPE_MODELS_DIR).")
        self._lock = threading.Lock()
        self._seen: dict[Path, _Seen] = {}
        self._open: dict[str, _Open] = {}
        if classifiers is None:
            self._named = [_entry(read_bundle(path)) for path in settings.named_models]
        else:
            self._named = [_entry(classifier.bundle) for classifier in classifiers]
            self._open = {classifier.bundle.id: _Open(classifier=classifier) for classifier in classifiers}

    def entries(self) -> list[Entry]:
        """The bundles there are now: those named, the default first, then the watched ones, newest first."""
        with self._lock:
            watched = self._scan()
            everything = {entry.id: entry for entry in (*self._named, *watched)}
            for gone in self._open.keys() - everything.keys():
                del self._open[gone]
        return list(everything.values())

    @property
    def named(self) -> frozenset[str]:
        """Ids of the bundles that the server was started with."""
        return frozenset(entry.id for entry in self._named)

    def find(self, key: str | None) -> Entry:
        """The bundle with this id, else the first with this name, else the one that had this id before it was renamed.

        Args:
            key: None for the default

        Raises:
            NotReady: there is no bundle at all
            Unusable: there is none like that
        """
        if (named := self._named_by(key)) is not None:
            return named
        entries = self.entries()
        if not entries:
            raise NotReady("This server has no model yet.")
        if key is None:
            return entries[0]
        for called in ("id", "name", "content"):
            wanted = key.rpartition("-")[2] if called == "content" else key
            if found := next((entry for entry in entries if getattr(entry, called) == wanted), None):
                return found
        raise Unusable(f"'model': there is no '{key[:80]}'; there are {', '.join(entry.name for entry in entries)}.")

    def is_known(self, key: str | None) -> bool:
        """Whether `find` answers without a look at the disk: the default and the ids that the server started with."""
        return self._named_by(key) is not None

    def _named_by(self, key: str | None) -> Entry | None:
        return next((entry for entry in self._named if key in (None, entry.id)), None)

    def classifier(self, entry: Entry) -> Explains:
        """The bundle's classifier, loaded and probed when it is first asked.

        Raises:
            BundleError: it is refused; the message says why
        """
        with self._lock:
            place = self._open.setdefault(entry.id, _Open())
        with place.lock:
            if place.classifier is None:
                place.classifier = Classifier.open(entry.path, self._threads, self._beside)
            return place.classifier

    def open_default(self) -> Explains | None:
        """Load the first of the named bundles, if any, so that the first photo need not wait for it.

        Raises:
            BundleError: it is refused; the message says why
        """
        return self.classifier(self._named[0]) if self._named else None

    def _scan(self) -> list[Entry]:
        """Look at the watched folder; what has not changed is not read again."""
        found: dict[Path, _Seen] = {}
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if not path.name.startswith(".") and (path / MANIFEST).is_file():
                signature = _signature(path)
                known = self._seen.get(path)
                found[path] = known if known and known.signature == signature else _look(path, signature)
        self._seen = found
        entries = [seen.entry for seen in found.values() if seen.entry]
        return sorted(entries, key=lambda entry: entry.created_at, reverse=True)


def _look(path: Path, signature: Signature) -> _Seen:
    try:
        return _Seen(signature, _entry(read_bundle(path)))
    except BundleError as error:
        log.warning("left out: %s", error)
        return _Seen(signature, None)


def _signature(path: Path) -> Signature:
    """Names, sizes and times of a folder's files: whether anything changed since the last look."""
    try:
        stats = [(file.name, file.stat()) for file in sorted(path.iterdir())]
    except FileNotFoundError:
        return ()
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _entry(bundle: Bundle) -> Entry:
    return Entry(
        id=bundle.id,
        name=bundle.name,
        spec=bundle.spec,
        metrics=_metrics(bundle),
        provenance=bundle.provenance,
        created_at=bundle.created_at,
        path=bundle.path,
    )


def _metrics(bundle: Bundle) -> dict[str, float | None] | None:
    """What metrics.json comes to; else what the bundle's provenance says."""
    try:
        if measured := read_metrics(bundle.path):
            return measured.model_dump(include={"accuracy", "macro_f1", "loss"}) | {"val": measured.counts.val}
    except BundleError as error:
        log.warning("its metrics are left out: %s", error)
    said = bundle.provenance.get("metrics")
    return {name: value for name, value in said.items() if _is_number(value)} if isinstance(said, dict) else None


def _is_number(value: object) -> bool:
    """Whether JSON and people can take it for a number: a manifest may hold anything."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < HUGE
