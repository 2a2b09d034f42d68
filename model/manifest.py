"""bundle.json: what a model folder says of itself, all of it sealed."""

import hashlib
import json
import re
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, ValidationError

from model.errors import BundleError
from model.spec import ModelSpec, Record

SCHEMA_VERSION = 1
MANIFEST = "bundle.json"
NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 3000))
MAX_MANIFEST_BYTES = 64 * 2**20
METRICS, REPORT, PICTURES = "metrics.json", "report.html", "pictures.csv"
ACCOUNTS = (METRICS, REPORT, PICTURES)  # of how it was made and judged: they decide no answer

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(Record):
    """What bundle.json says, all of it sealed by its own sha256."""

    schema_version: int
    name: Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")]
    created_at: Annotated[
        AwareDatetime, Field(gt=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(3000, 1, 1, tzinfo=UTC))
    ]
    spec: ModelSpec
    provenance: dict[str, Any]
    files: dict[str, Sha256]
    seal: Sha256


def read_manifest(path: Path) -> Manifest:
    """Read and check bundle.json alone; quick, for listings.

    Raises:
        BundleError: no bundle, a newer schema, or not what was written
    """
    file = path / MANIFEST
    if not path.is_dir():
        raise BundleError(f"{path}: no such folder")
    raw = _read(file)
    if not isinstance(raw, dict):
        raise BundleError(f"{file}: not a manifest")
    version = raw.get("schema_version")
    if type(version) is not int or version != SCHEMA_VERSION:
        raise BundleError(f"{file}: schema {version!r:.40} is not {SCHEMA_VERSION}, the one known here")
    try:
        if raw.get("seal") != seal(raw):
            raise BundleError(f"{file}: its content does not match its own sha256")
        manifest = Manifest.model_validate_json(json.dumps(raw))
    except (ValidationError, ValueError, RecursionError) as error:
        raise BundleError(f"{file}: {first_line(error)}") from error
    if bad := [name for name in manifest.files if not re.fullmatch(NAME_PATTERN, name)]:
        raise BundleError(f"{file}: {bad[0]!r} is not a plain file name")
    return manifest


def _read(file: Path) -> object:
    try:
        check_plain(file)
        if file.stat().st_size > MAX_MANIFEST_BYTES:
            raise BundleError(f"{file}: larger than any manifest is")
        return json.loads(file.read_bytes())
    except FileNotFoundError:
        raise BundleError(f"{file.parent}: not a model folder, {MANIFEST} is missing") from None
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"{file}: cannot be read: {error}") from error


def check_plain(file: Path) -> None:
    """Refuse what would be read from elsewhere, or never to its end.

    Raises:
        BundleError: a device, a pipe, a folder, or a link that leads out of the file's folder
        OSError: it is not there, or cannot be looked at
    """
    if not stat.S_ISREG(file.stat().st_mode):
        raise BundleError(f"{file}: not a file")
    if file.is_symlink() and not file.resolve().is_relative_to(file.parent.resolve()):
        raise BundleError(f"{file}: a link that leads out of its folder")


def bundle_id(manifest: Manifest) -> str:
    """The name and the first 12 digits of the hash of all that decides an answer: spec and files."""
    files = {name: sha256 for name, sha256 in manifest.files.items() if name not in ACCOUNTS}
    content = {"spec": manifest.spec.model_dump(mode="json"), "files": files}
    return f"{manifest.name}-{digest(content)[:12]}"


def seal(manifest: Mapping[str, object]) -> str:
    """The sha256 of all a manifest says but the seal itself."""
    return digest({key: value for key, value in manifest.items() if key != "seal"})


def digest(value: object) -> str:
    """sha256 of a JSON value, whatever the order of its keys and its white space."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def first_line(error: Exception) -> str:
    """What went wrong, in one line; of a validation error the first field and its complaint."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return ": ".join(filter(None, (".".join(str(part) for part in first["loc"]), first["msg"])))
    return str(error).splitlines()[0] if str(error) else type(error).__name__
