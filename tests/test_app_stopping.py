"""A server told to stop while it is busy: who was promised an answer gets it, and keeps it."""

import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
import yaml

from app.config import Settings
from app.serving import ECHO_S, SHUTDOWN_GRACE_S
from tests.pictures import picture
from tests.processes import ROOT, Started, get, said, serving, slow, status

EXPLANATIONS = "/api/v1/explanations"
STOPPED = (0, -signal.SIGTERM, 128 + signal.SIGTERM)
WAIT_S = 60


def explain(server: Started, number: int) -> httpx2.Response:
    """A photo that nobody has sent before."""
    image = picture((number, 40, 90), kind="PNG")
    return httpx2.post(f"{server.url}{EXPLANATIONS}", files={"image": ("a.png", image)}, timeout=WAIT_S)


def in_flight(server: Started, visitors: ThreadPoolExecutor, count: int) -> list[Future[httpx2.Response]]:
    """So many photos under way, or on their way."""
    answers = [visitors.submit(explain, server, number) for number in range(count)]
    eventually(lambda: depth(server) >= min(2, count))
    return answers


def depth(server: Started) -> float:
    """How many photos have a place."""
    numbers = httpx2.get(f"{server.url}/metrics", timeout=WAIT_S).text
    return float(numbers.split("\ncamscope_queue_depth ")[1].split()[0])


def eventually(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
def test_what_is_under_way_is_finished_and_ready_turns_503_before_the_door_closes(
    tmp_path: Path, bundle_path: Path
) -> None:
    one_by_one = serving(tmp_path, bundle_path, slow(pass_s=0.4), CAMSCOPE_INFERENCE_WORKERS="1")
    with one_by_one as server, ThreadPoolExecutor(8) as visitors:
        assert status(f"{server.url}/readyz") == 200
        answers = in_flight(server, visitors, 6)
        for _ in range(2):  # as programs do that stop a process and its group
            server.process.terminate()
        eventually(lambda: status(f"{server.url}/readyz") == 503)
        alive = httpx2.get(f"{server.url}/healthz")
        assert (alive.status_code, alive.headers["connection"]) == (200, "close")
        answers.append(visitors.submit(explain, server, 99))
        acknowledged = [answer.result(WAIT_S).json()["id"] for answer in answers]
        assert [answer.result().status_code for answer in answers] == [201] * 7
        assert server.process.wait(WAIT_S) in STOPPED
        assert status(f"{server.url}/readyz") == 0
    assert "Traceback" not in said(tmp_path)
    with serving(tmp_path, bundle_path) as server:
        for one in acknowledged:
            assert get(f"{server.url}{EXPLANATIONS}/{one}")["id"] == one
            assert status(f"{server.url}{EXPLANATIONS}/{one}/cams.npy") == 200


@pytest.mark.slow
def test_a_second_signal_ends_it_at_once(tmp_path: Path, bundle_path: Path) -> None:
    with serving(tmp_path, bundle_path, slow(WAIT_S)) as server, ThreadPoolExecutor(1) as visitors:
        answers = in_flight(server, visitors, 1)
        server.process.terminate()
        eventually(lambda: status(f"{server.url}/readyz") == 503)
        time.sleep(2 * ECHO_S)
        begun = time.monotonic()
        server.process.terminate()
        assert server.process.wait(WAIT_S) == -signal.SIGTERM
        assert time.monotonic() - begun < SHUTDOWN_GRACE_S
        assert answers[0].exception(WAIT_S) is not None


@pytest.mark.slow
def test_a_pass_that_never_ends_does_not_keep_the_server_from_ending(tmp_path: Path, bundle_path: Path) -> None:
    limits = {"CAMSCOPE_EXPLANATION_TIMEOUT_S": "0.5", "CAMSCOPE_DRAIN_S": "0"}
    with serving(tmp_path, bundle_path, slow(10 * WAIT_S), **limits) as server:
        assert explain(server, 1).status_code == 504
        server.process.terminate()
        assert server.process.wait(WAIT_S) in STOPPED
    assert "Traceback" not in said(tmp_path)


def test_all_of_it_takes_20_seconds_at_most_and_the_container_is_given_more() -> None:
    drain_s = Settings.model_fields["drain_s"].default
    assert drain_s + SHUTDOWN_GRACE_S <= 20
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert int(compose["services"]["camscope"]["stop_grace_period"].removesuffix("s")) >= 30
