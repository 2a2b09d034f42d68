"""A training or an evaluation under way: what it says of itself as it goes, one JSON line an event.

Who works writes; the terminal, or a server in another process, reads. torch is not needed for either.
"""

import json
from collections.abc import Callable, Iterator
from os import SEEK_END
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from model.figures import Share
from model.metrics import EpochFigures
from model.spec import Record

RunStage = Literal["check", "features", "head", "network", "export", "validate"]
EvaluationStage = Literal["pictures", "measure", "faithfulness", "sanity"]
Stage = RunStage | EvaluationStage


class StageBegun(Record):
    """A part of the work begins."""

    kind: Literal["stage"] = "stage"
    stage: Stage


class Progress(Record):
    """How far the present stage is: pictures, or epochs."""

    kind: Literal["progress"] = "progress"
    stage: Stage
    done: int
    total: int
    seconds_left: float | None = None


class EpochDone(Record):
    """An epoch is over; `epochs` are planned in its stage, early stopping may end it sooner."""

    kind: Literal["epoch"] = "epoch"
    figures: EpochFigures
    epochs: int
    seconds_left: float | None = None


class Note(Record):
    """Something to tell: a picture that was skipped, why training stopped early, what was kept."""

    kind: Literal["note"] = "note"
    message: str


class Done(Record):
    """The bundle, or the evaluation of one, is there."""

    kind: Literal["done"] = "done"
    path: str
    bundle_id: str
    accuracy: Share


class Failed(Record):
    """It ended without what was wanted; the message says why."""

    kind: Literal["failed"] = "failed"
    message: str


Event = StageBegun | Progress | EpochDone | Note | Done | Failed
Listener = Callable[[Event], None]

_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def run_folder(out: Path) -> Path:
    """Where a training keeps checkpoints, logs and settings until its bundle `out` is written; hidden, beside it."""
    return out.parent / f".{out.name}.training"


def append_event(file: Path, event: Event) -> None:
    """Add an event to a file of events, at once visible to its readers."""
    line = event.model_dump_json().encode() + b"\n"
    with file.open("a+b") as stream:
        if stream.seek(0, SEEK_END):
            stream.seek(-1, SEEK_END)
            if stream.read(1) != b"\n":  # a line cut short by a crash takes no later one with it
                line = b"\n" + line
        stream.write(line)


def read_events(file: Path, offset: int = 0) -> Iterator[tuple[Event, int]]:
    """The events from a place in a file of events on, each with the place after it; half-written lines wait.

    Args:
        file: may not be there yet
        offset: in bytes, 0 or a place that came with an event
    """
    try:
        with file.open("rb") as stream:
            stream.seek(offset)
            content = stream.read()
    except FileNotFoundError:
        return
    for line in content.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            return
        offset += len(line)
        try:
            yield _EVENT.validate_python(json.loads(line)), offset
        except (ValidationError, ValueError):  # a line cut short by a crash
            continue
