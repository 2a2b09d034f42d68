"""From settings to a listening server."""

import asyncio
import contextlib
import ctypes
import errno
import gc
import os
import signal
import socket
import time
from types import FrameType

import uvicorn
from starlette.datastructures import State

from app import logs
from app.config import Settings, refuse_protections_to_come
from app.data_lock import only_server
from app.embedded import ensure_embedded
from app.errors import StartError
from app.main import check_start, create_app

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # of glibc's mallopt
ARENAS = 2
LARGE_BYTES = 4 * 2**20
KEPT_BYTES = 32 * 2**20
SHUTDOWN_GRACE_S = 15
UPLOAD_GRACE_S = 5
ECHO_S = 0.5  # some programs that stop others tell the process, then its group, and so say it twice
KEEP_ALIVE_S = 15
CLOSING = (b"connection", b"close")  # with every answer from then on: the next request goes to another server


class Server(uvicorn.Server):
    """Says where it is once it can be reached; ends in steps that nobody loses anything by (docs/decisions/0117)."""

    def __init__(self, config: uvicorn.Config, drain_s: float = 0) -> None:
        """Make the server.

        Args:
            config: uvicorn's
            drain_s: how long after SIGTERM requests are still taken
        """
        super().__init__(config)
        self._drain_s = drain_s
        self._told_at: float | None = None
        self._close_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # what is there now stays: looking through all of it again stops every request for 0.1 s
        trim_memory()
        if self.started and sockets:
            print(f"Camscope is at {address(sockets[0])} (Ctrl-C stops it)", flush=True)  # noqa: T201

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
    refuse_protections_to_come()  # before the minutes that making a model may take
    return_large_memory()
    listener = bind(settings.host, settings.port)
    with contextlib.ExitStack() as stack:
        stack.enter_context(listener)
        if not settings.model:
            ensure_embedded(settings.cache_dir)
        stack.enter_context(only_server(settings.data_dir))
        registry = check_start(settings)
        config = uvicorn.Config(
            create_app(settings, registry=registry),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=SHUTDOWN_GRACE_S,
        )
        server = Server(config, settings.drain_s)
        with contextlib.suppress(SystemExit):  # uvicorn's, after a start that failed
            server.run(sockets=[listener])
        if not server.started:
            raise StartError("The server could not start; the lines above say why.")


def return_large_memory() -> None:
    """Have glibc give large blocks back as soon as they are freed, and small ones share few heaps.

    Left alone it raises its threshold with every large block it sees, and keeps hundreds of
    megabytes of a large photo for good; and each thread gets a heap that never shrinks. Of those
    few heaps it may keep what the next photo needs again: page by page from the kernel, that is
    a tenth of the time of a photo of 12 megapixels.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        libc.mallopt(M_ARENA_MAX, ARENAS)


def trim_memory() -> None:
    """Have glibc give back what the start needed and nobody needs any more: some tens of megabytes."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


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


def address(listener: socket.socket) -> str:
    """What to type into a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
