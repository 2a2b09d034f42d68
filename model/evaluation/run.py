"""An evaluation from its pictures to its numbers: one pass over the folder, appended as it goes.

Each thread takes a picture from its file to its record, as `camscope explain` does (docs/decisions/0098); one writes.
However many pictures there are, few are held.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from model.classifier import Classifier
from model.dataset import Sample
from model.errors import EvaluationError
from model.evaluation.classification import Answers, classification_figures
from model.evaluation.folder import EvaluationFolder, EvaluationWriter
from model.evaluation.looking import Looker, Numbered, Seen
from model.evaluation.marks import Marks
from model.evaluation.measuring import Ruler, localisation_figures
from model.evaluation.records import (
    EvaluatedData,
    EvaluatedModel,
    EvaluationMetrics,
    LeftOut,
    MapPlaces,
    PictureRecord,
)
from model.evaluation.recurring import recurring_places
from model.evaluation.trials import Trials, faithfulness_of, sanity_of
from model.findings import counted, listed
from model.runs import EvaluationStage, Listener, Progress, StageBegun
from model.sessions import usable_cores
from model.threads import map_ahead

SPARE_JOBS = 1  # has a core while another waits for Python's lock
TOLD_EVERY_S = 0.2
FEWEST = 5  # pictures after which it can be said how long the others will take

TROUBLES = {
    "unusable": "What is drawn on {pictures} cannot be read or is of another shape, and does not count",
    "beside": "All boxes of {pictures} lie beside the picture and do not count",
    "empty": "The mask of {pictures} is empty and does not count",
    "scaled": "What is drawn on {pictures} was drawn at another size and is scaled",
    "cut": "A box of {pictures} reaches beyond the picture and is cut",
}

Item = TypeVar("Item")


@dataclass(frozen=True)
class Question:
    """What is evaluated.

    Attributes:
        samples: the pictures, labels by the network's classes
        data: name of the folder or table
        marks: what somebody drew on pictures, by their place
        findings: a sentence each: what was noticed of the pictures
        max_megapixels: larger pictures are left out
        jobs: pictures at the same time; None for what the cores can do
        batch: pictures that a thread takes at a time: more than one where passes are shared, as on a GPU
        threads: of one forward pass
        listener: is told how it goes
    """

    samples: Sequence[Sample]
    data: str
    marks: Mapping[int, Marks] = field(default_factory=dict)
    findings: Sequence[str] = ()
    max_megapixels: float = 50.0
    jobs: int | None = None
    batch: int = 1
    threads: int = 1
    listener: Listener = field(default=lambda _event: None)

    @property
    def workers(self) -> int:
        """Pictures at the same time."""
        return self.jobs or usable_cores() + SPARE_JOBS


class Clock:
    """Seconds by stage, of this run alone: a stage that is gone on with begins at none."""

    def __init__(self, listener: Listener) -> None:
        self.seconds: dict[str, float] = {}
        self._listener = listener

    @contextmanager
    def stage(self, name: EvaluationStage) -> Iterator[Callable[[int, int], None]]:
        """A part of the work; yields what to call with how much of it is done and how much there is."""
        self._listener(StageBegun(stage=name))
        started = told = time.monotonic()
        first: tuple[int, float] | None = None  # done, and when: what was there before took no time

        def progress(done: int, total: int) -> None:
            nonlocal told, first
            now = time.monotonic()
            first = first or (done, now)
            if now - told >= TOLD_EVERY_S or done == total:
                told = now
                left = (now - first[1]) / (done - first[0]) * (total - done) if done - first[0] >= FEWEST else None
                self._listener(Progress(stage=name, done=done, total=total, seconds_left=left))

        yield progress
        self.seconds[name] = round(time.monotonic() - started, 2)


def evaluate(classifier: Classifier, question: Question, writer: EvaluationWriter) -> EvaluationMetrics:
    """Ask a network about every picture that is not done yet, and say what all of them come to.

    Args:
        classifier: the network; of one thread, where there are several pictures
        question: what is asked
        writer: of the folder, which may have some pictures already

    Returns:
        what was written as metrics.json

    Raises:
        EvaluationError: not one picture could be answered
        OSError: the folder cannot be written
    """
    clock = Clock(question.listener)
    with clock.stage("pictures") as progress:
        look_at_all(classifier, question, writer, progress)
    settings, trials = writer.settings(), _trials(classifier, question, writer)
    if settings.faithfulness:
        with clock.stage("faithfulness") as progress:
            trials.without_evidence(progress)
    if settings.sanity:
        with clock.stage("sanity") as progress:
            trials.spoiled(progress)
    with clock.stage("measure"):
        metrics = measured(classifier, question, writer)
    metrics = metrics.model_copy(update={"seconds": clock.seconds})
    writer.finish(metrics)
    return metrics


def look_at_all(
    classifier: Classifier, question: Question, writer: EvaluationWriter, progress: Callable[[int, int], None]
) -> None:
    """Append what is seen of every picture that is not done yet."""
    settings = writer.settings()
    looker = Looker(classifier, settings.scales, question.max_megapixels, Ruler(settings.step, settings.raster))
    waiting = (
        Numbered(number, question.samples[number], question.marks.get(number))
        for number in range(writer.done, len(question.samples))
    )
    for some in map_ahead(looker.look, in_batches(waiting, question.batch), question.workers):
        for seen in some:
            append(writer, seen, len(question.samples))
            progress(writer.done, len(question.samples))


def append(writer: EvaluationWriter, seen: Seen, of: int) -> None:
    """Write one picture: its maps and rows, then its record, which says where they lie."""
    line = seen.line
    if isinstance(line, PictureRecord) and seen.maps:
        said = writer.append_maps(seen.maps)
        line = line.model_copy(update={"maps": MapPlaces(said=said, true=said + seen.maps[0].size)})
    for name, row in seen.rows.items():
        writer.put_row(name, line.number, row, of)
    writer.append(line, seen.thumbnail)


def measured(classifier: Classifier, question: Question, folder: EvaluationFolder) -> EvaluationMetrics:
    """What all pictures of a folder come to.

    Raises:
        EvaluationError: not one of them could be answered
    """
    lines = list(folder.lines())
    records = [line for line in lines if isinstance(line, PictureRecord)]
    left_out = [line for line in lines if isinstance(line, LeftOut)]
    if not records:
        reason = f" '{left_out[0].path}': {left_out[0].problem}" if left_out else ""
        raise EvaluationError(f"Not one picture could be answered.{reason}")
    spec, bundle, settings = classifier.spec, classifier.bundle, folder.settings()
    return EvaluationMetrics(
        created_at=datetime.now(UTC),
        model=EvaluatedModel(id=bundle.id, name=bundle.name, head=spec.head.value, labels=spec.labels),
        data=EvaluatedData(
            name=question.data,
            pictures=len(records),
            unreadable=len(left_out),
            classes=dict(sorted(Counter(index for one in records for index in one.true).items())),
        ),
        settings=settings,
        classification=classification_figures(Answers.of(records), spec.labels),
        localisation=localisation_figures(folder, records, settings),
        faithfulness=faithfulness_of(folder),
        sanity=sanity_of(folder),
        recurring=recurring_places(records),
        problems=(*question.findings, *_troubles(records), *_problems(left_out)),
    )


def _trials(classifier: Classifier, question: Question, writer: EvaluationWriter) -> Trials:
    return Trials(
        classifier=classifier,
        folder=writer,
        samples=question.samples,
        max_megapixels=question.max_megapixels,
        workers=question.workers,
        threads=question.threads,
        batch=question.batch,
    )


def in_batches(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    """So many at a time, in their order."""
    while some := list(islice(items, size)):
        yield some


def _problems(left_out: Sequence[LeftOut]) -> Iterator[str]:
    by_problem: dict[str, list[str]] = {}
    for one in left_out:
        by_problem.setdefault(one.problem, []).append(one.path)
    for problem, names in by_problem.items():
        are = counted(len(names), "picture is", "pictures are")
        yield f"{are} left out: {listed(names)}. {problem}"


def _troubles(records: Sequence[PictureRecord]) -> Iterator[str]:
    for trouble, sentence in TROUBLES.items():
        if names := [one.path for one in records if one.trouble == trouble]:
            yield f"{sentence.format(pictures=counted(len(names), 'picture'))}: {listed(names)}."
