"""Processes that decode, seen from the server: how many, for how long, and what when one does not come back."""

import contextlib
import errno
import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Pipe
from typing import Any

import numpy as np

from app.config import Settings, bare_environment
from app.decode_job import Job
from app.errors import NotReady
from app.fork_server import ForkServer
from model.errors import BrokenPhoto, OversizedPhoto, PhotoError, UnsupportedPhoto
from model.preprocess import Prepared, input_size
from model.spec import Preprocessing

JOBS_EACH = 1000  # then a new one: what a decoder leaks goes with its process
KEPT_BYTES = 8 * 2**20
LARGEST_REPLY_BYTES = 2**16
ENDED = "This picture could not be decoded: its decoder broke down."
REFUSALS: dict[str, type[PhotoError]] = {
    kind.__name__: kind for kind in (BrokenPhoto, OversizedPhoto, UnsupportedPhoto)
}
FORK_SERVER = ForkServer("app.decode_child", bare_environment)  # one for all apps of a process

log = logging.getLogger("camscope.decode")


class Worker:
    """A process that decodes, and the memory it shares with the server. Used by one thread at a time.

    Attributes:
        pid: the process's number
        busy: whether something is still to come of its last job
        jobs: how many it was given
    """

    def __init__(self) -> None:
        """Start it.

        Raises:
            OSError: there can be no further process
        """
        self._connection, theirs = Pipe()
        self._memory = _memory()
        try:
            with theirs:
                self.pid = FORK_SERVER.fork([theirs.fileno(), self._memory])
        except BaseException:
            self._let_go()
            raise
        self.busy, self.jobs = False, 0
        self._job, self._until = Job(0, 0, 0), 0.0
        self._copy_at = 0

    def close(self) -> None:
        """End it, whatever it does."""
        self.end()
        self._let_go()

    def end(self) -> None:
        """Let its process end; whoever waits for an answer hears that. From any thread."""
        FORK_SERVER.end(self.pid)

    def begin(self, data: bytes, job: Job) -> None:
        """Give it a job.

        Raises:
            OSError: it has ended, or there is no memory left for the upload
        """
        if os.fstat(self._memory).st_size > KEPT_BYTES:
            os.ftruncate(self._memory, 0)
        if os.pwrite(self._memory, data, 0) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._job, self._until = job, time.monotonic() + job.seconds
        self._connection.send(job)
        self.busy, self.jobs = True, self.jobs + 1

    def format(self) -> str:
        """What kind of picture an upload is that can be decoded.

        Raises:
            PhotoError: it cannot
        """
        found: str = self._reply(last=True)["format"]
        return found

    def prepared(self, preprocessing: Preprocessing) -> Prepared:
        """The network's input: of the size that follows from the photo's, whatever else the process says.

        Raises:
            PhotoError: the upload cannot be decoded
        """
        said = self._reply()
        photo_width, photo_height = map(int, said["photo"])
        width, height = input_size(preprocessing, photo_width, photo_height, self._job.scale)
        pixels = np.empty((height, width, 3), dtype=np.uint8)
        if os.preadv(self._memory, [pixels.data], 0) != pixels.nbytes:
            raise BrokenPhoto(ENDED)
        self._copy_at = pixels.nbytes
        return Prepared(pixels, (photo_width, photo_height), self._job.scale, float(said["ms"]))

    def rest(self) -> tuple[str, bytes]:
        """The sha256 of an upload whose input was made, and the copy of it; empty where none is kept.

        Raises:
            PhotoError: the upload cannot be decoded
        """
        said = self._reply(last=True)
        return str(said["sha256"]), os.pread(self._memory, int(said["copy"]), self._copy_at)

    def _reply(self, last: bool = False) -> dict[str, Any]:
        try:
            if not self._connection.poll(max(0.0, self._until - time.monotonic())):
                raise BrokenPhoto(f"Decoding this picture takes longer than {self._job.seconds:g} s; it was given up.")
            said: dict[str, Any] = json.loads(self._connection.recv_bytes(LARGEST_REPLY_BYTES))
        except (EOFError, OSError, ValueError):
            raise BrokenPhoto(ENDED) from None
        refused = REFUSALS.get(said.get("refused", ""))
        if last or refused or "fault" in said:
            self.busy = False
        if refused:
            raise refused(str(said["why"]))
        if "fault" in said:
            raise RuntimeError(said["fault"])
        return said

    def _let_go(self) -> None:
        self._connection.close()
        os.close(self._memory)


class DecodeWorkers:
    """A few of them, each made when it is needed first and replaced when it was lost. Safe in threads."""

    def __init__(self, settings: Settings, on_loss: Callable[[], None] = lambda: None) -> None:
        """Make none yet.

        Args:
            settings: the limits
            on_loss: called when one has ended before its time, or was ended
        """
        self._max_megapixels, self._seconds = settings.max_megapixels, settings.decode_timeout_s
        self._on_loss = on_loss
        self._idle: list[Worker] = []
        self._at_work: set[Worker] = set()
        self._lock = threading.Lock()
        FORK_SERVER.start()

    def close(self) -> None:
        """End those that are idle; nobody may use one any more."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.close()

    def end(self) -> None:
        """End those that are at work, which breaks the pictures that they decode."""
        with self._lock:
            at_work = list(self._at_work)
        for worker in at_work:
            worker.end()

    @contextlib.contextmanager
    def on(
        self,
        data: bytes,
        preprocessing: Preprocessing | None = None,
        scale: float = 1,
        alone: bool = False,
        kept: bool = False,
    ) -> Iterator[Worker]:
        """A worker that has begun on an upload; left before it is done, it is ended.

        Args:
            data: the whole upload
            preprocessing: what the network takes that is to see it; default none, and it is only decoded
            scale: of the network's input
            alone: whether nothing else keeps the cores busy
            kept: whether a copy is to be kept

        Raises:
            NotReady: none can be had
        """
        job = Job(len(data), self._max_megapixels, self._seconds, preprocessing, scale, alone, kept)
        worker = self._begun(data, job)
        with self._lock:
            self._at_work.add(worker)
        try:
            yield worker
        finally:
            with self._lock:
                self._at_work.discard(worker)
            self._give_back(worker)

    def _begun(self, data: bytes, job: Job) -> Worker:
        """One that was idle; where it has ended meanwhile, another."""
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            try:
                worker = worker or Worker()
                worker.begin(data, job)
            except OSError as error:
                if worker is None or not worker.jobs:  # a new one fares no better
                    raise NotReady("Pictures cannot be decoded at the moment; try again later.") from error
                self._lose(worker, "has ended")
            else:
                return worker

    def _give_back(self, worker: Worker) -> None:
        if worker.busy:
            self._lose(worker, "broke down or took too long")
        elif worker.jobs >= JOBS_EACH:
            worker.close()
        else:
            with self._lock:
                self._idle.append(worker)

    def _lose(self, worker: Worker, what: str) -> None:
        log.warning("a process that decodes, %d, %s; there will be another", worker.pid, what)
        worker.close()
        self._on_loss()


def _memory() -> int:
    """The number of a file that lies in memory, where the system has such."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("upload")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
