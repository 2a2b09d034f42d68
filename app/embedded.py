"""The embedded network, made once in a child process: the server itself never loads torch."""

import subprocess
import sys
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
    # The child talks to the terminal itself: progress, and what went wrong.
    done = subprocess.run([sys.executable, "-m", "model.training", str(cache_dir)], check=False)
    if done.returncode or not (path / MANIFEST).is_file():
        raise StartError(f"The embedded network {NAME} could not be prepared in {cache_dir}; see above.")
    return path
