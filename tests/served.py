"""A real server in a thread, with connections that tests speak over byte by byte."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from app.config import Settings
from app.serving import Server, configured

PATIENCE_S = 20.0


@contextmanager
def served(app: FastAPI, settings: Settings | None = None) -> Iterator[tuple[Server, int]]:
    """The running server and its port; with settings as `camscope serve` has it."""
    config = configured(app, settings) if settings else uvicorn.Config(app, log_config=None, access_log=False)
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        yield server, listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        listener.close()
        assert not thread.is_alive()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """A connection."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as line:
        yield line


def until(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def answer(line: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The next answer: status, header fields, body."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += _some(line, 1)
    first, *rest = head.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in rest)}
    size, body = int(headers.get("content-length", 0)), b""
    while len(body) < size:
        body += _some(line, size - len(body))
    status = re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", first)
    assert status, first
    return int(status[1]), headers, body


def _some(line: socket.socket, most: int) -> bytes:
    data = line.recv(most)
    assert data, "closed without an answer"
    return data


def is_closed(line: socket.socket) -> bool:
    """Whether the server ends the connection, in the time that a test waits; what it still says is dropped."""
    try:
        while line.recv(65536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True
