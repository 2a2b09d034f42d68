"""Make the environment in .venv, or find it ready: `python scripts/environment.py run|test`.

"run" is what serving, exporting, training and evaluating need, "test" adds the tests and checks. Runs on the
standard library of any Python >= 3.11, under a lock, and does nothing when what it would install
is what it installed last. A killed installation is noticed and begun anew.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / ".unfinished"
INPUTS = ("pyproject.toml", "constraints.txt", "scripts/environment.py")

# Wheels without CUDA: 0.2 GB instead of several.
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
TORCH_CPU_WAIT_S = 3.0


class SetupError(Exception):
    """Something only a person can mend; the message says how."""


def say(line: str) -> None:
    print(f"==> {line}", flush=True)


def run(*command: str | Path) -> bool:
    """Run a command in the checkout, its output shown; whether it succeeded."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def key() -> str:
    """What an installation depends on: what is asked for, and the folder it points back to."""
    digest = hashlib.sha256(os.fsencode(ROOT))
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def ready(purpose: str) -> bool:
    """Whether the environment holds just what is asked for now, and starts."""
    stamp = VENV / f".ready-{purpose}"
    if UNFINISHED.exists() or not stamp.is_file() or stamp.read_text() != key():
        return False
    return subprocess.run([PYTHON, "-c", ""], check=False, capture_output=True).returncode == 0


def ensure_venv_module() -> None:
    """Debian keeps what `python3 -m venv` needs in a package of its own."""
    probe = [sys.executable, "-c", "import ensurepip, venv"]
    if subprocess.run(probe, check=False, capture_output=True).returncode == 0:
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    advice = f"This Python cannot make environments. On Debian or Ubuntu: apt install {package}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError(advice)
    say(f"Installing {package}, which making an environment needs")
    if not (run("apt-get", "update", "-q") and run("apt-get", "install", "-y", "-q", package)):
        raise SetupError(advice)


def empty_venv() -> None:
    """Remove all but the marker, which stays until an environment is whole."""
    for entry in VENV.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry != UNFINISHED:
            entry.unlink()


def ensure_venv() -> None:
    """Make .venv where there is none; make it anew where it is damaged or was left half made."""
    if UNFINISHED.exists():
        say("The last installation was interrupted: starting it anew")
        empty_venv()
    works = [str(PYTHON), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]
    if PYTHON.exists() and subprocess.run(works, check=False, capture_output=True).returncode == 0:
        return
    ensure_venv_module()
    say(f"Making the environment .venv with Python {sys.version.split()[0]}")
    VENV.mkdir(exist_ok=True)
    UNFINISHED.touch()
    empty_venv()
    if not run(sys.executable, "-m", "venv", VENV):
        raise SetupError("Python could not make the environment; its own message is above.")


def pip(*arguments: str) -> bool:
    return run(PYTHON, "-m", "pip", "--disable-pip-version-check", *arguments)


def has_nvidia_gpu() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidia0").exists()


def reachable(url: str, wait_s: float) -> bool:
    """Whether the address answers in time. The deadline covers name resolution too, which urllib's does not."""
    answers: list[bool] = []

    def ask() -> None:
        try:
            context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT"))
            with urllib.request.urlopen(url, timeout=wait_s, context=context):  # noqa: S310 - the url is ours
                answers.append(True)
        except OSError:
            answers.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(wait_s)
    return answers == [True]


def install_cpu_torch() -> None:
    """Take torch and torchvision without CUDA, where that makes a difference and can be had."""
    if sys.platform != "linux" or has_nvidia_gpu() or torch_installed():
        return
    if not reachable(f"{TORCH_CPU_INDEX}/torch/", TORCH_CPU_WAIT_S):
        say("PyTorch's CPU index cannot be reached: taking the usual wheels, several GB with CUDA")
        return
    say("No NVIDIA GPU found: taking PyTorch's CPU wheels")
    # Their dependencies come with the rest, from the usual index.
    pair = ("install", "--no-deps", "--constraint", "constraints.txt", "torch", "torchvision")
    if not pip(*pair, "--index-url", TORCH_CPU_INDEX):
        say("PyTorch's CPU wheels could not be installed: taking the usual ones, several GB with CUDA")


def torch_installed() -> bool:
    """Whether the pinned pair is there already, whichever its build."""
    pins = dict(
        line.strip().split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if line.startswith(("torch==", "torchvision=="))
    )
    code = f"""
from importlib.metadata import version
assert all(version(name).partition("+")[0] == pin for name, pin in {pins!r}.items())
"""
    return subprocess.run([PYTHON, "-c", code], check=False, capture_output=True).returncode == 0


def install(purpose: str) -> None:
    """Install what the purpose needs.

    Raises:
        SetupError: pip failed; it has said why
    """
    UNFINISHED.touch()
    wanted = ["--constraint", "constraints.txt", "--editable", ".[train,evaluate]"]
    if purpose == "test":
        wanted += ["--group", "dev"]
    # Dependency groups need pip 25.1; a new environment may have an older one.
    done = pip("install", "--constraint", "constraints.txt", "pip>=25.1")
    if done:
        say("Installing Camscope and what it needs")
        install_cpu_torch()
        done = pip("install", *wanted)
    UNFINISHED.unlink()  # pip has ended by itself, so it left nothing half done
    if not done:
        raise SetupError("pip could not install everything; its message is above. Run the command again to go on.")
    for done_for in {"run", purpose}:
        (VENV / f".ready-{done_for}").write_text(key())
    say("Installed")


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the environment in .venv, or find it ready.")
    parser.add_argument("purpose", choices=["run", "test"])
    purpose = parser.parse_args().purpose
    return ensure(lambda: ready(purpose), lambda: make(purpose))


def make(purpose: str) -> None:
    ensure_venv()
    install(purpose)


def ensure(is_ready: Callable[[], bool], make_it: Callable[[], None]) -> int:
    """Make an environment that is not ready; what went wrong is said in a line. The exit status."""
    if is_ready():
        return 0
    try:
        with (ROOT / "pyproject.toml").open("rb") as lock:  # two commands at once: one installs, one waits
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not is_ready():
                make_it()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
