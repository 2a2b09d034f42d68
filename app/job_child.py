"""The process that does a job: started with the lowest priority, told to stop, never two in one folder."""

import contextlib
import fcntl
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from app.config import Settings, child_environment
from model.sessions import usable_cores

LOWEST_PRIORITY = 19
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
FIRST_TO_GO = "800"  # where memory runs out, rather a job than the server


class RunLock:
    """Held by a job's process, and by the server until that has begun.

    The lock is on the open file, which the process inherits: it is free again when the process has
    gone, whoever started it, and whatever became of the server.
    """

    def __init__(self, file: Path) -> None:
        """Take it.

        Raises:
            BlockingIOError: a process of an earlier server still has it
        """
        self.descriptor = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self.descriptor)
            raise

    def __enter__(self) -> "RunLock":
        return self

    def __exit__(self, *_: object) -> None:
        """Leave it to the process, if there is one."""
        os.close(self.descriptor)


class Child:
    """A running job."""

    def __init__(self, command: Sequence[str], lock: RunLock, log: Path, settings: Settings) -> None:
        """Start it.

        Args:
            command: the words
            lock: says whether it has gone
            log: gets what it prints
            settings: it is given the same

        Raises:
            OSError: it cannot be started
        """
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=child_environment(_with_cache(settings)) | dict.fromkeys(THREADS, str(threads_of(settings))),
                process_group=0,  # Ctrl-C in the server's terminal is not for it
                pass_fds=(lock.descriptor,),
            )
        self._told: signal.Signals | None = None
        _stand_back(self._process.pid)

    @property
    def pid(self) -> int:
        """Of the process, and of its group."""
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        return self._process.poll()

    def finish(self) -> None:
        """Tell it, once, to make a model of the best so far."""
        if self._told is None:
            self._tell(signal.SIGINT)

    def stop(self) -> None:
        """Tell it, once, to stop where it is; it can be resumed."""
        if self._told is not signal.SIGTERM:
            self._tell(signal.SIGTERM)

    def kill(self) -> None:
        """End it and all it has started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait(self, seconds: float) -> int | None:
        """Wait for its end, so many seconds at most; its exit status."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(max(0.0, seconds))
        return None

    def _tell(self, message: signal.Signals) -> None:
        self._told = message
        self._process.send_signal(message)


def threads_of(settings: Settings) -> int:
    """How many threads a job has: as chosen, else half of the cores."""
    return settings.training_threads or max(1, usable_cores() // 2)


def _with_cache(settings: Settings) -> Settings:
    """With a cache folder that can be written: an image's own cannot, so there it is one in the data folder."""
    folder = settings.cache_dir
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if os.access(existing, os.W_OK):
        return settings
    return settings.model_copy(update={"cache_dir": settings.data_dir / "cache"})


def _stand_back(pid: int) -> None:
    """Let everybody else go first: at the processor, and where memory runs out."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, LOWEST_PRIORITY)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text(FIRST_TO_GO)
