"""The server as a process: it says where it is, stops when told to, and refuses in one line."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.errors import StartError
from app.serving import address, bind
from tests.bundles import make_bundle

ROOT = Path(__file__).resolve().parent.parent
STOP_S = 40


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAMSCOPE_")}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "CAMSCOPE_DATA_DIR": str(folder / "data"),
        "CAMSCOPE_CACHE_DIR": str(folder / "cache"),
    }


@contextmanager
def serving(folder: Path, *arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "app", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder) | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        if variables.get("CAMSCOPE_LOG_FORMAT") == "json":
            told = (json.loads(line) for line in process.stderr)
            yield process, next(line["url"] for line in told if "url" in line)
        else:
            line = process.stdout.readline()
            found = re.search(r"http://\S+", line)
            assert found, (line, process.communicate())
            yield process, found[0]
    finally:
        process.kill()
        process.communicate()


def get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.loads(answer.read())


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "bundles")


@pytest.mark.slow
@pytest.mark.parametrize("wanted", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_stops_cleanly_when_told(tmp_path: Path, bundle: Path, wanted: signal.Signals) -> None:
    with serving(tmp_path, "--model", str(bundle)) as (process, url):
        assert get(f"{url}/healthz")["status"] == "alive"
        assert get(f"{url}/readyz")["status"] == "ready"
        process.send_signal(wanted)
        out, err = process.communicate(timeout=STOP_S)
        assert process.returncode in (0, -wanted, 128 + wanted)
        assert "Traceback" not in out + err


@pytest.mark.slow
def test_every_line_of_the_log_is_json_where_that_was_asked_for(tmp_path: Path, bundle: Path) -> None:
    with serving(tmp_path, "--model", str(bundle), CAMSCOPE_LOG_FORMAT="json") as (process, url):
        get(f"{url}/healthz")
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as odd:
            odd.sendall(b"no HTTP\r\nat all\r\n\r\n")
            assert b" 400 " in odd.recv(1000)
        process.terminate()
        out, err = process.communicate(timeout=STOP_S)
    assert out == ""
    lines = [json.loads(line) for line in err.splitlines()]
    assert {"camscope.requests", "uvicorn.error"} <= {line["logger"] for line in lines}
    assert not [line for line in lines if line["level"] != "info"]


@pytest.mark.slow
def test_an_idle_connection_does_not_hold_up_the_stop(tmp_path: Path, bundle: Path) -> None:
    with serving(tmp_path, "--model", str(bundle)) as (process, url):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as idle:
            idle.sendall(b"POST /api/v1/explanations HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
            process.terminate()
            process.communicate(timeout=STOP_S)
        assert process.returncode in (0, -signal.SIGTERM, 128 + signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.parametrize("problem", ["port", "bundle", "database", "data", "models", "token"])
def test_what_stops_it_from_starting_is_one_line(tmp_path: Path, bundle: Path, problem: str) -> None:
    arguments, said, variables = ["--port", "0", "--model", str(bundle)], "", {}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        match problem:
            case "port":
                arguments[1], said = str(taken.getsockname()[1]), "is in use by another program"
            case "bundle":
                (bundle / "model.onnx").write_bytes(b"damaged")
                said = "model.onnx: its sha256"
            case "database":
                (tmp_path / "data").mkdir()
                (tmp_path / "data" / "camscope.sqlite").write_bytes(b"this is no database" * 100)
                said = "camscope.sqlite"
            case "data":
                (tmp_path / "data").write_bytes(b"a file where the folder should be")
                said = "data folder"
            case "models":
                (tmp_path / "models").write_bytes(b"a file where the folder should be")
                variables, said = {"CAMSCOPE_MODELS_DIR": str(tmp_path / "models")}, "CAMSCOPE_MODELS_DIR"
            case "token":
                variables, said = {"CAMSCOPE_TOKEN": "secret"}, "CAMSCOPE_TOKEN: the token has 6 characters"
        command = [sys.executable, "-m", "app", "serve", *arguments]
        done = subprocess.run(
            command,
            env=environment(tmp_path) | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.startswith("camscope: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize(("host", "token", "lines"), [("0.0.0.0", "", 1), ("0.0.0.0", "x" * 16, 0), ("::1", "", 0)])
def test_a_server_that_anybody_can_use_says_so_in_one_line(
    tmp_path: Path, bundle: Path, host: str, token: str, lines: int
) -> None:
    arguments = ("--model", str(bundle), "--host", host)
    with serving(tmp_path, *arguments, CAMSCOPE_TOKEN=token, CAMSCOPE_LOG_LEVEL="error") as (process, url):
        assert get(f"{url}/healthz")["status"] == "alive"
        process.terminate()
        _, said = process.communicate(timeout=STOP_S)
    loud = [line for line in said.splitlines() if "ANYBODY WHO REACHES" in line]
    assert len(loud) == lines
    assert all("CAMSCOPE_TOKEN" in line for line in loud)
    assert not token or token not in said


def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(StartError, match="is not an address of this machine"):
        bind("192.0.2.1", 0)


def test_the_address_is_one_to_type_into_a_browser() -> None:
    with bind("0.0.0.0", 0) as everywhere:
        assert address(everywhere) == f"http://localhost:{everywhere.getsockname()[1]}"
    with bind("127.0.0.1", 0) as here:
        assert address(here) == f"http://127.0.0.1:{here.getsockname()[1]}"
