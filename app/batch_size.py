"""How many photos should share a forward pass: measured on this machine, while nobody asks.

On a processor a network that is all convolutions gains little from company, one with large
fully connected layers much; on a GPU all do. So nobody needs to know beforehand.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator

import numpy as np

from app.batching import InferenceQueue
from app.layout import Layout
from app.passes import Explains
from model.errors import ModelError
from model.photos import Photo
from model.preprocess import Prepared

log = logging.getLogger("camscope.batching")

QUIET_S = 1.0  # after the start, for the first photo
PAUSE_S = 0.02  # between two passes, for photos that came meanwhile
ROUNDS = 3
LARGEST = 64


@contextlib.contextmanager
def measured(queue: InferenceQueue, classifier: Explains, layout: Layout) -> Iterator[None]:
    """Measure in the background, and set the queue's batch size when that is done; leaving gives up.

    Args:
        queue: whose batch size it is; what is measured waits until nobody has a place in it
        classifier: what is asked
        layout: how many pixels a pass may have
    """
    left = threading.Event()
    thread = threading.Thread(target=_measure, args=(queue, classifier, layout, left), name="measure", daemon=True)
    thread.start()
    try:
        yield
    finally:
        left.set()
        thread.join()


def _measure(queue: InferenceQueue, classifier: Explains, layout: Layout, left: threading.Event) -> None:
    """Try twice as many as long as it pays."""
    if left.wait(QUIET_S):
        return
    try:
        one = classifier.prepare(Photo(np.zeros((256, 256, 3), dtype=np.uint8), "PNG"))
        height, width, _ = one.pixels.shape
        most = min(LARGEST, layout.max_pixels // (height * width))
        best = 1
        while 2 * best <= most:
            shares = _compare(queue, classifier, one, best, left)
            if shares is None:
                return
            if shares[1] > shares[0]:  # as quick is enough: company also shares what is around a pass
                break
            best *= 2
    except ModelError as error:
        log.warning("how many photos should share a pass cannot be measured: %s", error)
        return
    queue.batch_max = best
    log.info("photos that share a forward pass: at most %d", best)


def _compare(
    queue: InferenceQueue, classifier: Explains, one: Prepared, size: int, left: threading.Event
) -> tuple[float, float] | None:
    """The seconds of a photo in batches of this size and of twice as many, at best; None where there is no time."""
    best = {size: float("inf"), 2 * size: float("inf")}
    for _ in range(1 + ROUNDS):  # the first pass of a shape makes room for it
        for count in (size, 2 * size):
            if not _quiet(queue, left):
                return None
            started = time.perf_counter()
            classifier.answer([one] * count, False)
            best[count] = min(best[count], (time.perf_counter() - started) / count)
    return best[size], best[2 * size]


def _quiet(queue: InferenceQueue, left: threading.Event) -> bool:
    """Wait until nobody has a place; False when it is time to leave."""
    while not left.wait(PAUSE_S):
        if not queue.depth:
            return True
    return False
