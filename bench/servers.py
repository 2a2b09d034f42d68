"""Servers to measure, each a process of its own: Camscope as its users start it, and the rivals."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Memory, memory

ROOT = Path(__file__).resolve().parent.parent
API = "/api/v1/explanations"
SERVE = (sys.executable, "-m", "app", "serve", "--port", "0")
ADDRESS = re.compile(r"http://\S+?:\d+")
STOP_S = 30


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes:
        name: as the table has it
        url: where photos are sent
        pid: of the serving process
        start_s: from the start of the process to its address
    """

    name: str
    url: str
    pid: int
    start_s: float

    @property
    def memory(self) -> Memory:
        """Of the serving process alone; workers it starts are counted apart."""
        return memory(self.pid)


@contextlib.contextmanager
def camscope(variables: Mapping[str, str] | None = None, name: str = "camscope") -> Iterator[Server]:
    """`camscope serve` with its defaults and a fresh data folder; the cache folder is the usual one.

    Args:
        variables: settings that differ from the defaults, as environment variables
        name: as the table has it
    """
    with (
        tempfile.TemporaryDirectory(prefix="camscope-bench-") as folder,
        _serving(name, SERVE, {"CAMSCOPE_DATA_DIR": folder, **(variables or {})}, API) as server,
    ):
        yield server


@contextlib.contextmanager
def rival(name: str) -> Iterator[Server]:
    """An app of bench/rivals/, served by uvicorn; its access log is off, as Camscope's is."""
    app = f"bench.rivals.{name}:create_app"
    command = (sys.executable, "-m", "uvicorn", "--factory", app, "--port", "0", "--no-access-log")
    with _serving(name, command, {}, "/explain") as server:
        yield server


@contextlib.contextmanager
def _serving(name: str, command: Sequence[str], variables: Mapping[str, str], path: str) -> Iterator[Server]:
    """Start a server, wait for the line with its address, stop it in the end.

    Raises:
        RuntimeError: it ended before; what it said is in the message
    """
    with tempfile.TemporaryFile("w+") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(variables), stdout=said, stderr=subprocess.STDOUT, text=True
        )
        try:
            address = _address(process, said.fileno())
            yield Server(name, address + path, process.pid, time.perf_counter() - began)
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(process: "subprocess.Popen[str]", said: int) -> str:
    while True:
        text = os.pread(said, 2**20, 0).decode(errors="replace")
        if (found := ADDRESS.search(text)) is not None:
            return found[0]
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}:\n{text}")
        time.sleep(0.005)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment without settings of ours but the cache folder, limits of threads, and a ban on bytecode files."""
    left_out = ("CAMSCOPE_", "OMP_", "MKL_", "OPENBLAS_", "MALLOC_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    cache = {name: os.environ[name] for name in ("CAMSCOPE_CACHE_DIR",) if name in os.environ}
    return kept | cache | dict(variables)
