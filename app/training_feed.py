"""What a training has said of itself so far, read from its file of events as that grows."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

from model.metrics import EpochFigures
from model.runs import Done, EpochDone, Event, Failed, Note, Progress, Stage, StageBegun, read_events

FEEDS_KEPT = 256


@dataclass
class Seen:
    """All events so far, folded into one picture.

    Attributes:
        stage: the last that began
        progress: in that stage
        epochs: by stage and number; one that is done again after a crash replaces the first
        epochs_planned: in the last stage that has epochs
        seconds_left: as last said
        notes: each once, in order
        done: the last event, when it ended well
        failed: why it did not
        stages: all that began
        events: how many there were
    """

    stage: Stage | None = None
    progress: Progress | None = None
    epochs: dict[tuple[str, int], EpochFigures] = field(default_factory=dict)
    epochs_planned: int = 0
    seconds_left: float | None = None
    notes: dict[str, None] = field(default_factory=dict)
    done: Done | None = None
    failed: str | None = None
    stages: set[str] = field(default_factory=set)
    events: int = 0

    @property
    def reached(self) -> int:
        """How far it got: stages and epochs, each counted once."""
        return len(self.stages) + len(self.epochs)

    def take(self, event: Event) -> None:
        """Fold in the next event."""
        self.events += 1
        match event:
            case StageBegun():
                self.stage, self.progress, self.seconds_left = event.stage, None, None
                self.stages.add(event.stage)
            case Progress():
                self.progress, self.seconds_left = event, event.seconds_left
            case EpochDone():
                self._take_epoch(event)
            case Note():
                self.notes[event.message] = None
            case Done():
                self.done, self.seconds_left = event, None
            case Failed():
                self.failed, self.seconds_left = event.message, None

    def _take_epoch(self, event: EpochDone) -> None:
        key = (event.figures.stage, event.figures.epoch)
        for later in [one for one in self.epochs if one[0] == key[0] and one[1] >= key[1]]:
            del self.epochs[later]
        self.epochs[key] = event.figures
        self.epochs_planned, self.seconds_left = event.epochs, event.seconds_left


class Feed:
    """One training's events; what is new in the file is read when asked."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._offset = 0
        self._seen = Seen()

    def refresh(self) -> Seen:
        """All that was said until now. Blocking; from any thread."""
        with self._lock:
            for event, offset in read_events(self._file, self._offset):
                self._seen.take(event)
                self._offset = offset
            return self._seen


class Feeds:
    """The feeds of the trainings that were last asked for."""

    def __init__(self) -> None:
        self._feeds: OrderedDict[Path, Feed] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, file: Path) -> Feed:
        """The feed of a file of events."""
        with self._lock:
            feed = self._feeds.setdefault(file, Feed(file))
            self._feeds.move_to_end(file)
            while len(self._feeds) > FEEDS_KEPT:
                self._feeds.popitem(last=False)
            return feed
