"""The numbers that `/metrics` shows, for Prometheus; docs/operating.md says what each is good for.

Labels take few values, all of ours: what a client sends is never one. Nothing here is costly to tell: what has to be
looked up is looked up by app/holdings.py, and kept for a while.
"""

import platform
from collections.abc import Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from app.version import VERSION

SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
PHOTOS = (1, 2, 4, 8, 16, 32, 64, 128, 256)

disable_created_metrics()  # type: ignore[no-untyped-call] # a second number for every one that counts, which nobody asks for


class Metrics:
    """Each app has its own; what is a state of the moment is told by a function, given when the server opens."""

    def __init__(self) -> None:
        """Register every metric."""
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        self.requests = self._counter("requests", "Requests answered.", "method", "route", "status")
        self.seconds = self._histogram("request_seconds", "How long requests took.", SECONDS, "method", "route")
        self.in_progress = self._gauge("requests_in_progress", "Requests that are being answered.")
        self.body_bytes = self._counter("request_body_bytes", "Bytes of bodies received.")
        self.refusals = self._counter("refusals", "Requests refused, by reason.", "reason")
        self.explanations = self._counter("explanations", "Explanations given.", "kept", "source")
        self.stages = self._histogram("stage_seconds", "Where the time of an explanation went.", SECONDS, "stage")
        self.ready = self._gauge("ready", "Whether a photo would be answered and kept, as /readyz said last.")
        self.queue_depth = self._gauge("queue_depth", "Photos that have a place: decoded, waiting or in the network.")
        self.queue_capacity = self._gauge("queue_capacity", "Places there are; where all are taken, 429 is answered.")
        self.batch_size = self._histogram("batch_size", "Photos that shared a pass through the network.", PHOTOS)
        self.decode_worker_restarts = self._counter(
            "decode_worker_restarts", "Processes that decode pictures and had to be replaced."
        )
        self.stored_explanations = self._gauge("stored_explanations", "Explanations that are kept.")
        self.stored_bytes = self._gauge(
            "stored_bytes", "Their files' bytes; where several share files, they count for each."
        )
        self.dataset_bytes = self._gauge("dataset_bytes", "Bytes of pictures to train on that are kept.")
        self.evaluation_bytes = self._gauge("evaluation_bytes", "Bytes of evaluations that have ended and are kept.")
        self.disk_free = self._gauge("disk_free_bytes", "Room left on the disk of the data folder.")
        self.disk_reserve = self._gauge("disk_reserve_bytes", "Where less room is left, nothing more is kept.")
        self.trainings = self._gauge("trainings", "Trainings that have not ended, by state.", "state")
        self.evaluations = self._gauge("evaluations", "Evaluations that have not ended, by state.", "state")
        self.build = self._gauge("build_info", "The version that runs; always 1.", "version", "python")
        self.build.labels(VERSION, platform.python_version()).set(1)
        self.model = self._gauge(
            "model_info",
            "The model that answers where none is named; always 1.",
            "id",
            "architecture",
            "head",
            "provider",
        )

    def _counter(self, name: str, sentence: str, *labels: str) -> Counter:
        return Counter(f"camscope_{name}", sentence, labels, registry=self.registry)

    def _gauge(self, name: str, sentence: str, *labels: str) -> Gauge:
        return Gauge(f"camscope_{name}", sentence, labels, registry=self.registry)

    def _histogram(self, name: str, sentence: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"camscope_{name}", sentence, labels, registry=self.registry, buckets=buckets)
