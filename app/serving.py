"""From settings to a listening server."""

import asyncio
import contextlib
import ctypes
import errno
import gc
import math
import os
import socket
from typing import cast

import uvicorn
from fastapi import FastAPI

from app import logs
from app.config import Settings, refuse_protections_to_come
from app.embedded import ensure_embedded
from app.errors import StartError
from app.main import check_start, create_app
from app.protocol import protocol_of

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # of glibc's mallopt
ARENAS = 2
LARGE_BYTES = 4 * 2**20
KEPT_BYTES = 32 * 2**20
SHUTDOWN_GRACE_S = 8
ACCEPTED_AT_ONCE = 16


class Server(uvicorn.Server):
    """Says where it is once it can be reached."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # what is there now stays: looking through all of it again stops every request for 0.1 s
        trim_memory()
        if self.started and sockets:
            print(f"Camscope is at {address(sockets[0])} (Ctrl-C stops it)", flush=True)  # noqa: T201

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the answers that would go on for ever, then wait for the others."""
        channels = getattr(self.config.app.state, "channels", None)  # type: ignore[union-attr]
        if channels is not None:
            channels.close()
        await super().shutdown(sockets)


def run_server(settings: Settings) -> None:
    """Serve until told to stop.

    Raises:
        StartError: no model, an address that cannot be used, or data that cannot be opened
    """
    logs.configure(settings)
    refuse_protections_to_come()  # before the minutes that making a model may take
    return_large_memory()
    listener = bind(settings.host, settings.port)
    with listener:
        if not settings.model:
            ensure_embedded(settings.cache_dir)
        registry = check_start(settings)
        server = Server(configured(create_app(settings, registry=registry), settings))
        with contextlib.suppress(SystemExit):  # uvicorn's, after a start that failed
            server.run(sockets=several(listener))
        if not server.started:
            raise StartError("The server could not start; the lines above say why.")


def configured(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How uvicorn serves the app."""
    return uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", protocol_of(app, settings)),  # it is called, and nothing else
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=math.ceil(settings.idle_timeout_s),
        timeout_graceful_shutdown=SHUTDOWN_GRACE_S,
    )


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


def several(listener: socket.socket) -> list[socket.socket]:
    """The same listening socket as several, the given one first: uvloop accepts one connection a turn from each."""
    return [listener, *(listener.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]


def address(listener: socket.socket) -> str:
    """What to type into a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
