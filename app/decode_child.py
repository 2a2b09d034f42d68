"""The processes that decode uploads: what a picture does to one of them, it does to nothing else.

`python -m app.decode_child NUMBER` answers app/fork_server.py on the socket of that number. Each process that it forks
answers app/decode_workers.py, one job after the other: the upload comes, and pixels go, through memory that both have
open. What is said of them is JSON, so that nothing such a process says is ever run.
"""

import contextlib
import hashlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from PIL import BmpImagePlugin, GifImagePlugin, ImageCms, MpoImagePlugin, WebPImagePlugin

from app.copies import stored_copy
from app.decode_job import PEAK_BYTES_PER_PIXEL, Job
from app.fork_server import serve_forks
from app.memory import return_large_memory
from app.priority import step_back
from model.errors import BrokenPhoto, PhotoError
from model.photos import Photo, PhotoFile, open_photo
from model.preprocess import enough, prepared_for
from model.spec import Preprocessing

LOADED = (BmpImagePlugin, GifImagePlugin, ImageCms, MpoImagePlugin, WebPImagePlugin)  # before anything is forked
FIRST_TO_GO = "900"  # where memory runs out, rather one of these than a training or the server
MARGIN = 2  # addresses are more than memory
BESIDE_BYTES = 256 * 2**20
WRITTEN_BYTES = 2**28  # input and copy are a tenth of this
PAGE_BYTES = resource.getpagesize()


def main() -> None:
    """Fork a process for every pair of a socket and memory that comes; end when the server has gone."""
    return_large_memory()
    serve_forks(int(sys.argv[1]), work)


def work(requests: int, memory: int) -> None:
    """Do jobs until the server has gone.

    Args:
        requests: number of the socket on which jobs come
        memory: number of the file that holds the upload, and then what is made of it
    """
    step_back()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN_BYTES, WRITTEN_BYTES))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
    memory_limit = _memory_limit()
    with Connection(requests) as connection:
        while True:
            try:
                job: Job = connection.recv()
            except EOFError:
                return
            signal.setitimer(signal.ITIMER_PROF, job.seconds)
            memory_limit(job)
            for reply in answers(job, memory):
                connection.send_bytes(json.dumps(reply).encode())


def answers(job: Job, memory: int) -> Iterator[dict[str, Any]]:
    """What is said of an upload: one line to find out about it, two to prepare it."""
    try:
        data = os.pread(memory, job.size, 0)
        file = open_photo(data, job.max_megapixels)
        if job.preprocessing is None:
            file.read()
            yield {"format": file.format}
        else:
            yield from _prepared(file, job, job.preprocessing, memory)
    except PhotoError as error:
        yield {"refused": type(error).__name__, "why": str(error)}
    except MemoryError:
        yield {"refused": BrokenPhoto.__name__, "why": "This picture needs more memory than one may have."}
    except Exception as error:  # noqa: BLE001 - the server raises it
        yield {"fault": f"{type(error).__name__}: {error}"}


def _prepared(file: PhotoFile, job: Job, preprocessing: Preprocessing, memory: int) -> Iterator[dict[str, Any]]:
    """The network's input as soon as it is there; then the rest."""
    photo: Photo = file.read(enough(preprocessing, job.scale))
    prepared = prepared_for(preprocessing, photo, job.scale, job.alone)
    _write(memory, prepared.pixels.data, 0)
    yield {"photo": prepared.photo_size, "ms": prepared.preprocess_ms}
    copy = stored_copy(file, photo) if job.kept else b""
    _write(memory, copy, prepared.pixels.nbytes)
    yield {"sha256": hashlib.sha256(file.data).hexdigest(), "copy": len(copy)}


def _write(memory: int, content: bytes | memoryview, start: int) -> None:
    if os.pwrite(memory, content, start) != len(memoryview(content).cast("B")):
        raise MemoryError("There is no memory left for what was made of a picture.")


def _memory_limit() -> Callable[[Job], None]:
    """What gives this process no more memory than a picture can need; nothing where that cannot be found out."""
    try:
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * PAGE_BYTES
    except OSError:
        return lambda _: None

    def limit(job: Job) -> None:
        allowed = round(job.max_megapixels * 1e6 * PEAK_BYTES_PER_PIXEL * MARGIN) + 2 * job.size + BESIDE_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (taken + allowed, resource.RLIM_INFINITY))

    return limit


if __name__ == "__main__":
    main()
