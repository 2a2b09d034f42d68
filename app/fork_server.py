"""A small process that forks others: what it has imported, they have from the first moment.

The server itself cannot be forked, for it has threads.
"""

import atexit
import contextlib
import errno
import gc
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence

REQUEST = struct.Struct("=4si")  # what to do, and with which process
REPLY = struct.Struct("=i")
FORK, END = b"fork", b"end "
MOST_DESCRIPTORS = 8
ANSWER_WAIT_S = 60.0  # it has to be loaded first, on a machine that may be busy
END_WAIT_S = 5.0
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class ForkServer:
    """Starts with the first fork, or when told to; begun anew where it has gone. Safe in threads."""

    def __init__(self, module: str, environment: Callable[[], Mapping[str, str]]) -> None:
        """Name it.

        Args:
            module: what it runs: calls `serve_forks` with the number that it is given as its argument
            environment: its variables
        """
        self._module, self._environment = module, environment
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        atexit.register(self.close)

    def start(self) -> None:
        """Have it load what it needs; returns at once.

        Raises:
            OSError: there can be no further process
        """
        with self._lock:
            self._started()

    def fork(self, descriptors: Sequence[int]) -> int:
        """A new process that has these open files; its number.

        Raises:
            OSError: there can be no further process
        """
        with self._lock:
            try:
                return self._ask(FORK, 0, descriptors)
            except OSError:  # it has gone: where memory ran out, the kernel may have ended it
                self._close()
            try:
                return self._ask(FORK, 0, descriptors)
            except OSError:
                self._close()
                raise

    def end(self, pid: int) -> None:
        """Kill a process that `fork` made; one that has ended is forgotten."""
        with self._lock:
            if self._socket is None:  # it went with its server
                return
            try:
                self._ask(END, pid)
            except OSError:
                self._close()  # an answer that came later would be taken for that of the next question

    def close(self) -> None:
        """Let it go, if it is there; what it has forked ends when nothing more can be asked of it."""
        with self._lock:
            self._close()

    def _ask(self, what: bytes, pid: int, descriptors: Sequence[int] = ()) -> int:
        asked = self._started()
        socket.send_fds(asked, [REQUEST.pack(what, pid)], descriptors)
        reply = asked.recv(REPLY.size)
        if len(reply) < REPLY.size:
            raise ConnectionResetError(f"{self._module} has ended.")
        number: int = REPLY.unpack(reply)[0]
        if number < 0:
            raise OSError(-number, os.strerror(-number))
        return number

    def _started(self) -> socket.socket:
        if self._socket is not None and self._process is not None and self._process.poll() is None:
            return self._socket
        self._close()
        ours, theirs = socket.socketpair()
        ours.settimeout(ANSWER_WAIT_S)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**self._environment(), **ONE_THREAD},
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the server
            )
        self._socket = ours
        return ours

    def _close(self) -> None:
        process, self._process = self._process, None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if process is not None:
            try:
                process.wait(END_WAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def serve_forks(number: int, work: Callable[..., None]) -> None:
    """What the small process does: fork whenever it is asked to, until its server has gone.

    Args:
        number: of the socket it is asked on
        work: called in each forked process with its descriptors; the process ends with it
    """
    for stop in (signal.SIGINT, signal.SIGTERM):  # told to a whole group they are for the server, which ends in order
        signal.signal(stop, signal.SIG_IGN)
    gc.freeze()
    with socket.socket(fileno=number) as asked:
        while True:
            try:
                message, descriptors, _, _ = socket.recv_fds(asked, REQUEST.size, MOST_DESCRIPTORS)
            except ConnectionError:
                return
            if not message:
                return
            what, pid = REQUEST.unpack(message)
            asked.sendall(REPLY.pack(_fork(asked, descriptors, work) if what == FORK else _end(pid)))


def _fork(asked: socket.socket, descriptors: list[int], work: Callable[..., None]) -> int:
    """The new process's number, or that of an error, negative."""
    try:
        pid = os.fork()
    except OSError as error:
        pid = -(error.errno or errno.EAGAIN)
    if pid == 0:
        status = 1
        try:
            asked.close()
            work(*descriptors)
            status = 0
        finally:
            os._exit(status)
    for descriptor in descriptors:
        os.close(descriptor)
    return pid


def _end(pid: int) -> int:
    with contextlib.suppress(ChildProcessError):  # it was another one's
        if os.waitpid(pid, os.WNOHANG)[0] == 0:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return pid
