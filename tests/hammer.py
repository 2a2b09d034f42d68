"""Clients by the thousand, in a process of their own: `python -m tests.hammer PLAN` prints what became of them.

A client sends its photo over a connection of its own as fast as it is taken, listens meanwhile, and counts the time
from its whole header to the first byte of the answer. Refused it comes again, after what Retry-After says or at once.
"""

import asyncio
import itertools
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import uvloop

BOUNDARY = "hammer-boundary"
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
RETRY = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)
COME_LATER = (429, 503)
HEALTH_EVERY_S = 0.05
PATIENCE_S = 60.0


@dataclass
class Plan:
    """What to do.

    Attributes:
        port: of the server
        photos: files, sent in turn; what follows a JPEG's end makes each upload another
        clients: how many at once
        seconds: how long each comes again; 0: one upload each
        padding: bytes behind each photo
        obeys: whether a refused client waits as long as it was told
        fields: of the form, besides the photo
        first: number of the first upload
    """

    port: int
    photos: Sequence[str]
    clients: int
    seconds: float = 0
    padding: int = 0
    obeys: bool = True
    fields: dict[str, str] = field(default_factory=dict)
    first: int = 0


@dataclass
class Outcome:
    """What became of it.

    Attributes:
        statuses: how many answers of each; 0 for a connection that ended without one
        answered_s: from the first request to the last answer
        refusal_ms: from header to answer, of all refusals, sorted
        accepted_ms: the same of the others
        retry_after_s: what the refused were told
        without_retry: refusals that do not say when to come back
        kept: ids of what was kept
        health_ms: all answers of /healthz, sorted
        bodies: the first answer of each status
    """

    statuses: Counter[int] = field(default_factory=Counter)
    answered_s: float = 0
    refusal_ms: list[float] = field(default_factory=list)
    accepted_ms: list[float] = field(default_factory=list)
    retry_after_s: Counter[int] = field(default_factory=Counter)
    without_retry: int = 0
    kept: list[str] = field(default_factory=list)
    health_ms: list[float] = field(default_factory=list)
    bodies: dict[int, str] = field(default_factory=dict)


class Line(asyncio.Protocol):
    """One connection, one question at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport = None  # type: ignore[assignment]
        self.received = bytearray()
        self.first_at = 0.0
        self.is_open = False
        self.changed = asyncio.Event()
        self._may_write = asyncio.Event()
        self._may_write.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.is_open = transport, True  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.first_at = self.first_at or time.perf_counter()
        self.received += data
        self.changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self.changed.set()
        self._may_write.set()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    async def ask(self, head: bytes, body: Sequence[bytes] = ()) -> tuple[int, bytes, bytes, float]:
        """Status (0: none), header, body, and milliseconds from the whole header to the answer's first byte."""
        self.received.clear()
        self.first_at = 0.0
        self.transport.write(head)
        began = time.perf_counter()
        sending = asyncio.ensure_future(self._send(body))
        try:
            answer = await asyncio.wait_for(self._answer(), PATIENCE_S)
            if self.is_open and b"connection: close" not in answer[1].lower():
                await sending  # or the connection could not go on
        except TimeoutError:
            answer = 0, b"", b""
        finally:
            sending.cancel()
        return *answer, (self.first_at - began) * 1e3

    async def _send(self, body: Sequence[bytes]) -> None:
        for piece in body:
            for start in range(0, len(piece), 65536):
                await self._may_write.wait()
                if not self.is_open:
                    return
                self.transport.write(piece[start : start + 65536])

    async def _answer(self) -> tuple[int, bytes, bytes]:
        while True:
            head, found, rest = bytes(self.received).partition(b"\r\n\r\n")
            if found:
                length = LENGTH.search(head)
                size = int(length[1]) if length else 0
                status = STATUS.match(head)
                if status and len(rest) >= size:
                    return int(status[1]), head, rest[:size]
            if not self.is_open:
                return 0, head, rest
            self.changed.clear()
            await self.changed.wait()


async def connected(port: int) -> Line:
    """A new connection."""
    _, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", port)
    return line


class Hammer:
    """Runs a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.outcome = Outcome()
        self._numbers: Iterator[int] = itertools.count(plan.first)
        self._photos = [_read(path) for path in plan.photos]
        self._padding = bytes(plan.padding)
        fields = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in plan.fields.items()
        )
        self._opening = (
            f'{fields}--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="photo.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode()

    async def run(self) -> Outcome:
        """All of it."""
        with Health(self.plan.port) as health:
            self._began = time.perf_counter()
            await asyncio.gather(*(self._client() for _ in range(self.plan.clients)))
            self.outcome.answered_s = time.perf_counter() - self._began
            await asyncio.sleep(2 * HEALTH_EVERY_S)
            self.outcome.health_ms = health.end()
        self.outcome.refusal_ms.sort()
        self.outcome.accepted_ms.sort()
        return self.outcome

    async def _client(self) -> None:
        line: Line | None = None
        while True:
            number = next(self._numbers)
            try:
                line = line if line and line.is_open else await connected(self.plan.port)
                wait_s = await self._upload(line, number)
            except OSError:
                self.outcome.statuses[0] += 1
                wait_s = 0
            if time.perf_counter() - self._began + wait_s >= self.plan.seconds:
                break
            await asyncio.sleep(wait_s)
        if line:
            line.transport.abort()

    async def _upload(self, line: Line, number: int) -> float:
        """One upload; how long to wait before the next one."""
        photo = self._photos[number % len(self._photos)]
        body = (self._opening, photo, b"%016d" % number, self._padding, f"\r\n--{BOUNDARY}--\r\n".encode())
        head = (
            f"POST /api/v1/explanations HTTP/1.1\r\nHost: 127.0.0.1\r\nCamscope-Owner: hammer-of-the-tests\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {sum(map(len, body))}\r\n\r\n"
        ).encode()
        status, header, said, ms = await line.ask(head, body)
        self.outcome.statuses[status] += 1
        self.outcome.bodies.setdefault(status, said[:500].decode(errors="replace"))
        if status not in COME_LATER:
            self.outcome.accepted_ms.append(ms)
            if status == 201:
                self.outcome.kept.append(json.loads(said)["id"])
            return 0
        self.outcome.refusal_ms.append(ms)
        told = RETRY.search(header)
        if told is None:
            self.outcome.without_retry += 1
            return 0
        self.outcome.retry_after_s[int(told[1])] += 1
        return int(told[1]) if self.plan.obeys else 0


class Health:
    """Asks for /healthz all the time, each time over a new connection, in a process that does nothing else."""

    def __init__(self, port: int) -> None:
        command = [sys.executable, "-c", f"from tests.hammer import ask_health; ask_health({port})"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> "Health":
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "begun\n"
        return self

    def end(self) -> list[float]:
        """Milliseconds of all answers, sorted."""
        told, _ = self._process.communicate()
        return sorted(json.loads(told))

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def ask_health(port: int) -> None:
    """What `Health` runs: until its standard input is closed."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    took: list[float] = []
    print("begun", flush=True)
    while not ended.is_set():
        began = time.perf_counter()
        with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert line.recv(1000).startswith(b"HTTP/1.1 200 ")
        took.append((time.perf_counter() - began) * 1e3)
        time.sleep(HEALTH_EVERY_S)
    print(json.dumps(took), flush=True)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


def main() -> None:
    """Run the plan that is the argument, as JSON."""
    plan = Plan(**json.loads(sys.argv[1]))
    print(json.dumps(vars(uvloop.run(Hammer(plan).run()))))


if __name__ == "__main__":
    main()
