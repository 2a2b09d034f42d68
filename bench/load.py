"""Load on a server, measured: `python -m bench.load --clients 16 --seconds 10 --store false`.

Starts `camscope serve` with a fresh data folder, or takes a server that runs (`--url`, `--pid`).
"""

import argparse
import contextlib
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import servers
from bench.pictures import jpegs, large_jpeg
from bench.processes import Memory, memory
from bench.results import Disagreement

PHOTOS = 48


@dataclass(frozen=True)
class Measured:
    """What one run of the client found.

    Attributes:
        seconds: that were measured
        latencies_ms: of each answer in them
        statuses: how many answers had which status; "lost" are connections that ended without one
        client_cpu_ms: of the client's process, per answer
        server_cpu_ms: of the server's processes, per answer
        checked: how many answers were looked at in full
        wrong: what was wrong with some of them
    """

    seconds: float
    latencies_ms: Sequence[float]
    statuses: Mapping[str, int]
    client_cpu_ms: float
    server_cpu_ms: float
    checked: int
    wrong: Sequence[str]

    def confirm(self, name: str) -> None:
        """Make sure that what was timed was right.

        Raises:
            Disagreement: some answers were wrong; a refusal or a lost connection is no answer
        """
        if self.wrong:
            raise Disagreement(f"{name} gave wrong answers: {'; '.join(self.wrong)}")

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies_ms) / self.seconds

    def percentile(self, percent: float) -> float:
        """Of the latencies, in ms."""
        return percentile(self.latencies_ms, percent)

    def __str__(self) -> str:
        statuses = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        p50, p95, p99 = (self.percentile(percent) for percent in (50, 95, 99))
        return (
            f"{self.per_second:7.1f}/s   p50 {p50:7.1f}   p95 {p95:7.1f}   p99 {p99:7.1f} ms   "
            f"CPU ms: server {self.server_cpu_ms:.2f}, client {self.client_cpu_ms:.2f}   [{statuses}; "
            f"{self.checked} checked{''.join(f'; WRONG {fault}' for fault in self.wrong)}]"
        )


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which so many percent lie, in a straight line between neighbours; nan of nothing."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def load(
    server: servers.Server,
    folder: Path,
    clients: int,
    *,
    seconds: float = 5,
    count: int = 0,
    warm: float = 0.5,
    store: Sequence[str] = ("false",),
    scale: Sequence[str] = ("1",),
) -> Measured:
    """Run the client against a server.

    Args:
        server: to ask
        folder: of the JPEG files to send
        clients: how many at once
        seconds: how long to measure
        count: how many answers to measure instead
        warm: seconds before
        store: values of the form's field, in turn
        scale: the same
    """
    first = time.time_ns() // 1000  # numbers go up by less than one a microsecond, so none comes twice
    command = [
        *(sys.executable, "-m", "bench.client", str(folder), "--url", server.url, "--pid", str(server.pid)),
        *("--clients", str(clients), "--seconds", str(seconds), "--count", str(count), "--warm", str(warm)),
        *("--first", str(first)),
        *(part for value in store for part in ("--store", value)),
        *(part for value in scale for part in ("--scale", value)),
    ]
    done = subprocess.run(command, cwd=servers.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the client failed:\n{done.stderr}")
    return Measured(**json.loads(done.stdout))


def fill(folder: Path, files: Sequence[bytes]) -> Path:
    """Put JPEG files into a new folder, for the client to send in turn."""
    folder.mkdir()
    for index, file in enumerate(files):
        (folder / f"{index:03}.jpg").write_bytes(file)
    return folder


def main() -> None:
    """One line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, nargs="+", default=[16], help="how many at once")
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement")
    parser.add_argument("--store", nargs="+", default=["false"], choices=("true", "false", "mixed"))
    parser.add_argument("--scale", nargs="+", default=["1"], help="several: in turn, in one measurement")
    parser.add_argument("--upload", nargs="+", default=["photos"], choices=("photos", "large"))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--server", default="camscope", help="or one of bench/rivals/")
    parser.add_argument("--url", help="of a server that runs")
    parser.add_argument("--pid", type=int, help="of that server: its processor time and memory are shown")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="camscope-uploads-")))
        files = {"photos": lambda: jpegs(None, PHOTOS), "large": lambda: [large_jpeg(None)]}
        folders = {kind: fill(scratch / kind, files[kind]()) for kind in options.upload}
        server = stack.enter_context(_server(options))
        if server.pid:
            print(f"{server.url}, process {server.pid}: {_shown(server.memory)}", flush=True)
        for _ in range(options.rounds):
            for kind, clients, store in itertools.product(options.upload, options.clients, options.store):
                stores = ("true", "false") if store == "mixed" else (store,)
                measured = load(
                    server, folders[kind], clients, seconds=options.seconds, store=stores, scale=options.scale
                )
                print(f"{kind} {clients:3} clients, store {store:5} {measured}", flush=True)
        if server.pid:
            print(_shown(memory(server.pid)))


@contextlib.contextmanager
def _server(options: argparse.Namespace) -> Iterator[servers.Server]:
    if options.url:
        yield servers.Server("running", options.url.rstrip("/") + servers.API, options.pid or 0, 0)
    else:
        with servers.camscope() if options.server == "camscope" else servers.rival(options.server) as server:
            yield server


def _shown(found: Memory) -> str:
    return f"resident {found.now_mb:.0f} MB, at most {found.most_mb:.0f} MB"


if __name__ == "__main__":
    main()
