"""A training, or an evaluation, in the terminal: bars and notes while it runs, the lines that matter at its end."""

from pathlib import Path
from shlex import quote
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.status import Status
from rich.table import Table

from model.bundle import Bundle
from model.census import Census
from model.intervals import wilson
from model.metrics import read_metrics
from model.runs import Done, EpochDone, Event, Failed, Note, Stage, StageBegun, append_event
from model.runs import Progress as Advance

STAGES: dict[Stage, str] = {
    "check": "looking at the pictures",
    "features": "computing features",
    "head": "training the head",
    "network": "fine-tuning the network",
    "export": "making the model",
    "validate": "judging it",
    "pictures": "looking at the pictures",
    "measure": "measuring",
    "faithfulness": "taking evidence away",
    "sanity": "spoiling the network",
}


class Terminal:
    """Draws what is told, and appends it to a file where one is given.

    Args:
        events: file of events; none to keep none
        silent: draw nothing, another process does
    """

    def __init__(self, events: Path | None = None, silent: bool = False) -> None:
        self._events, self._silent = events, silent
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description:<26}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=silent,
        )
        self._bars: dict[Stage, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def listen(self, event: Event) -> None:
        """Take one event."""
        if self._silent:
            return
        if self._events is not None:
            append_event(self._events, event)
        match event:
            case StageBegun(stage=stage):
                if stage not in ("export", "measure"):  # a second or two, and nothing to count
                    self._bars[stage] = self._progress.add_task(STAGES[stage], total=None, figures="")
                if not self._console.is_terminal:
                    self._console.print(STAGES[stage])
            case Advance(stage=stage, done=done, total=total) if stage in self._bars:
                self._progress.update(self._bars[stage], completed=done, total=total)
            case EpochDone():
                self._epoch(event)
            case Note(message=message):
                self._console.print(f"[dim]{escape(message)}[/dim]", soft_wrap=True)
            case Done() | Failed():
                pass

    def _epoch(self, event: EpochDone) -> None:
        figures = event.figures
        shown = f"loss {figures.held_out_loss:.3f}, right {figures.held_out_accuracy:.1%}"
        if figures.stage == "network" and not self._console.is_terminal:
            self._console.print(f"epoch {figures.epoch}/{event.epochs}: {shown}, {figures.seconds:.1f} s")
        if bar := self._bars.get(figures.stage):
            self._progress.update(bar, figures=shown)
            if figures.stage == "head":
                self._progress.update(bar, completed=figures.epoch, total=event.epochs)


def loading_torch() -> Status:
    """Says what the first seconds go to."""
    return Console(stderr=True, highlight=False).status("loading PyTorch …")


def tell_census(census: Census) -> None:
    """What there is to train on, class by class, and what is wrong with it."""
    console = Console(highlight=False)
    table = Table(box=None)
    table.add_column("class")
    table.add_column("train", justify="right")
    table.add_column("val", justify="right")
    for count in census.counts:
        table.add_row(escape(count.label), str(count.train), str(count.val))
    table.add_row("all", str(len(census.dataset.train)), str(len(census.dataset.val)), style="bold")
    console.print(table)
    if census.dataset.split == "made":
        console.print(f"The split was made with seed {census.dataset.seed}.")
    for problem in census.problems:
        console.print(problem, markup=False, soft_wrap=True)


def tell_result(bundle: Bundle) -> None:
    """The three lines that matter."""
    metrics = read_metrics(bundle.path)
    console = Console(highlight=False)
    if metrics is not None:
        count = metrics.counts.val
        low, high = wilson(round(metrics.accuracy * count), count)
        what = "all labels right on" if metrics.multi_label else "right on"
        console.print(
            f"{metrics.accuracy:.1%} {what} {count} validation pictures (95% interval {low:.1%} to {high:.1%})",
            markup=False,
        )
    console.print(
        f"The model is {bundle.id}, in {bundle.path}; look at {bundle.path / 'report.html'}",
        markup=False,
        soft_wrap=True,
    )
    console.print(f"Serve it: camscope serve --model {quote(str(bundle.path))}", markup=False, soft_wrap=True)
