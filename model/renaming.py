"""A model folder under another name: a bundle never changes, so it becomes a new one with the same content.

Its id is its name and the hash of its content: the hash stays.
"""

import contextlib
import json
import os
import re
import shutil
from pathlib import Path

from model.bundle import Bundle, new_folder, read_bundle
from model.durable import write_synced
from model.errors import BundleError
from model.manifest import MANIFEST, NAME_PATTERN, read_manifest, seal


def copy_bundle(path: Path, target: Path, name: str) -> Bundle:
    """Write a bundle once more under another name; its files are shared where the disk has hard links.

    Args:
        path: the model folder
        target: the new folder, on the same disk; an existing one is refused
        name: the new name

    Returns:
        the new bundle, as read back from disk

    Raises:
        BundleError: the name is no usable one, the folder is refused or exists, or nothing can be written
    """
    if not re.fullmatch(NAME_PATTERN, name):
        raise BundleError(f"{name!r} is not a usable name: letters, digits, dots, dashes and underscores")
    manifest = read_manifest(path)
    renamed = json.loads((path / MANIFEST).read_bytes()) | {"name": name}
    renamed["seal"] = seal(renamed)
    with new_folder(target) as draft:
        for file in manifest.files:
            _link(path / file, draft / file)
        write_synced(draft / MANIFEST, json.dumps(renamed, indent=1, ensure_ascii=False).encode())
    return read_bundle(target)


def _link(source: Path, target: Path) -> None:
    with contextlib.suppress(OSError):
        os.link(source, target)
        return
    shutil.copyfile(source, target)
    with target.open("rb") as stream:
        os.fsync(stream.fileno())
