"""Far more clients than can be served, and clients that would rather hold than be served; a server as a process."""

import contextlib
import json
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.bundles import make_bundle
from tests.pictures import picture
from tests.served import answer, connected, until
from tests.test_app_protocol import NOWHERE, POST, form, upload
from tests.test_app_serving import ROOT, environment

pytestmark = pytest.mark.torture

CLIENTS, PADDING_BYTES = 1000, 5_000_000
REFUSAL_MS, HEALTH_MS = 50, 500  # bars for 99 %, on a machine that does nothing else
BUSY = 10  # how many times that on any other
ENOUGH = 20  # answers, to say something of 99 %
MEMORY_MB = 1024
GROWTH_MB, GROWTH_FILES = 64, 8
MIXED = 10_000
FEW = 60  # descriptors that are connections, or are listened on
QUICK_S = 5.0
LEFT_SENDING, LEFT_WAITING, RESET = "left while sending", "left while waiting", "reset while sending"
ANSWERS = {
    "a photo: 201", "no picture: 415", "another field: 400", "no HTTP: 400", "a body for nobody: 404",
    LEFT_SENDING, LEFT_WAITING, RESET,
}  # fmt: skip
KINDS = sorted({answered.split(":")[0] for answered in ANSWERS})
Tell = Callable[[str], None]


class Process:
    """A server, with what the system says of it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.pid, self.port = process.pid, port

    @property
    def memory_mb(self) -> float:
        """Of all its processes together, what they share counted for each."""
        return self._memory_mb("VmRSS")

    @property
    def most_memory_mb(self) -> float:
        """The most that each of those that are there has had, together."""
        return self._memory_mb("VmHWM")

    def _memory_mb(self, name: str) -> float:
        kilobytes = 0
        for pid in self._tree(self.pid):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
                kilobytes += int(found[1]) if found else 0  # one that has just ended has none
        return kilobytes / 1024

    def _tree(self, pid: int) -> list[int]:
        """A process, and all that it and its children started."""
        found = [pid]
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                for child in (task / "children").read_text().split():
                    found += self._tree(int(child))
        return found

    def _descriptors(self) -> list[str]:
        found = []
        for one in Path(f"/proc/{self.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.append(str(one.readlink()))
        return found

    @property
    def files(self) -> list[str]:
        """What its descriptors lead to, but for connections."""
        return [name for name in self._descriptors() if not name.startswith("socket:")]

    @property
    def connections(self) -> int:
        """And how many of these; what it listens on counts too."""
        return len(self._descriptors()) - len(self.files)


@contextlib.contextmanager
def running(folder: Path, *arguments: str, **variables: str) -> Iterator[Process]:
    """`camscope serve`, its messages in a file."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "app", "serve", "--port", "0", *arguments]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(folder) | variables, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            assert process.stdout is not None
            found = re.search(r"http://[^:]+:(\d+)", process.stdout.readline())
            assert found, (folder / "log").read_text()
            yield Process(process, int(found[1]))
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
        finally:
            process.kill()
            process.communicate()
    assert "Traceback" not in (folder / "log").read_text()


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Show figures, whatever becomes of the test."""

    def shown(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return shown


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("photos")
    paths = []
    for number in range(8):
        path = folder / f"{number}.jpg"
        path.write_bytes(picture((number * 30, 255 - number * 30, 128), size=(500, 375)))
        paths.append(str(path))
    return paths


@pytest.fixture(scope="module")
def network(embedded_path: Path) -> list[str]:
    """The options that serve the default network."""
    return ["--model", str(embedded_path)]


@pytest.fixture
def tiny(tmp_path: Path) -> list[str]:
    return ["--model", str(make_bundle(tmp_path / "bundles"))]


def hammered(**plan: Any) -> Any:
    """What became of a plan of tests/hammer.py."""
    command = [sys.executable, "-m", "tests.hammer", json.dumps(plan)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def spread(ms: list[float]) -> str:
    """How sorted figures lie."""
    if not ms:
        return "none"
    return f"median {ms[len(ms) // 2]:.1f}, 99 % {late(ms):.1f}, most {ms[-1]:.1f} ms of {len(ms)}"


def late(ms: list[float]) -> float:
    """What 99 % of sorted figures are below."""
    return ms[int(0.99 * len(ms))]


def waiting_room_ms(port: int, seconds: float, stop: threading.Event) -> list[float]:
    """How long refusals take from the whole header to the answer, of a client that asks without a body."""
    took = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and not stop.is_set():
        with connected(port) as line:
            line.sendall(POST + b"Content-Length: 5000000\r\n")
            time.sleep(0.01)
            began = time.perf_counter()
            line.sendall(b"\r\n")
            line.settimeout(1)
            with contextlib.suppress(TimeoutError):
                if answer(line)[0] == 429:
                    took.append((time.perf_counter() - began) * 1e3)
        time.sleep(0.02)
    return sorted(took)


def ids_kept(folder: Path) -> set[str]:
    return {path.name for path in (folder / "data" / "explanations").glob("*/*") if path.is_dir()}


@pytest.mark.parametrize("padding", [0, PADDING_BYTES])
def test_a_thousand_uploads_at_once(
    tmp_path: Path, photos: list[str], network: list[str], padding: int, tell: Tell
) -> None:
    with running(tmp_path, *network) as server:
        hammered(port=server.port, photos=photos, clients=4, seconds=2, first=10**9)  # warm
        before, stop = server.most_memory_mb, threading.Event()
        with ThreadPoolExecutor() as pool:
            refusals = pool.submit(waiting_room_ms, server.port, 60, stop)
            told = hammered(port=server.port, photos=photos, clients=CLIENTS, padding=padding)
            stop.set()
        most, asked = server.most_memory_mb, refusals.result()
        kept, statuses = ids_kept(tmp_path), {int(status): count for status, count in told["statuses"].items()}
        tell(
            f"{CLIENTS} uploads, {padding / 1e6:g} MB more than a photo: {statuses} in {told['answered_s']:.1f} s; "
            f"refusals, the client's own time included: {spread(told['refusal_ms'])}; those of a quiet client beside "
            f"them: {spread(asked)} (bar {REFUSAL_MS}); health: {spread(told['health_ms'])} (bar {HEALTH_MS}); "
            f"memory of all processes {before:.0f} to {most:.0f} MB (bar {MEMORY_MB})"
        )
        assert set(statuses) <= {200, 201, 429, 503}
        assert statuses[201] >= 1
        assert told["without_retry"] == 0
        assert set(told["kept"]) <= kept
        assert most < MEMORY_MB
        if len(asked) >= ENOUGH:
            assert late(asked) < BUSY * REFUSAL_MS
        if not padding:  # otherwise most of that time is the client's own, which sends gigabytes
            assert late(told["refusal_ms"]) < 4 * BUSY * REFUSAL_MS
        assert told["health_ms"][-1] < BUSY * HEALTH_MS
        until(lambda: server.connections < FEW)
        hammered(port=server.port, photos=photos, clients=1, first=10**10)


def test_goodput_holds_at_twice_and_ten_times_the_load(
    tmp_path: Path, photos: list[str], network: list[str], tell: Tell
) -> None:
    fields = {"store": "false"}
    with running(tmp_path, *network) as server:
        goodput: dict[str, float] = {}
        retries: dict[str, Any] = {}
        numbers = iter(range(10**9, 10**12, 10**9))

        def measured(name: str, clients: int, obeys: bool) -> None:
            told = hammered(
                port=server.port, photos=photos, clients=clients, seconds=6, obeys=obeys, fields=fields,
                first=next(numbers),
            )  # fmt: skip
            assert set(told["statuses"]) <= {"200", "429", "503"}, told["bodies"]
            goodput[name] = told["statuses"]["200"] / told["answered_s"]
            retries[name] = told["statuses"]

        measured("warm", 8, True)
        for clients in (8, 16, 32):
            measured(f"{clients} clients", clients, True)
        peak = max(goodput.values())
        for factor in (2, 10):
            for obeys, name in ((True, "that wait"), (False, "that come again at once")):
                measured(f"{factor} x 32 {name}", factor * 32, obeys)
        tell(f"goodput, photos a second: { {name: round(rate, 1) for name, rate in goodput.items()} }; {retries}")
        for name, rate in goodput.items():
            assert rate > 0.6 * peak or name == "warm", name  # the bar is 0.9, on a machine that does nothing else


class Crowd:
    """Clients that hold a connection each, and say a byte now and then."""

    def __init__(self, port: int, begun: bytes, count: int, trickle: bytes = b"", every_s: float = 5.0) -> None:
        self.lines = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(count)]
        self.began = time.monotonic()
        self.ended: list[float] = []
        self._begun, self._trickle, self._every_s = begun, trickle, every_s
        self._threads = [threading.Thread(target=self._hold, args=(line,)) for line in self.lines]
        for thread in self._threads:
            thread.start()

    def _hold(self, line: socket.socket) -> None:
        line.settimeout(self._every_s)
        try:
            if self._begun:
                line.sendall(self._begun)
            while True:
                with contextlib.suppress(TimeoutError):
                    if not line.recv(65536):
                        break
                    continue
                if self._trickle:
                    line.sendall(self._trickle)
        except OSError:
            pass
        self.ended.append(time.monotonic() - self.began)
        line.close()

    def wait(self) -> float:
        """How long the last one was let be."""
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()
        return max(self.ended)


def quickest(port: int, stop: threading.Event) -> list[float]:
    """How long a good client waits for each of its answers, also where it is first told to come a little later."""
    took: list[float] = []
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        while not stop.is_set():
            began = time.perf_counter()
            photo = picture((len(took) % 256, len(took) // 256, 7), kind="PNG")
            while (said := client.post("/api/v1/explanations", files={"image": ("a.png", photo)})).status_code == 429:
                time.sleep(0.2)
            assert said.status_code == 201, said.text
            took.append((time.perf_counter() - began) * 1e3)
            time.sleep(0.05)
    return sorted(took)


def test_slow_and_idle_clients_are_sent_away_while_good_ones_are_served(
    tmp_path: Path, tiny: list[str], tell: Tell
) -> None:
    crowds: dict[str, tuple[Callable[[int], Crowd], float]] = {
        "idle": (lambda port: Crowd(port, b"", 200), 10),
        "slow headers": (lambda port: Crowd(port, b"GET / HTTP/1.1\r\n", 200, b"a"), 10),
        "slow bodies": (lambda port: Crowd(port, upload(form(bytes(100_000)))[:400], 60, b"a"), 60),
        "slow small bodies": (lambda port: Crowd(port, upload(form(picture()))[:400], 200, b"a"), 60),
    }
    with running(tmp_path, *tiny) as server, ThreadPoolExecutor() as pool:
        stop = threading.Event()
        good = pool.submit(quickest, server.port, stop)
        held = {name: make(server.port) for name, (make, _) in crowds.items()}
        ended = {name: crowd.wait() for name, crowd in held.items()}
        stop.set()
        took = good.result()
        tell(
            f"let be for { {name: round(seconds, 1) for name, seconds in ended.items()} } s; "
            f"a good client's answers meanwhile: {spread(took)}"
        )
        for name, (_, deadline_s) in crowds.items():
            assert ended[name] < deadline_s + QUICK_S + 5, name
        assert took[-1] < QUICK_S * 1e3
        until(lambda: server.connections < FEW)


def test_who_takes_no_answer_is_let_go_and_holds_up_nobody(tmp_path: Path, tiny: list[str], tell: Tell) -> None:
    with running(tmp_path, *tiny, CAMSCOPE_ANSWER_TIMEOUT_S="5") as server, ThreadPoolExecutor() as pool:
        stop = threading.Event()
        good = pool.submit(quickest, server.port, stop)
        lines = []
        for _ in range(50):
            line = socket.socket()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.connect(("127.0.0.1", server.port))
            line.sendall(b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n" * 12)
            lines.append(line)
        time.sleep(20)
        stop.set()
        took = good.result()
        tell(f"a good client's answers beside 50 that take none: {spread(took)}")
        until(lambda: server.connections < FEW)
        assert took[-1] < QUICK_S * 1e3
        for line in lines:
            line.close()


def metrics(line: socket.socket) -> bytes:
    line.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    return answer(line)[2]


def disturbed(port: int, kind: str, number: int) -> str:
    """One request, good or bad; what became of it."""
    body = form(picture((number % 251, number % 241, number % 239), kind="PNG") + b"%d" % number)
    sent = {
        "a photo": upload(body),
        "no picture": upload(form(b"no picture at all")),
        "another field": upload(form(body, b"other")),
        "no HTTP": b"NONSENSE %d\r\n\r\n" % number,
        "a body for nobody": NOWHERE + b"Content-Length: 300000\r\n\r\n" + bytes(300_000),
        LEFT_SENDING: upload(body)[: len(body) // 2],
        LEFT_WAITING: upload(body),
        RESET: upload(body + bytes(200_000))[:100_000],
    }[kind]
    with connected(port) as line:
        if kind == RESET:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.sendall(sent)
        return kind if kind in (LEFT_SENDING, LEFT_WAITING, RESET) else f"{kind}: {answer(line)[0]}"


def test_ten_thousand_good_and_bad_requests_leave_nothing_behind(tmp_path: Path, tiny: list[str], tell: Tell) -> None:
    chance = random.Random(5)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with running(tmp_path, *tiny, TMPDIR=str(temporary), CAMSCOPE_LOG_LEVEL="warning") as server:
        statuses = Counter([disturbed(server.port, "a photo", MIXED)])
        began = set(temporary.rglob("*"))  # libraries leave files of their own
        seen: list[tuple[float, int]] = []
        with ThreadPoolExecutor(16) as pool:
            for start in range(0, MIXED, MIXED // 10):
                numbers = range(start, start + MIXED // 10)
                kinds = [chance.choice(KINDS) for _ in numbers]
                statuses.update(pool.map(disturbed, [server.port] * len(kinds), kinds, numbers))
                until(lambda: server.connections < FEW)
                seen.append((server.memory_mb, len(server.files)))
        assert set(temporary.rglob("*")) <= began
        with connected(server.port) as line:
            until(lambda: b"camscope_queue_depth 0.0" in metrics(line))
            line.sendall(upload(form(picture((1, 2, 3)))))
            assert answer(line)[0] == 201
        tell(f"{MIXED} mixed requests: {dict(statuses)}; memory MB and files after each tenth: {seen}")
        assert set(statuses) <= {*ANSWERS, "a photo: 429", "no picture: 429", "another field: 429"}
        assert statuses.keys() >= ANSWERS
        (first_mb, first_files), (last_mb, last_files) = seen[2], seen[-1]
        assert last_mb < first_mb + GROWTH_MB
        assert last_files < first_files + GROWTH_FILES
        assert not [name for name in server.files if "(deleted)" in name and str(temporary) in name]
