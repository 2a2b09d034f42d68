"""`camscope explain`: photos in, a table, JSON and overlays out."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.classes import DEFAULT_TOP_K, named_classes
from app.cli_besides import Besides
from app.cli_evidence import Question
from app.cli_evidence import table as part_table
from app.cli_files import prepare_out
from app.cli_photos import Source, find_photos, readable
from app.cli_results import Explainer, Outcome, record
from app.config import Settings
from app.embedded import ensure_embedded
from app.errors import StartError, Unusable
from app.layout import plan
from app.schemas import Explanation
from app.schemas_channels import AccountInfo
from app.weighed import require_channels
from model.classifier import Classifier
from model.rendering import Style
from model.scales import FUSED
from model.sessions import usable_cores
from model.threads import map_ahead

if TYPE_CHECKING:
    from app.cli_reports import Reports

SPARE_JOBS = 1  # has a core while another waits for Python's lock


@dataclass(frozen=True)
class Job:
    """What the command line asks for; `model/rendering.py` has the style's fields. No `jobs`: what the cores can do."""

    paths: tuple[Path, ...]
    out: Path | None
    model: Path | None
    top_k: int | None
    classes: tuple[str, ...]
    scale: str
    style: Style
    as_json: bool
    jobs: int | None = None
    besides: Besides = field(default_factory=Besides)


def run(job: Job, settings: Settings) -> int:
    """Explain every photo; what cannot be explained is named at the end, the rest is done.

    Each thread takes a photo from its file to its results, with a network of one thread: on processors
    that beats passes that share photos (docs/decisions/0098). Few photos are held however many there are.

    Returns:
        the exit status: 0 all done, 1 some photos were not
    """
    sources = find_photos(job.paths)
    if not sources:
        raise StartError(f"There is no picture in {', '.join(str(path) for path in job.paths)}.")
    threads = settings.inference_threads or (1 if len(sources) > 1 else None)
    classifier = open_classifier(job.model, settings, threads)
    if job.besides.channels:
        require_channels(classifier.spec)
        classifier = classifier.with_features()
    besides = job.besides.checked(classifier.spec.labels)
    reports = reports_of(job, sources, besides.question)
    explainer = Explainer(
        classifier,
        how_many(job.top_k, classifier.spec.classes),
        named_classes(classifier.spec.labels, job.classes),
        1.0 if job.scale == FUSED else float(job.scale),
        settings.max_megapixels,
        job.out,
        job.style,
        besides,
        job.scale == FUSED,
        reports,
    )
    if job.out:
        prepare_out(job.out)
    job.besides.files.prepare(classifier.spec, explainer.extra)
    table, failures, parts, regions = result_table(), [], [], []
    batches = in_batches(sources, plan(settings, classifier.provider).batch_max)
    with progress(len(sources)) as advance:
        for outcomes in map_ahead(explainer.explain, batches, job.jobs or usable_cores() + SPARE_JOBS):
            for outcome in outcomes:
                if outcome.answer is None:
                    failures.append((outcome.source.path, outcome.why))
                else:
                    report(outcome, outcome.answer, table, job)
                    parts += [outcome] if outcome.part else []
                    regions += [outcome.regions] if outcome.regions else []
                advance()
    job.besides.files.finish(regions, classifier.bundle.id, job.scale)
    if reports:
        reports.finish(classifier.bundle.name)
    if table.row_count:
        Console().print(table)
        show_parts(parts)
    summarise(len(sources), failures, job)
    return 1 if failures else 0


def reports_of(job: Job, sources: Sequence[Source], question: Question | None) -> "Reports | None":
    """What writes the reports, where they are wanted; drawing pages takes packages that nothing else here needs."""
    if job.besides.report is None:
        return None
    from app.cli_reports import Reports

    reports = Reports(job.besides.report, sources, job.style, question.alteration if question else None)
    reports.prepare()
    return reports


def in_batches(sources: Sequence[Source], size: int) -> Iterator[Sequence[Source]]:
    """The photos in their order, so many at a time."""
    return (sources[start : start + size] for start in range(0, len(sources), size))


def open_classifier(path: Path | None, settings: Settings, threads: int | None) -> Classifier:
    """The model folder that was named, else the first of the settings, else the embedded network.

    Args:
        path: the model folder, where one was named
        settings: the others
        threads: of one forward pass; None for all cores

    Raises:
        BundleError, StartError: it cannot be used, or there is none; the message says what to do
    """
    chosen_path = path or next(iter(settings.model), None) or ensure_embedded(settings.cache_dir)
    return Classifier.open(chosen_path, threads)


def how_many(top_k: int | None, classes: int) -> int:
    """How many of the most probable classes.

    Raises:
        Unusable: more than there are
    """
    if top_k is not None and top_k > classes:
        raise Unusable(f"--top-k {top_k} is more than the {classes} classes that the network has.")
    return min(DEFAULT_TOP_K, classes) if top_k is None else top_k


@contextmanager
def progress(total: int, doing: str = "explaining") -> Iterator[Callable[[], None]]:
    """A progress bar on the terminal for more than one photo; yields what to call after each."""
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=total < 2 or not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def result_table() -> Table:
    """The head of the table of predictions."""
    table = Table(box=None, pad_edge=False)
    table.add_column("photo", overflow="fold")
    table.add_column("class")
    table.add_column("probability", justify="right")
    table.add_column("logit", justify="right")
    table.add_column("then")
    return table


def report(outcome: Outcome, answer: Explanation, table: Table, job: Job) -> None:
    """A line of JSON, or a row of the table; and a table of channels of its own where they are wanted."""
    source = outcome.source
    if job.as_json:
        sys.stdout.write(record(source, answer, outcome.more).decode() + "\n")
        return
    if outcome.channels:
        Console().print(channel_table(source, answer, outcome.channels))
    first, *others = answer.predictions
    then = ", ".join(f"{other.label} {other.probability:.1%}" for other in others[:2])
    cells = (outcome.source.shown, first.label, f"{first.probability:.1%}", f"{first.logit:.2f}", then)
    table.add_row(*(escape(cell) for cell in cells))


def show_parts(outcomes: Sequence[Outcome]) -> None:
    """What was asked of a part of each photo."""
    console = Console()
    for outcome in outcomes:
        if outcome.part:
            console.print()
            console.print(f"{escape(outcome.source.shown)}:", *map(escape, outcome.part["sentences"]))
            console.print(part_table(outcome.part))


def channel_table(source: Source, answer: Explanation, found: AccountInfo) -> Table:
    """A photo's first class, channel by channel, adding up to its logit."""
    table = Table(title=escape(f"{source.shown}: {answer.predictions[0].label}"), box=None, title_justify="left")
    for name in ("channel", "weight", "activation", "contribution"):
        table.add_column(name, justify="right")
    for channel in found.channels:
        numbers = (channel.weight, channel.activation, channel.contribution)
        table.add_row(str(channel.index), *(f"{number:.3f}" for number in numbers))
    table.add_row(f"{found.rest.channels} others", "", "", f"{found.rest.contribution:.3f}")
    table.add_row("bias", "", "", f"{found.bias:.3f}")
    table.add_row("logit", "", "", f"{found.logit:.3f}")
    return table


def summarise(total: int, failures: Sequence[tuple[Path, str]], job: Job) -> None:
    """Where the results are, and which photos failed and why, on the error stream."""
    console = Console(stderr=True, soft_wrap=True)
    done = total - len(failures)
    for place in (job.out, job.besides.report):
        if place and done:
            console.print(f"{done} of {total} explained; results are in {escape(readable(place))}")
    if failures:
        console.print(f"{len(failures)} of {total} could not be explained:")
    for path, why in failures:
        console.print(f"  {escape(readable(path))}: {escape(why)}")
