"""From an upload to what the network is to see; what the network need not wait for is made while it is busy."""

import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import UploadFile

from app.batching import InferenceQueue
from app.folders import photo_name
from app.passes import Explains
from app.questions import Question
from app.registry import Registry
from app.uploads import Uploads, content
from model.preprocess import Prepared

Rest = tuple[str, Mapping[str, bytes]]
"""The sha256 of the uploaded bytes, and the pictures to keep."""


@dataclass(frozen=True)
class Input:
    """An upload, decoded for the network.

    Attributes:
        classifier: the network
        prepared: what it is to see
        started: when reading them began, by time.perf_counter
        decode_ms: from then to the input
    """

    classifier: Explains
    prepared: Prepared
    started: float
    decode_ms: float


class Decoder:
    """Has uploads decoded, each by one thread that takes it all the way."""

    def __init__(self, uploads: Uploads, registry: Registry, queue: InferenceQueue) -> None:
        """Put the parts together.

        Args:
            uploads: the threads, and the limits
            registry: the networks
            queue: tells whether anybody else has a place
        """
        self._uploads = uploads
        self._registry = registry
        self._queue = queue

    def begin(self, image: UploadFile, asked: Question) -> tuple[Future[Input], Future[Rest]]:
        """Line an upload up; returns at once.

        Args:
            image: the upload
            asked: for which network, at which scale, and whether anything is kept

        Returns:
            the input, as soon as it is there; cancelled before it is begun, nothing is decoded. And the rest. What is
            wrong with the upload is raised by both, and so is NotReady where the server shuts down before its turn

        Raises:
            NotReady: the server is shutting down
        """
        ready: Future[Input] = Future()
        rest = self._uploads.submit(self._decode, image, asked, ready)
        rest.add_done_callback(partial(_pass_on, ready))
        return ready, rest

    def _decode(self, image: UploadFile, asked: Question, ready: Future[Input]) -> Rest:
        """Hand the input on, then make the rest; nothing where whoever waited for the input has left."""
        if not ready.set_running_or_notify_cancel():
            return "", {}
        started = time.perf_counter()
        classifier = self._registry.classifier(asked.entry)
        rules, alone = asked.entry.spec.preprocessing, self._queue.depth == 1
        with self._uploads.workers.on(content(image), rules, asked.scale, alone, asked.store) as worker:
            prepared = worker.prepared(rules)
            ready.set_result(Input(classifier, prepared, started, (time.perf_counter() - started) * 1e3))
            sha256, copy = worker.rest()
        return sha256, {photo_name(copy): copy} if asked.store else {}


def _pass_on(ready: Future[Input], rest: Future[Rest]) -> None:
    """Tell whoever waits for an input what went wrong before there was one."""
    error = rest.exception()
    if error is not None and not ready.done() and (ready.running() or ready.set_running_or_notify_cancel()):
        ready.set_exception(error)
