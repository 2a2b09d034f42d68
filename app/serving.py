"""From settings to a listening server."""

import contextlib
import ctypes
import errno
import gc
import logging
import os
import socket

import uvicorn

from app import logs
from app.access import access_of
from app.config import Settings
from app.embedded import ensure_embedded
from app.errors import StartError
from app.main import check_start, create_app
from app.training_offer import is_loopback

log = logging.getLogger("camscope.start")

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # of glibc's mallopt
PRIVATE = 0o077  # whatever is written, by a training and by libraries too, is for this user alone
ARENAS = 2
LARGE_BYTES = 4 * 2**20
KEPT_BYTES = 32 * 2**20
OPEN_TO_ALL = (
    "ANYBODY WHO REACHES %s PORT %d CAN USE THIS SERVER: it listens beyond this machine and asks for no token; "
    "set CAMSCOPE_TOKEN to a secret of 16 characters or more, unless something in front keeps strangers away."
)
SHUTDOWN_GRACE_S = 8
KEEP_ALIVE_S = 15


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
    os.umask(PRIVATE)
    guarded = access_of(settings) is not None  # before the minutes that making a model may take
    return_large_memory()
    listener = bind(settings.host, settings.port)
    if not guarded and not is_loopback(settings.host):
        log.warning(OPEN_TO_ALL, settings.host, listener.getsockname()[1])
    with listener:
        if not settings.model:
            ensure_embedded(settings.cache_dir)
        registry = check_start(settings)
        config = uvicorn.Config(
            create_app(settings, registry=registry),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # app/main.py believes those proxies that the settings name
            ws="none",  # nobody here speaks it; refused by its own library, an upgrade has none of our headers
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=SHUTDOWN_GRACE_S,
        )
        server = Server(config)
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
