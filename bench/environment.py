"""Make .venv-bench, or find it ready: `.venv/bin/python -m bench.environment`.

It holds the peers of bench/peers.txt and sees all of .venv, so torch is not installed twice, and .venv
stays what it was. It is made anew when anything that it depends on has changed.
"""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from scripts.environment import ROOT, SetupError, ensure, key, run, say

VENV = ROOT / ".venv-bench"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".ready"
PEERS = ROOT / "bench" / "peers.txt"


def wanted() -> str:
    """What the environment depends on: the other one, the peers, this file."""
    digest = hashlib.sha256(key().encode())
    for file in (PEERS, Path(__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def ready() -> bool:
    """Whether it holds just what is asked for now, and starts."""
    if not STAMP.is_file() or STAMP.read_text() != wanted():
        return False
    return subprocess.run([PYTHON, "-c", "import torchcam"], check=False, capture_output=True).returncode == 0


def make() -> None:
    """Make it, from nothing.

    Raises:
        SetupError: it could not be made; what was run has said why
    """
    say("Making the environment .venv-bench: the peers, beside what is in .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    if not run(sys.executable, "-m", "venv", "--without-pip", VENV):
        raise SetupError("Python could not make the environment; its own message is above.")
    see_ours()
    pip = (PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    if not run(*pip, "--constraint", "constraints.txt", "--requirement", PEERS):
        raise SetupError("pip could not install the peers; its message is above. Run the command again to go on.")
    STAMP.write_text(wanted())


def see_ours() -> None:
    """Let it see this environment's packages, those too that a .pth file leads to, as Camscope's own does."""
    ours = sysconfig.get_path("purelib")
    (theirs,) = VENV.glob("lib/python*/site-packages")
    (theirs / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")


if __name__ == "__main__":
    sys.exit(ensure(ready, make))
