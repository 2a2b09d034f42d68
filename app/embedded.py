"""The embedded network, made once in a child process: the server itself never loads torch."""

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from app.errors import StartError
from model.embedded import NAME, embedded_path
from model.manifest import MANIFEST

NO_TORCH = (
    "There is no model to serve yet, and making the embedded one needs torch. Either install it "
    "(pip install 'camscope[train]') and start again, or name a model folder: camscope serve --model FOLDER"
)


def ensure_embedded(cache_dir: Path) -> Path:
    """The embedded network's model folder; made first where it is not there, which takes a while.

    Raises:
        StartError: it is not there and cannot be made; says what to do
    """
    path = embedded_path(cache_dir)
    if (path / MANIFEST).is_file():
        return path
    if find_spec("torch") is None:
        raise StartError(NO_TORCH)
    _check_writable(cache_dir)
    # The child talks to the terminal itself: progress, and what went wrong.
    done = subprocess.run([sys.executable, "-m", "model.training", str(cache_dir)], check=False)
    if done.returncode or not (path / MANIFEST).is_file():
        raise StartError(f"The embedded network {NAME} could not be prepared in {cache_dir}; see above.")
    return path


def _check_writable(cache_dir: Path) -> None:
    """Rather say at once what minutes of work would end with.

    Raises:
        StartError: nothing can be written there
    """
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache_dir) as file:
            file.write(b"0")
    except OSError as error:
        raise StartError(
            f"{cache_dir}: the cache folder cannot be written, and there is no model in it yet: {error.strerror}; "
            "choose another with CAMSCOPE_CACHE_DIR, or name a model folder: camscope serve --model FOLDER"
        ) from error
