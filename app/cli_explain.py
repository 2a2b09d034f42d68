"""`camscope explain`: photos in, a table, JSON and overlays out."""

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app import answers
from app.classes import DEFAULT_TOP_K, chosen, named_classes
from app.cli_photos import Source, find_photos
from app.config import Settings
from app.embedded import ensure_embedded
from app.errors import StartError, Unusable
from app.schemas import Explanation
from app.store import Numbers
from model.classifier import Classifier
from model.errors import BrokenPhoto, ModelError
from model.geometry import Grid
from model.photos import Photo, encode_png, read_photo, shrink
from model.rendering import Style, limit, overlay, with_legend

PROBLEMS = (ModelError, OSError)


@dataclass(frozen=True)
class Job:
    """What the command line asks for; `model/rendering.py` has the style's fields."""

    paths: tuple[Path, ...]
    out: Path | None
    model: Path | None
    top_k: int | None
    classes: tuple[str, ...]
    scale: float
    style: Style
    as_json: bool


def run(job: Job, settings: Settings) -> int:
    """Explain every photo; what cannot be explained is named at the end, the rest is done.

    Returns:
        the exit status: 0 all done, 1 some photos were not
    """
    sources = find_photos(job.paths)
    if not sources:
        raise StartError(f"There is no picture in {', '.join(str(path) for path in job.paths)}.")
    classifier = open_classifier(job.model, settings)
    extra = named_classes(classifier.spec.labels, job.classes)
    top_k = how_many(job.top_k, classifier.spec.classes)
    if job.out:
        prepare_out(job.out)
    table, failures = result_table(), []
    with progress(len(sources)) as advance:
        for source in sources:
            try:
                answer = explain_one(source, job, classifier, top_k, extra, settings)
            except PROBLEMS as error:
                failures.append((source.path, reason(error)))
            else:
                report(source, answer, table, job)
            advance()
    if table.row_count:
        Console().print(table)
    summarise(len(sources), failures, job)
    return 1 if failures else 0


def open_classifier(path: Path | None, settings: Settings) -> Classifier:
    """The model folder that was named, else the first of the settings, else the embedded network.

    Raises:
        BundleError, StartError: it cannot be used, or there is none; the message says what to do
    """
    chosen_path = path or next(iter(settings.model), None) or ensure_embedded(settings.cache_dir)
    return Classifier.open(chosen_path, settings.inference_threads or None)


def how_many(top_k: int | None, classes: int) -> int:
    """How many of the most probable classes.

    Raises:
        Unusable: more than there are
    """
    if top_k is not None and top_k > classes:
        raise Unusable(f"--top-k {top_k} is more than the {classes} classes that the network has.")
    return min(DEFAULT_TOP_K, classes) if top_k is None else top_k


def explain_one(
    source: Source, job: Job, classifier: Classifier, top_k: int, extra: Sequence[int], settings: Settings
) -> Explanation:
    """One photo, explained; its files written where that was asked for."""
    started = time.perf_counter()
    data = source.path.read_bytes()
    photo = read_photo(data, settings.max_megapixels)
    decoded_ms = (time.perf_counter() - started) * 1e3
    [found] = classifier.explain([photo], job.scale)
    numbers = Numbers(found.logits, found.probabilities, found.bias, found.maps)
    bundle = classifier.bundle
    row = answers.computed_row(found, photo, hashlib.sha256(data).hexdigest(), bundle.id)
    row.predictions = answers.choices(row, numbers, chosen(numbers.logits, top_k, extra))
    times = found.timing
    row.timing = {
        "decode": decoded_ms + times.preprocess_ms,
        "queue": 0.0,
        "forward": times.forward_ms,
        "cam": times.cam_ms,
        "total": (time.perf_counter() - started) * 1e3,
    }
    answer = answers.explanation(row, answers.Model(bundle.id, bundle.name, bundle.spec), numbers)
    if job.out:
        write_results(job.out / source.stem, record(source, answer), numbers, found.grid, photo, job.style)
    return answer


def record(source: Source, answer: Explanation) -> dict[str, Any]:
    """The API's answer, and which file it is about."""
    return {"file": str(source.path), **answer.model_dump(mode="json")}


def write_results(
    stem: Path, answer: dict[str, Any], numbers: Numbers, grid: Grid | None, photo: Photo, style: Style
) -> None:
    """The JSON, and the first class's map over the photo where the network has maps."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    write_whole(stem.with_name(f"{stem.name}.json"), json.dumps(answer, indent=2, ensure_ascii=False).encode())
    if numbers.maps is None or grid is None:
        return
    values = numbers.maps[answer["predictions"][0]["index"]]
    under = shrink(photo.pixels, answers.STORED_SIDE)
    drawn = overlay(under, values, grid, style, (photo.width, photo.height))
    picture = with_legend(drawn, style, limit(values, style.mode))
    write_whole(stem.with_name(f"{stem.name}.png"), encode_png(picture))


def write_whole(path: Path, content: bytes) -> None:
    """A file that is there whole or not at all."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def prepare_out(out: Path) -> None:
    """Make the folder for results.

    Raises:
        StartError: it cannot be made
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"{out}: cannot be used for the results: {error.strerror}") from None


def reason(error: Exception) -> str:
    """Why a photo was not explained, in one line."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) if str(error) else BrokenPhoto.__name__


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


def report(source: Source, answer: Explanation, table: Table, job: Job) -> None:
    """A line of JSON, or a row of the table."""
    if job.as_json:
        sys.stdout.write(json.dumps(record(source, answer), ensure_ascii=False) + "\n")
        return
    first, *others = answer.predictions
    then = ", ".join(f"{other.label} {other.probability:.1%}" for other in others[:2])
    cells = (source.shown, first.label, f"{first.probability:.1%}", f"{first.logit:.2f}", then)
    table.add_row(*(escape(cell) for cell in cells))


def summarise(total: int, failures: Sequence[tuple[Path, str]], job: Job) -> None:
    """Where the results are, and which photos failed and why, on the error stream."""
    console = Console(stderr=True, soft_wrap=True)
    done = total - len(failures)
    if job.out and done:
        console.print(f"{done} of {total} explained; results are in {escape(str(job.out))}")
    if failures:
        console.print(f"{len(failures)} of {total} could not be explained:")
    for path, why in failures:
        console.print(f"  {escape(str(path))}: {escape(why)}")
