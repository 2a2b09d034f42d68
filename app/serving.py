"""From settings to a listening server."""

import asyncio
import contextlib
import errno
import gc
import logging
import math
import os
import signal
import socket
import threading
import time
from types import FrameType
from typing import cast

import uvicorn
from fastapi import FastAPI
from starlette.datastructures import State

from app import logs
from app.access import access_of
from app.config import Settings
from app.data_lock import only_server
from app.embedded import ensure_embedded
from app.errors import StartError
from app.main import check_start, create_app
from app.memory import return_large_memory, trim_memory
from app.protocol import protocol_of
from app.text import read_catalogues
from app.training_offer import is_loopback

log = logging.getLogger("camscope.start")

PRIVATE = 0o077  # whatever is written, by a training and by libraries too, is for this user alone
OPEN_TO_ALL = (
    "ANYBODY WHO REACHES %s PORT %d CAN USE THIS SERVER: it listens beyond this machine and asks for no token; "
    "set CAMSCOPE_TOKEN to a secret of 16 characters or more, unless something in front keeps strangers away."
)
SHUTDOWN_GRACE_S = 15
UPLOAD_GRACE_S = 5
ACCEPTED_AT_ONCE = 16
ECHO_S = 0.5  # some programs that stop others tell the process, then its group, and so say it twice
CLOSING = (b"connection", b"close")  # with every answer from then on: the next request goes to another server


class Server(uvicorn.Server):
    """Says where it is once it can be reached; ends in steps that nobody loses anything by (docs/decisions/0117)."""

    def __init__(self, config: uvicorn.Config, drain_s: float = 0, logs_address: bool = False) -> None:
        """Make the server.

        Args:
            config: uvicorn's
            drain_s: how long after SIGTERM requests are still taken
            logs_address: say where it is in the log alone, for programs that read all that is said
        """
        super().__init__(config)
        self._logs_address = logs_address
        self._drain_s = drain_s
        self._told_at: float | None = None
        self._close_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say the address."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # what is there now stays: looking through all of it again stops every request for 0.1 s
        trim_memory()
        if self.started and sockets:
            url = address(sockets[0])
            if self._logs_address:
                log.info("Camscope is at %s", url, extra={"facts": {"url": url}})
            else:
                print(f"Camscope is at {url} (Ctrl-C stops it)", flush=True)  # noqa: T201

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; told a second time, end at once: what is kept is safe whenever that is."""
        if self._told_at is not None:
            if time.monotonic() - self._told_at > ECHO_S:
                signal.signal(sig, signal.SIG_DFL)
                signal.raise_signal(sig)
            return
        self._told_at = time.monotonic()
        readiness = getattr(self._state, "readiness", None)
        if readiness is None or not self.started or sig != signal.SIGTERM:
            super().handle_exit(sig, frame)
            return
        self._captured_signals.append(sig)
        readiness.stop()
        self.config.encoded_headers.append(CLOSING)
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSING]
        self._close_at = self._told_at + self._drain_s

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop taking requests."""
        if self._close_at is not None and time.monotonic() >= self._close_at:
            return True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the answers that would go on for ever, then wait for the others."""
        channels = getattr(self._state, "channels", None)
        if channels is not None:
            channels.close()
        dropping = asyncio.create_task(self._drop_uploads())
        await super().shutdown(sockets)
        dropping.cancel()

    async def _drop_uploads(self) -> None:
        """Some seconds on, wait no more for requests that are not here yet, but for answers alone."""
        await asyncio.sleep(UPLOAD_GRACE_S)
        for connection in list(self.server_state.connections):
            if getattr(getattr(connection, "cycle", None), "more_body", False):
                connection.transport.close()

    @property
    def _state(self) -> State:
        """What the app's requests share."""
        state: State = self.config.app.state  # type: ignore[union-attr]
        return state


def run_server(settings: Settings) -> None:
    """Serve until told to stop.

    Raises:
        StartError: no model, an address that cannot be used, or data that cannot be opened
    """
    logs.configure(settings)
    os.umask(PRIVATE)
    guarded = access_of(settings) is not None  # before the minutes that making a model may take
    return_large_memory()
    threading.Thread(target=read_catalogues, daemon=True).start()  # while the network is loaded
    listener = bind(settings.host, settings.port)
    if not guarded and not is_loopback(settings.host):
        log.critical(OPEN_TO_ALL, settings.host, listener.getsockname()[1])
    with contextlib.ExitStack() as stack:
        stack.enter_context(listener)
        if not settings.model:
            ensure_embedded(settings.cache_dir)
        stack.enter_context(only_server(settings.data_dir))
        registry, store = check_start(settings)
        app = create_app(settings, registry=registry, store=store)
        server = Server(configured(app, settings), settings.drain_s, settings.log_format == "json")
        with contextlib.suppress(SystemExit):  # uvicorn's, after a start that failed
            server.run(sockets=several(listener))
        if not server.started:
            raise StartError("The server could not start; the lines above say why.")


def configured(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves the app."""
    return uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", protocol_of(app, settings)),  # it is called, and nothing else
        ws="none",  # nobody here speaks it; refused by its own library, an upgrade has none of our headers
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # app/main.py believes those proxies that the settings name
        timeout_keep_alive=math.ceil(settings.idle_timeout_s),
        timeout_graceful_shutdown=SHUTDOWN_GRACE_S,
    )


def bind(host: str, port: int) -> socket.socket:
    """A listening socket, or a line that says why there is none.

    Raises:
        StartError: in use, not allowed, or no address of this machine
    """
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise StartError(f"{host} is not an address of this machine (--host, CAMSCOPE_HOST).") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
    except OSError as error:
        listener.close()
        reason = {
            errno.EADDRINUSE: "is in use by another program",
            errno.EACCES: "needs more rights than this user has",
            errno.EADDRNOTAVAIL: "is not an address of this machine",
        }.get(error.errno or 0, os.strerror(error.errno or 0))
        raise StartError(f"{host}:{port} {reason}; choose another with --port or --host.") from None
    return listener


def several(listener: socket.socket) -> list[socket.socket]:
    """The same listening socket as several, the given one first: uvloop accepts one connection a turn from each."""
    return [listener, *(listener.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]


def address(listener: socket.socket) -> str:
    """What to type into a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
