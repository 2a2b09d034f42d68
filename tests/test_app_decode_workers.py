"""Processes that decode: what they answer, and what comes of one that hangs, breaks down or has gone."""

import contextlib
import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app import decode_workers, uploads
from app.config import Settings, bare_environment
from app.decode_job import Job
from app.decode_workers import FORK_SERVER, DecodeWorkers, Worker
from app.errors import NotReady
from app.fork_server import ForkServer
from model.errors import BrokenPhoto, OversizedPhoto, PhotoError, UnsupportedPhoto
from model.photos import open_photo
from model.preprocess import prepared_for
from model.spec import Preprocessing
from tests.conftest import ClientMaker
from tests.pictures import encoded, halves, picture

EXPLANATIONS = "/api/v1/explanations"
RULES = Preprocessing(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
WAIT_S = 60.0


class Losses:
    count = 0

    def add(self) -> None:
        self.count += 1


@pytest.fixture
def losses() -> Losses:
    return Losses()


@pytest.fixture
def workers(losses: Losses) -> Iterator[DecodeWorkers]:
    made = DecodeWorkers(Settings(max_megapixels=1, decode_timeout_s=WAIT_S), losses.add)
    yield made
    made.close()


def has_ended(pid: int) -> bool:
    """Whether there is no process of that number, or what is left of it waits to be forgotten."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def ends(pid: int) -> bool:
    """Whether a process comes to its end."""
    end = time.monotonic() + WAIT_S
    while not has_ended(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return has_ended(pid)


def pid_of(workers: DecodeWorkers) -> int:
    """The process that will do the next job."""
    with workers.on(picture()) as worker:
        worker.format()
        return worker.pid


LOSSLESS = ("PNG", "GIF", "BMP")  # of these small pictures keep their very pixels


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_an_input_is_the_same_as_if_it_were_made_here(workers: DecodeWorkers, kind: str, alone: bool) -> None:
    data = encoded(Image.open(io.BytesIO(halves())), kind)
    expected = prepared_for(RULES, open_photo(data), 1.5, alone)
    with workers.on(data, RULES, 1.5, alone, kept=True) as worker:
        prepared = worker.prepared(RULES)
        sha256, copy = worker.rest()
    assert np.array_equal(prepared.pixels, expected.pixels)
    assert (prepared.photo_size, prepared.scale) == (expected.photo_size, expected.scale) == ((192, 96), 1.5)
    assert sha256 == hashlib.sha256(data).hexdigest()
    with Image.open(io.BytesIO(copy)) as image:
        assert (image.format, image.size) == ("PNG" if kind in LOSSLESS else "JPEG", (192, 96))


def test_no_copy_is_made_where_none_is_kept(workers: DecodeWorkers) -> None:
    with workers.on(picture(), RULES) as worker:
        worker.prepared(RULES)
        assert worker.rest() == (hashlib.sha256(picture()).hexdigest(), b"")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", UnsupportedPhoto),
        (b"no picture", UnsupportedPhoto),
        (picture()[:300], BrokenPhoto),
        (picture(size=(1001, 1000), kind="PNG"), OversizedPhoto),
    ],
)
@pytest.mark.parametrize("rules", [RULES, None])
def test_what_cannot_be_decoded_is_refused_and_costs_no_process(
    workers: DecodeWorkers, losses: Losses, data: bytes, error: type[PhotoError], rules: Preprocessing | None
) -> None:
    before = pid_of(workers)
    with workers.on(data, rules) as worker, pytest.raises(error) as refused:
        worker.prepared(RULES) if rules else worker.format()
    with pytest.raises(error) as here:
        open_photo(data, 1).read()
    assert str(refused.value) == str(here.value)
    assert (pid_of(workers), losses.count) == (before, 0)


def test_a_process_that_hangs_is_replaced(losses: Losses) -> None:
    workers = DecodeWorkers(Settings(decode_timeout_s=0.3), losses.add)
    with contextlib.closing(workers):
        hung = pid_of(workers)
        os.kill(hung, signal.SIGSTOP)
        with workers.on(picture()) as worker, pytest.raises(BrokenPhoto, match=r"longer than 0\.3 s"):
            worker.format()
        assert has_ended(hung)
        assert losses.count == 1
        assert pid_of(workers) != hung


def test_a_process_that_breaks_down_over_a_picture_is_replaced(workers: DecodeWorkers, losses: Losses) -> None:
    broken = pid_of(workers)
    os.kill(broken, signal.SIGSTOP)
    with workers.on(picture()) as worker:
        os.kill(broken, signal.SIGSEGV)
        os.kill(broken, signal.SIGCONT)
        with pytest.raises(BrokenPhoto, match="broke down"):
            worker.format()
    assert losses.count == 1
    assert pid_of(workers) != broken


def test_a_picture_is_not_refused_for_a_process_that_ended_while_it_was_idle(
    workers: DecodeWorkers, losses: Losses
) -> None:
    idle = pid_of(workers)
    os.kill(idle, signal.SIGKILL)
    assert ends(idle)
    assert pid_of(workers) != idle
    assert losses.count == 1


def test_a_job_that_is_left_before_it_is_done_ends_its_process(workers: DecodeWorkers, losses: Losses) -> None:
    with workers.on(picture(), RULES) as worker:
        worker.prepared(RULES)
    assert has_ended(worker.pid)
    assert losses.count == 1
    assert pid_of(workers) != worker.pid


def test_processor_time_is_limited_though_nobody_watches(workers: DecodeWorkers) -> None:
    worker, large = Worker(), picture(size=(6000, 6000), kind="PNG")
    worker.begin(large, Job(len(large), 50, 0.01))
    assert ends(worker.pid)
    worker.close()


def test_memory_is_limited() -> None:
    worker, large = Worker(), picture(size=(9000, 9000), kind="WEBP")
    worker.begin(large, Job(len(large), 81, WAIT_S))
    assert worker.format() == "WEBP"
    limits = Path(f"/proc/{worker.pid}/limits").read_text()
    soft = next(line.split()[3] for line in limits.splitlines() if line.startswith("Max address space"))
    assert 81e6 * 20 < int(soft) < 81e6 * 40
    assert "Max core file size        0" in limits
    worker.close()


def test_a_picture_that_needs_more_memory_than_it_may_have_is_refused() -> None:
    code = """
import io, resource
from PIL import Image
from app.decode_child import answers
from app.decode_job import Job
file = io.BytesIO()
Image.new("RGB", (9000, 9000)).save(file, "WEBP")
import os
memory = os.memfd_create("x")
os.pwrite(memory, file.getvalue(), 0)
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 2**27, resource.RLIM_INFINITY))
print(list(answers(Job(len(file.getvalue()), 100, 60.0), memory)))
"""
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "'refused': 'BrokenPhoto'" in said


def test_a_process_serves_so_many_jobs(workers: DecodeWorkers, losses: Losses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_workers, "JOBS_EACH", 3)
    first = pid_of(workers)
    assert [pid_of(workers) == first for _ in range(3)] == [True, True, False]
    assert has_ended(first)
    assert losses.count == 0


def test_the_memory_of_a_large_upload_is_given_back(workers: DecodeWorkers) -> None:
    large = picture(size=(999, 999), kind="BMP") + bytes(10 * 2**20)
    with workers.on(large) as worker:
        assert worker.format() == "BMP"
    assert os.fstat(worker._memory).st_size >= len(large)
    with workers.on(picture()) as again:
        assert again is worker
        assert os.fstat(worker._memory).st_size == len(picture())
        worker.format()


def test_several_threads_have_a_process_each(workers: DecodeWorkers) -> None:
    with ThreadPoolExecutor(4) as threads:
        shades = [threads.submit(_red_of, workers, shade) for shade in range(0, 256, 5)]
        assert [future.result() for future in shades] == list(range(0, 256, 5))
    assert 1 <= len(workers._idle) <= 4


def _red_of(workers: DecodeWorkers, shade: int) -> int:
    with workers.on(picture((shade, 0, 0), kind="PNG"), RULES) as worker:
        red: int = worker.prepared(RULES).pixels[0, 0, 0]
        worker.rest()
    return int(red)


def test_where_there_can_be_no_process_the_server_is_not_ready(
    workers: DecodeWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Any) -> int:
        raise OSError

    monkeypatch.setattr(FORK_SERVER, "fork", refuse)
    with pytest.raises(NotReady), workers.on(picture()):
        pass


def test_the_process_that_forks_is_begun_anew_where_it_has_gone(workers: DecodeWorkers) -> None:
    pid_of(workers)
    assert FORK_SERVER._process is not None
    gone = FORK_SERVER._process.pid
    FORK_SERVER._process.kill()
    assert ends(gone)
    with workers.on(picture()) as first, workers.on(picture()) as second:
        assert first.format() == second.format() == "JPEG"
    assert FORK_SERVER._process.pid != gone


def test_all_processes_end_with_the_server() -> None:
    code = """
import os, signal, sys
from app.config import Settings, bare_environment
from app.decode_workers import FORK_SERVER, DecodeWorkers
from tests.pictures import picture
with DecodeWorkers(Settings()).on(picture()) as worker:
    worker.format()
print(FORK_SERVER._process.pid, worker.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).resolve().parent.parent
    said = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=root)
    assert said.returncode == -signal.SIGKILL
    for pid in map(int, said.stdout.split()):
        assert ends(pid)


def test_it_does_not_know_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMSCOPE_TOKEN", "a secret")
    server = ForkServer("app.decode_child", bare_environment)
    server.start()
    assert server._process is not None
    known = Path(f"/proc/{server._process.pid}/environ").read_bytes()
    server.close()
    assert b"PATH=" in known
    assert b"CAMSCOPE_" not in known


def test_a_fork_server_that_cannot_start_says_so() -> None:
    server = ForkServer("app.there_is_no_such_module", lambda: os.environ)
    with pytest.raises(ConnectionError):
        server.fork([])
    server.end(1)
    server.close()


def test_a_picture_that_breaks_the_decoder_is_a_422_and_the_next_one_is_answered(make_client: ClientMaker) -> None:
    client = make_client(decode_slots=1)
    assert client.post(EXPLANATIONS, files={"image": ("a", picture())}).status_code == 201
    uploads = client.app.state.explainer._uploads  # type: ignore[attr-defined]
    [worker] = uploads.workers._idle
    os.kill(worker.pid, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(client.post, EXPLANATIONS, files={"image": ("a", picture((1, 2, 3)))})
        end = time.monotonic() + WAIT_S
        while not worker.busy:
            assert time.monotonic() < end
            time.sleep(0.001)
        os.kill(worker.pid, signal.SIGKILL)
        refused = asked.result(WAIT_S)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert client.post(EXPLANATIONS, files={"image": ("a", picture((4, 5, 6)))}).status_code == 201


def test_a_stop_that_is_told_to_the_whole_group_ends_no_decoding(workers: DecodeWorkers, losses: Losses) -> None:
    before = pid_of(workers)
    assert FORK_SERVER._process is not None
    for pid in (before, FORK_SERVER._process.pid):
        os.kill(pid, signal.SIGTERM)
    assert (pid_of(workers), losses.count) == (before, 0)
    assert FORK_SERVER._process.poll() is None


def test_a_late_answer_of_the_fork_server_is_not_taken_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.fork_server.ANSWER_WAIT_S", 20.0)
    server = ForkServer("app.decode_child", bare_environment)
    with contextlib.closing(server):
        ours, theirs = os.pipe()
        first = server.fork([theirs, ours])
        assert server._socket is not None
        assert server._process is not None
        server._socket.settimeout(0.1)
        old = server._process.pid
        os.kill(old, signal.SIGSTOP)
        ending = ThreadPoolExecutor(1)
        ended = ending.submit(server.end, first)
        end = time.monotonic() + WAIT_S
        while server._socket is not None and time.monotonic() < end:
            time.sleep(0.01)
        os.kill(old, signal.SIGCONT)
        ended.result(WAIT_S)
        assert server.fork([theirs, ours]) not in (first, old)
        ending.shutdown()
        for descriptor in (ours, theirs):
            os.close(descriptor)


def test_the_stop_waits_for_no_decoder_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "CLOSE_S", 0.2)
    reader = uploads.Uploads(Settings(decode_slots=1, decode_timeout_s=WAIT_S))

    large = encoded(Image.effect_noise((3000, 2000), 80).convert("RGB"), "PNG")  # takes longer than being stopped

    def decode() -> Any:
        with reader.workers.on(large, RULES) as worker:
            os.kill(worker.pid, signal.SIGSTOP)
            begun.set()
            with reader.workers.on(large, RULES) as second:
                os.kill(second.pid, signal.SIGSTOP)
                return worker.prepared(RULES)

    begun = threading.Event()
    waiting = reader.submit(decode)
    assert begun.wait(WAIT_S)
    reader.close()
    with pytest.raises(NotReady):
        waiting.result(0)


def test_a_process_is_not_believed_that_has_written_less_than_it_says(workers: DecodeWorkers) -> None:
    with workers.on(picture(), RULES) as worker:
        reply = worker._reply

        def cut(last: bool = False) -> dict[str, Any]:
            said = reply(last)
            os.ftruncate(worker._memory, 1000)
            return said

        worker._reply = cut  # type: ignore[method-assign]
        with pytest.raises(BrokenPhoto, match="broke down"):
            worker.prepared(RULES)


def test_what_decodes_loads_nothing_of_the_web() -> None:
    """It starts beside the server: whatever it loads needlessly takes time from that."""
    script = "import sys, app.decode_child; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"app.errors", "babel", "fastapi", "jinja2", "sqlalchemy", "starlette"} & set(loaded)
