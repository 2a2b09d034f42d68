"""Files that a command line makes: folders for them, and each there whole or not at all."""

import os
import secrets
from pathlib import Path

from app.errors import StartError


def prepare_out(out: Path) -> None:
    """Make the folder for results.

    Raises:
        StartError: it cannot be made
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"{out}: cannot be used for the results: {error.strerror}") from None


def write_whole(path: Path, content: bytes) -> None:
    """A file that is there whole or not at all."""
    draft = f"{path.parent}/.{path.name}.{secrets.token_hex(4)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        os.replace(draft, path)  # noqa: PTH105 (a draft is text: this is done for every photo)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
