"""A model folder on disk: read with suspicion, written atomically, never changed.

model.onnx           uint8 photos in, features and logits out
bundle.json          the manifest: schema version, spec, provenance, sha256 of every file
head.safetensors     what the head learned, as far as its map needs it
network.safetensors  all weights, to go on training from; serving does not need it
metrics.json         what was measured when it was trained; a trained one has it
report.html          the same to look at
pictures.csv         which pictures it learned from, and which it was judged on
"""

import contextlib
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from model.cam import Array, Head
from model.durable import sync_folder, write_synced
from model.errors import BundleError
from model.manifest import (
    MANIFEST,
    NAME_PATTERN,
    SCHEMA_VERSION,
    bundle_id,
    check_plain,
    first_line,
    read_manifest,
    seal,
)
from model.spec import ModelSpec

GRAPH = "model.onnx"
HEAD = "head.safetensors"
NETWORK = "network.safetensors"
# Field 1 and the length 8, as protobuf writes them, or with the idle bytes that it reads as well.
WORD, KEY, KEY_BYTES = re.compile(b"location"), re.compile(rb"(\x0a|\x8a\x80*\x00)(\x08|\x88\x80*\x00)\Z"), 24


@dataclass(frozen=True)
class Bundle:
    """A model folder whose every byte was checked.

    Attributes:
        path: the folder
        id: name and content hash, such as "insects-0123456789ab"
        name: what people call it
        spec: what the network expects and what its outputs mean
        head: what the head learned
        graph: the ONNX network, the very bytes that were checked
        provenance: where it comes from: source of weights, parent bundle, settings, metrics
        created_at: when it was written, UTC
    """

    path: Path
    id: str
    name: str
    spec: ModelSpec
    head: Head
    graph: bytes
    provenance: Mapping[str, Any]
    created_at: datetime

    @property
    def class_weight(self) -> Array | None:
        """What weighs the channels for each class, (K, C); None where the head has no linear layer.

        Of a network with a single logit the second class has the first one's weights, negative.
        """
        if self.head.weight is None or not self.spec.single_logit:
            return self.head.weight
        return np.concatenate([self.head.weight, -self.head.weight])


def read_bundle(path: Path) -> Bundle:
    """Load a model folder, or refuse it.

    Raises:
        BundleError: a file is missing, damaged or does not fit; the message names it and why
    """
    manifest = read_manifest(path)
    for name in {GRAPH, HEAD} - manifest.files.keys():
        raise BundleError(f"{path / name}: not listed in {MANIFEST}")
    contents = {name: _checked(path / name, manifest.files[name]) for name in (GRAPH, HEAD)}
    if _reads_elsewhere(contents[GRAPH]):
        raise BundleError(f"{path / GRAPH}: keeps weights in another file; a bundle's network is one file")
    for name in sorted(manifest.files.keys() - contents.keys()):
        _check_file(path / name, manifest.files[name])
    return Bundle(
        path=path,
        id=bundle_id(manifest),
        name=manifest.name,
        spec=manifest.spec,
        head=_read_head(path / HEAD, contents[HEAD], manifest.spec),
        graph=contents[GRAPH],
        provenance=manifest.provenance,
        created_at=manifest.created_at,
    )


def refuse_existing(path: Path) -> None:
    """Raise where a new model folder would overwrite something.

    Raises:
        BundleError: there is something already
    """
    if path.exists() or path.is_symlink():
        raise BundleError(f"{path}: exists already; a model folder is never overwritten")


def write_bundle(
    path: Path,
    *,
    name: str,
    graph: bytes,
    spec: ModelSpec,
    head: Head,
    network: Mapping[str, Array] | None,
    provenance: Mapping[str, object],
    accounts: Mapping[str, bytes] | None = None,
) -> Bundle:
    """Write a model folder that is there whole or not at all: a folder beside it, synced, renamed.

    Args:
        path: the new folder; an existing one is refused
        name: what people call it: letters, digits, dot, dash, underscore
        graph: the ONNX network
        spec: what it expects and what its outputs mean
        head: what its head learned
        network: all weights, to go on training from
        provenance: where it comes from; JSON values only
        accounts: files of how it was made and judged, by name, of model.manifest.ACCOUNTS

    Returns:
        the bundle, as read back from disk

    Raises:
        BundleError: the folder exists, cannot be written, or what was written would be refused
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise BundleError(f"{name!r} is not a usable name: letters, digits, dots, dashes and underscores")
    with new_folder(path) as draft:
        _fill(draft, name, graph, spec, head, network, provenance, accounts or {})
    return read_bundle(path)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A hidden folder beside `path` to fill: then it is read as a bundle, synced and renamed, or it is gone.

    Raises:
        BundleError: `path` exists or cannot be written, or what was put there is no bundle
    """
    refuse_existing(path)
    draft: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        yield draft
        sync_folder(draft)
        read_bundle(draft)
        draft.chmod(0o755)
        draft.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise BundleError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)


def _fill(
    folder: Path,
    name: str,
    graph: bytes,
    spec: ModelSpec,
    head: Head,
    network: Mapping[str, Array] | None,
    provenance: Mapping[str, object],
    accounts: Mapping[str, bytes],
) -> None:
    """Write a bundle's files, the manifest last, and sync them."""
    contents = {GRAPH: graph, HEAD: safetensors.numpy.save(_head_tensors(head)), **accounts}
    if network is not None:
        contents[NETWORK] = safetensors.numpy.save(dict(network))
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "name": name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "spec": spec.model_dump(mode="json"),
        "provenance": dict(provenance),
        "files": {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()},
    }
    manifest["seal"] = seal(manifest)
    contents[MANIFEST] = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
    for file, content in contents.items():
        write_synced(folder / file, content)


def _checked(file: Path, sha256: str) -> bytes:
    try:
        check_plain(file)
        content = file.read_bytes()
    except OSError as error:
        raise BundleError(f"{file}: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BundleError(f"{file}: its sha256 is not the one in {MANIFEST}")
    return content


def _reads_elsewhere(graph: bytes) -> bool:
    """Whether an ONNX file has tensors that lie in others: pairs whose key is "location", however it is encoded."""
    return any(KEY.search(graph, max(0, found.start() - KEY_BYTES), found.start()) for found in WORD.finditer(graph))


def _check_file(file: Path, sha256: str) -> None:
    """The same for a file that is not needed now and may be large."""
    try:
        check_plain(file)
        with file.open("rb") as stream:
            actual = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"{file}: {error.strerror}") from error
    if actual != sha256:
        raise BundleError(f"{file}: its sha256 is not the one in {MANIFEST}")


def _head_tensors(head: Head) -> dict[str, Array]:
    tensors = {name: getattr(head, name) for name in ("weight", "bias", "gamma", "beta")}
    found = {
        name: np.ascontiguousarray(value, dtype=np.float32) for name, value in tensors.items() if value is not None
    }
    if head.eps is not None:
        found["eps"] = np.array([head.eps], dtype=np.float64)
    return found


def _read_head(file: Path, content: bytes, spec: ModelSpec) -> Head:
    try:
        tensors = safetensors.numpy.load(content)
        eps = tensors.pop("eps", None)
        head = Head(kind=spec.head, eps=None if eps is None else float(eps[0]), **tensors)
    except (SafetensorError, ValueError, TypeError, IndexError, KeyError) as error:
        raise BundleError(f"{file}: {first_line(error)}") from error
    for name, tensor in tensors.items():
        if tensor.dtype != np.float32 or not np.isfinite(tensor).all():
            raise BundleError(f"{file}: {name} is not finite float32")
    if head.eps is not None and not 0 < head.eps < 1:
        raise BundleError(f"{file}: eps {head.eps} is not between 0 and 1")
    if head.weight is not None and head.weight.shape != (spec.outputs, spec.channels):
        raise BundleError(
            f"{file}: weight is {head.weight.shape}, not {(spec.outputs, spec.channels)} as the spec says"
        )
    return head
