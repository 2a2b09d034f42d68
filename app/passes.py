"""What goes through the network together: photos that wait, the passes they share, and what comes of them."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from app.errors import AppError
from model.bundle import Bundle
from model.classifier import Explanation
from model.photos import Photo, PhotoFile
from model.preprocess import Prepared
from model.spec import ModelSpec


class Explains(Protocol):
    """What the web needs of a classifier (model/classifier.py has the real one)."""

    @property
    def bundle(self) -> Bundle:
        """Where it comes from."""

    @property
    def spec(self) -> ModelSpec:
        """What its outputs mean."""

    @property
    def provider(self) -> str:
        """ONNX Runtime's name for what runs it."""

    def with_features(self) -> "Explains":
        """The same network, whose maps have the feature maps behind them wherever it runs."""

    def prepare(self, photo: Photo | PhotoFile, scale: float = 1, alone: bool = False) -> Prepared:
        """Bring a photo to the size the network is to see; alone, it may have two cores."""

    def answer(self, batch: Sequence[Prepared], alone: bool = True) -> list[Explanation]:
        """Explain inputs of one shape by one forward pass; one that is not alone leaves cores to those beside it."""

    def probe(self) -> None:
        """Raise InferenceError where the built-in probe is answered wrongly."""


@dataclass(frozen=True)
class Answer:
    """An explanation, and how long the photo waited for its turn."""

    explanation: Explanation
    queue_ms: float


class Job:
    """A photo that waits; it leaves the line when its pass begins, or its caller goes.

    Attributes:
        kind: what photos of one pass have in common
        pixels: of its input
    """

    def __init__(self, classifier: Explains, prepared: Prepared) -> None:
        height: int = prepared.pixels.shape[0]
        width: int = prepared.pixels.shape[1]
        self.classifier, self.prepared = classifier, prepared
        self.kind = (id(classifier), height, width, prepared.scale)
        self.pixels = height * width
        self.future: Future[Answer] = Future()
        self.entered = time.perf_counter()


@dataclass(frozen=True, eq=False)
class Pass:
    """Photos that go through the network together.

    Attributes:
        jobs: the photos
        pixels: of all their inputs
        alone: whether nothing is to run beside them
        started: when it began, by time.perf_counter
    """

    jobs: Sequence[Job]
    pixels: int
    alone: bool
    started: float


def outcomes(jobs: Sequence[Job], alone: bool, started: float) -> list[Answer | Exception]:
    """What comes of jobs of one kind, in their order; where a pass of several fails, each is tried alone."""
    try:
        explanations = jobs[0].classifier.answer([job.prepared for job in jobs], alone)
        return [
            Answer(explanation, (started - job.entered) * 1e3)
            for job, explanation in zip(jobs, explanations, strict=True)
        ]
    except Exception as error:  # noqa: BLE001 - it is raised again where the job waits
        if len(jobs) == 1:
            return [error]
    return [outcome for job in jobs for outcome in outcomes([job], alone, time.perf_counter())]


def refuse(passes: Sequence[Pass], why: Callable[[], AppError]) -> None:
    """Tell the callers of passes that have been given up."""
    for one in passes:
        for job in one.jobs:
            job.future.set_exception(why())
