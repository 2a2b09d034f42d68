"""Section 5: from the start of the process to its first answer, what imports take, and memory."""

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import servers
from bench.context import Context
from bench.load import fill, load
from bench.pictures import described, jpegs
from bench.results import Result, Row
from bench.uploads import ask

PHOTOS = 48
COLD_ROUNDS = 3
CLIENTS = 16
REQUESTS = 1000
REQUESTS_MIXED = 400
STORES = ("false", "true")
SCALES_MIXED = ("1", "1", "1", "3")
TIME_IMPORT = "import time; begun = time.perf_counter(); import app.main; print(time.perf_counter() - begun)"
WARM, COLD, LISTENING = "first answer, model there", "first answer, model made first", "listening, model there"
IMPORT = "import app.main"


def run(context: Context) -> Result:
    """Start the server again and again; then keep one and look at its memory."""
    files = jpegs(context.photos, PHOTOS)
    times = _starts(context, files[0])
    bars = {"start/warm": statistics.median(times[WARM])}
    memory_rows, memory_bars, notes = _memory(context, fill(context.scratch / "start", files))
    return Result(
        title="Start and memory",
        rows=[*(_time_row(name, seconds) for name, seconds in times.items()), *memory_rows],
        bars=bars | memory_bars,
        notes=[
            (
                "Start: from the start of `camscope serve`, its data folder fresh, to the answer to a photo. "
                f"{len(times[WARM])} starts; {len(times[COLD])} that make the model from its weights."
            ),
            *notes,
            f"Sent: {described(files)}.",
        ],
    )


def _starts(context: Context, file: bytes) -> dict[str, list[float]]:
    """Seconds of each kind of start, and of the import, in turn."""
    cache = {"CAMSCOPE_CACHE_DIR": str(context.cache_dir)}
    times: dict[str, list[float]] = {WARM: [], LISTENING: [], IMPORT: [], COLD: []}
    _first_answer(cache, file)  # reads what it needs from the disk, and compiles Python's files
    for done in range(context.rounds):
        listening, answered = _first_answer(cache, file)
        times[LISTENING].append(listening)
        times[WARM].append(answered)
        times[IMPORT].append(_import_s())
        if done < COLD_ROUNDS:
            fresh = context.scratch / f"cold-{done}"
            times[COLD].append(_first_answer({"CAMSCOPE_CACHE_DIR": str(fresh)}, file)[1])
    return times


def _first_answer(variables: Mapping[str, str], file: bytes) -> tuple[float, float]:
    """Seconds from the start of the process until it listens, and until it has answered."""
    begun = time.perf_counter()
    with servers.camscope(variables) as server:
        ask(server.url, file)
        return server.start_s, time.perf_counter() - begun


def _import_s() -> float:
    done = subprocess.run(
        [sys.executable, "-c", TIME_IMPORT],
        cwd=servers.ROOT,
        env=servers.environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _time_row(name: str, seconds: Sequence[float]) -> Row:
    return Row(name, statistics.median(seconds), "s", low=min(seconds), high=max(seconds), note="least and most")


def _memory(context: Context, folder: Path) -> tuple[list[Row], dict[str, float], list[str]]:
    """A server's resident memory: idle, after many requests, after some with a large input among them."""
    with servers.camscope({"CAMSCOPE_CACHE_DIR": str(context.cache_dir)}) as server:
        found = {"idle": server.memory}
        served = [load(server, folder, CLIENTS, count=REQUESTS, warm=0, store=STORES)]
        found[f"after {REQUESTS:,} requests"] = at_scale_1 = server.memory
        served.append(load(server, folder, CLIENTS, count=REQUESTS_MIXED, warm=0, store=STORES, scale=SCALES_MIXED))
        found[f"after {REQUESTS_MIXED} more, a quarter at scale 3"] = mixed = server.memory
    for one in served:
        one.confirm("camscope serve")
    rows = [
        Row(f"memory {when}", memory.now_mb, "MB", note=f"at most {memory.most_mb:.0f} MB until then")
        for when, memory in found.items()
    ]
    note = (
        f"Memory: resident, of the serving process, in MB of 1,000,000 bytes; {CLIENTS} clients, half of the requests "
        "with store=true."
    )
    return rows, {"start/memory": at_scale_1.now_mb, "start/memory-scale-3": mixed.now_mb}, [note]
