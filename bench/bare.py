"""The network alone in ONNX Runtime: the logits of an input array that is ready, nothing else."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from PIL import Image

from bench.racing import Turn, timed
from model.bundle import Bundle, read_bundle
from model.photos import read_photo
from model.preprocess import RESAMPLING, input_size
from model.runtime import INPUT, LOGITS

BATCHES = (1, 2, 4, 8, 16, 32)
Batch = npt.NDArray[np.uint8]


def session(
    graph: bytes,
    threads: int,
    providers: Sequence[str] = ("CPUExecutionProvider",),
    options: onnxruntime.SessionOptions | None = None,
) -> onnxruntime.InferenceSession:
    """A plain session; without options its waiting threads sleep: spinning, they would slow whatever runs next."""
    if options is None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(graph, options, providers=list(providers))


def inputs(bundle: Bundle, files: Sequence[bytes]) -> Batch:
    """What the network sees of photos, (B, H, W, 3): whole, at the size that the first one gets."""
    preprocessing = bundle.spec.preprocessing
    photos = [read_photo(data) for data in files]
    size = input_size(preprocessing, photos[0].width, photos[0].height)
    resample = RESAMPLING[preprocessing.interpolation]
    return np.stack([np.asarray(Image.fromarray(photo.pixels).resize(size, resample)) for photo in photos])


def forward(running: onnxruntime.InferenceSession, batch: Batch) -> Callable[[], object]:
    """One pass over a batch."""
    return lambda: running.run([LOGITS], {INPUT: batch})


def bare_turns(path: Path, files: Sequence[bytes], threads: int) -> dict[str, Turn]:
    """The bare forward at each batch size, as contestants "bare, batch N"; seconds per photo.

    Args:
        path: model folder
        files: photos, as many as the largest batch or more; a turn goes through all of them
        threads: of the session
    """
    bundle = read_bundle(path)
    photos = inputs(bundle, files)
    running = session(bundle.graph, threads)

    def turn(size: int) -> Turn:
        chunks = [np.ascontiguousarray(photos[start : start + size]) for start in range(0, len(photos), size)]
        passes = [forward(running, chunk) for chunk in chunks]
        return timed(lambda: [one() for one in passes], len(photos))

    return {f"bare, batch {size}": turn(size) for size in BATCHES if size <= len(photos)}


def side_by_side(path: Path, files: Sequence[bytes], threads: int) -> Turn:
    """As many sessions as threads, of one thread each, one photo at a time: for information."""
    bundle = read_bundle(path)
    photos = inputs(bundle, files)
    sessions = [session(bundle.graph, 1) for _ in range(threads)]

    def work(running: onnxruntime.InferenceSession, first: int) -> None:
        for place in range(first, len(photos), threads):
            running.run([LOGITS], {INPUT: photos[place : place + 1]})

    def all_at_once() -> None:
        workers = [threading.Thread(target=work, args=(running, place)) for place, running in enumerate(sessions)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    return timed(all_at_once, len(photos))
