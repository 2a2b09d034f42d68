"""A load client that takes next to nothing of the cores it shares with the server: `python -m bench.client --help`.

N clients in a closed loop, each with a connection of its own that is kept alive: as soon as one has its answer
it sends its next photo. Requests are bytes made before the first is sent, the protocol is written straight on
asyncio (uvloop's), and answers are looked at for their status; every now and then one is checked in full. A client
that is told to come later does so after the time named in Retry-After, and its waiting counts as latency.

Prints one JSON object; the client's own processor time per request, and the server's, are in it.
"""

import argparse
import asyncio
import gc
import hashlib
import itertools
import json
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import uvloop

from bench.processes import processor_s
from bench.uploads import Request, request

CHECK_EVERY = 32
TOLERANCE = 1e-4
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
RETRY = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)
WRONG_KEPT = 5
FAULTS_TAKEN = 20
LOST_WAIT_S = 0.1
BEGIN_WITHIN_S = 0.1
CLOSING_S = 0.01
COME_LATER = (429, 503)
Stage = Literal["warming", "beginning", "measuring", "over"]


@dataclass
class Plan:
    """What to measure.

    Attributes:
        host: of the server
        port: of the server
        requests: sent in turn
        clients: how many at once
        seconds: how long to measure
        count: how many answers to measure instead
        warm_seconds: at least so long before that; and every client has had an answer
        pid: of the server, for its processor time
        first: the first request's number
    """

    host: str
    port: int
    requests: Sequence[Request]
    clients: int
    seconds: float = 5
    count: int = 0
    warm_seconds: float = 0.5
    pid: int = 0
    first: int = 0


class GaveUp(Exception):
    """Nothing can be measured, for most answers are wrong."""


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    body: bytes
    retry_after_s: int


class Connection(asyncio.Protocol):
    """One connection that is kept alive, one question at a time."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._body_at = 0
        self._whole = sys.maxsize
        self._answer: asyncio.Future[Answer] | None = None
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionError(f"a connection ended before its answer: {exc}"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._body_at and (end := self._received.find(b"\r\n\r\n")) >= 0:
            self._body_at = end + 4
            length = LENGTH.search(self._received, 0, end)
            self._whole = self._body_at + int(length[1]) if length else 0
        if len(self._received) >= self._whole and self._answer and not self._answer.done():
            self._answer.set_result(self._taken())

    def _taken(self) -> Answer:
        head, body = bytes(self._received[: self._body_at]), bytes(self._received[self._body_at :])
        self._received.clear()
        self._body_at, self._whole = 0, sys.maxsize
        later = RETRY.search(head)
        return Answer(int(head[9:12]), body, int(later[1]) if later else 1)

    async def ask(self, parts: Sequence[bytes]) -> Answer:
        """Send a request and wait for its answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.writelines(parts)
        return await self._answer

    def close(self) -> None:
        """End it."""
        self._transport.close()


class Load:
    """What the clients did; begins to count when all of them have had an answer."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.numbers: Iterator[int] = itertools.count(plan.first)
        self._stage: Stage = "warming"
        self._latencies_ms: list[float] = []
        self._statuses: Counter[str] = Counter()
        self._wrong: list[str] = []
        self._lost: list[str] = []
        self._labels: dict[int, str] = {}
        self._checked = self._faults = 0
        self._served: Counter[int] = Counter()
        self._began, self._seconds, self._own_s, self._server_s = time.perf_counter(), 0.0, 0.0, 0.0
        if not plan.warm_seconds:
            self._measure()

    @property
    def over(self) -> bool:
        """Whether enough was measured."""
        return self._stage == "over"

    def attempted(self, status: int) -> None:
        """Count an answer of any status."""
        if self._stage == "measuring":
            self._statuses[str(status)] += 1

    def answered(self, client: int, number: int, started: float, answer: Answer) -> None:
        """Take down the last answer to a request; `started` is when its first attempt began."""
        now = time.perf_counter()
        if answer.status >= 300:
            self._blame(f"{answer.status}: {answer.body[:200]!r}", self._wrong)
            return
        if self._stage == "measuring":
            self._latencies_ms.append((now - started) * 1e3)
        self._served[client] += 1
        if self._served.total() % CHECK_EVERY == 1:
            self._check(number, answer.body)
        if self._stage == "warming":
            if now - self._began >= self.plan.warm_seconds and len(self._served) == self.plan.clients:
                self._begin_soon()
        elif self.plan.count and len(self._latencies_ms) >= self.plan.count:
            self._stop()

    def lost(self, error: OSError) -> None:
        """Take down a connection that ended before its answer."""
        self._statuses["lost"] += 1
        self._blame(str(error), self._lost)

    def report(self) -> dict[str, Any]:
        """Everything, for JSON."""
        answers = max(1, len(self._latencies_ms))
        return {
            "seconds": self._seconds,
            "latencies_ms": self._latencies_ms,
            "statuses": dict(self._statuses),
            "client_cpu_ms": self._own_s * 1e3 / answers,
            "server_cpu_ms": self._server_s * 1e3 / answers,
            "checked": self._checked,
            "wrong": self._wrong,
        }

    def _begin_soon(self) -> None:
        """Begin at some moment, not at an answer: a batch's answers come together, and half of them would count."""
        self._stage = "beginning"
        asyncio.get_running_loop().call_later(random.uniform(0, BEGIN_WITHIN_S), self._measure)

    def _measure(self) -> None:
        self._stage = "measuring"
        self._own_s, self._server_s = _own_s(), self._of_server_s()
        self._began = time.perf_counter()
        if not self.plan.count:
            asyncio.get_running_loop().call_later(self.plan.seconds, self._stop)

    def _stop(self) -> None:
        if not self.over:
            self._seconds = time.perf_counter() - self._began
            self._own_s, self._server_s = _own_s() - self._own_s, self._of_server_s() - self._server_s
            self._stage = "over"

    def _of_server_s(self) -> float:
        return processor_s(self.plan.pid) if self.plan.pid else 0

    def _check(self, number: int, body: bytes) -> None:
        self._checked += 1
        index = number % len(self.plan.requests)
        try:
            answer = json.loads(body)
            label = check_explanation(answer, self.plan.requests[index].upload(number))
            if self._labels.setdefault(index, label) != label:
                self._blame(f"photo {index} was {self._labels[index]!r} before, now it is {label!r}", self._wrong)
        except (ValueError, KeyError, IndexError, TypeError) as error:
            self._blame(f"{error!r} in {body[:200]!r}", self._wrong)

    def _blame(self, fault: str, among: list[str]) -> None:
        self._faults += 1
        if len(among) < WRONG_KEPT:
            among.append(fault)
        if self._faults > max(FAULTS_TAKEN, self._served.total()):
            raise GaveUp(f"most answers are wrong: {'; '.join(self._wrong + self._lost)}")


def check_explanation(answer: dict[str, Any], upload: bytes) -> str:
    """Look at a whole answer: it is about this upload, and its maps add up to its logits.

    A rival's answer has a label alone.

    Returns:
        the first label

    Raises:
        ValueError: something is wrong
    """
    if "predictions" not in answer:
        return str(answer["label"])
    if answer["image"]["sha256"] != hashlib.sha256(upload).hexdigest():
        raise ValueError("the answer is about another photo")
    for prediction in answer["predictions"]:
        cells = [value for row in prediction["cam"] for value in row]
        off = sum(cells) / len(cells) + prediction["bias"] - prediction["logit"]
        if max(abs(off), abs(prediction["residual"])) > TOLERANCE:
            raise ValueError(f"mean(cam) + bias is off the logit by {off}")
    return str(answer["predictions"][0]["label"])


async def be_client(load: Load, place: int) -> None:
    """Send photo after photo until the load is over.

    Raises:
        GaveUp: most answers are wrong
    """
    plan, connection = load.plan, Connection()
    try:
        while not load.over:
            number, started = next(load.numbers), time.perf_counter()
            parts = plan.requests[number % len(plan.requests)].numbered(number)
            try:
                connection, answer = await _ask(plan, connection, parts)
                load.attempted(answer.status)
                while answer.status in COME_LATER and not load.over:
                    await asyncio.sleep(answer.retry_after_s)
                    connection, answer = await _ask(plan, connection, parts)
                    load.attempted(answer.status)
            except OSError as error:
                load.lost(error)
                await asyncio.sleep(LOST_WAIT_S)
                continue
            if answer.status not in COME_LATER:
                load.answered(place, number, started, answer)
    finally:
        if connection.open:
            connection.close()


async def _ask(plan: Plan, connection: Connection, parts: Sequence[bytes]) -> tuple[Connection, Answer]:
    """Ask, through a new connection where the server has closed the last."""
    if not connection.open:
        _, connection = await asyncio.get_running_loop().create_connection(Connection, plan.host, plan.port)
    return connection, await connection.ask(parts)


async def run(plan: Plan) -> dict[str, Any]:
    """Measure; answers under way at the end are waited for and not counted.

    Raises:
        GaveUp: most answers are wrong
    """
    load = Load(plan)
    clients = [asyncio.create_task(be_client(load, place)) for place in range(plan.clients)]
    try:
        await asyncio.gather(*clients)
    finally:
        for one in clients:
            one.cancel()
        await asyncio.wait(clients)
        await asyncio.sleep(CLOSING_S)
    return load.report()


def _own_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Read photos from a folder, send them, print what happened."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path, help="a folder of JPEG files")
    parser.add_argument("--url", default="http://127.0.0.1:8000/api/v1/explanations", help="where to send them")
    parser.add_argument("--clients", type=int, default=16, help="how many at once")
    parser.add_argument("--seconds", type=float, default=5, help="how long to measure")
    parser.add_argument("--count", type=int, default=0, help="how many answers to measure instead")
    parser.add_argument("--warm", type=float, default=0.5, help="seconds before, at least until all had an answer")
    parser.add_argument("--store", action="append", choices=("true", "false"), help="repeatable: in turn")
    parser.add_argument("--scale", action="append", help="repeatable: in turn")
    parser.add_argument("--pid", type=int, default=0, help="the server's, for its processor time")
    parser.add_argument("--first", type=int, default=0, help="number of the first request")
    options = parser.parse_args()
    url = urlsplit(options.url)
    host, port = url.hostname or "127.0.0.1", url.port or 80
    forms = [
        (("store", store), ("scale", scale)) for scale in options.scale or ["1"] for store in options.store or ["false"]
    ]
    files = [path.read_bytes() for path in sorted(options.photos.glob("*.jpg"))]
    requests = [request(file, url.path, f"{host}:{port}", form) for form in forms for file in files]
    interleaved = [each for photo in range(len(files)) for each in requests[photo :: len(files)]]
    plan = Plan(
        host,
        port,
        interleaved,
        options.clients,
        options.seconds,
        options.count,
        options.warm,
        options.pid,
        options.first,
    )
    gc.freeze()
    gc.disable()
    try:
        print(json.dumps(uvloop.run(run(plan))))
    except GaveUp as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
