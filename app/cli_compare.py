"""`camscope compare`: photos under two networks: a table, JSON, pictures side by side and a gallery of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli_compare_photo import Job, Networks, compare_one
from model.spec import SCALES

if TYPE_CHECKING:
    from rich.table import Table

    from app.config import Settings
    from app.gallery import Item
    from app.labelled import Judge, Labelled
    from model.classifier import Classifier

BeforeArgument = Annotated[
    str, typer.Argument(metavar="BEFORE", help="A model folder, or the name of one that `camscope models` lists.")
]
AfterArgument = Annotated[str, typer.Argument(metavar="AFTER", help="The other one.")]
DataOption = Annotated[
    Path,
    typer.Option(
        "--data",
        "-d",
        help="Photos: a folder; with class folders, or as a CSV with the columns path and label, both are judged.",
        show_default=False,
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Folder for a picture and a JSON per photo, and index.html.", show_default=False),
]
ClassOption = Annotated[
    str | None,
    typer.Option(
        "--class", "-c", help="Compare this class, a label or index:285; default the photo's, else the likeliest."
    ),
]
OtherOption = Annotated[
    str | None, typer.Option(help="The class of AFTER that is the same thing, whatever its name.", show_default=False)
]
ScaleOption = Annotated[float, typer.Option(help="Input scale 1, 1.5, 2 or 3: larger for a finer grid.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table, one line per photo.")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("compare")(compare)


def compare(
    before: BeforeArgument,
    after: AfterArgument,
    data: DataOption,
    out: OutOption = None,
    label: ClassOption = None,
    other: OtherOption = None,
    scale: ScaleOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Compare two models on photos: what each says, where its evidence lies, and how it moved."""
    from app.cli_settings import load_settings

    if scale not in SCALES:
        raise typer.BadParameter(f"--scale takes {', '.join(f'{one:g}' for one in SCALES)}; not {scale:g}")
    raise typer.Exit(run(Job(before, after, data, out, label, other, scale, as_json), load_settings()))


def run(job: Job, settings: "Settings") -> int:
    """Compare on every photo; what cannot be read is named at the end, the rest is done.

    Returns:
        the exit status: 0 all done, 1 some photos were not

    Raises:
        AppError, ModelError: nothing can be done at all
    """
    from app.cli_explain import progress
    from app.cli_files import prepare_out
    from app.cli_results import PROBLEMS, reason
    from app.errors import StartError
    from app.gallery import drop_previews
    from app.labelled import Judge, read_photos

    if not job.data.exists():
        raise StartError(f"{job.data}: there is no such folder, table or photo.")
    photos = read_photos(job.data)
    if not photos.sources:
        raise StartError(f"There is no picture in {job.data}.")
    networks = Networks(open_network(job.before, settings), open_network(job.after, settings))
    check_classes(job, networks)
    if job.out:
        prepare_out(job.out)
    judges = [Judge(one.spec.labels, photos.labels) for one in (networks.before, networks.after)]
    items: list[Item] = []
    failures: list[tuple[Path, str]] = []
    with progress(len(photos.sources), "comparing") as advance:
        for source in photos.sources:
            try:
                items.append(compare_one(source, job, networks, photos, judges, settings))
                drop_previews(items)
            except PROBLEMS as error:
                failures.append((source.path, reason(error)))
            advance()
    report(items, failures, job, networks, photos, judges)
    return 1 if failures else 0


def open_network(named: str, settings: "Settings") -> "Classifier":
    """A model folder by its path, or by the name that it has among those there are.

    Raises:
        BundleError, StartError: it cannot be used, or there is none
    """
    from app.cli_models import folders
    from app.embedded import ensure_embedded
    from app.errors import StartError
    from model.bundle import read_bundle
    from model.classifier import Classifier
    from model.embedded import NAME
    from model.errors import BundleError

    threads = settings.inference_threads or None
    if Path(named).exists():
        return Classifier.open(Path(named), threads)
    if named == NAME:
        return Classifier.open(ensure_embedded(settings.cache_dir), threads)
    for path in folders(settings):
        try:
            bundle = read_bundle(path)
        except BundleError:
            continue
        if named in (bundle.id, bundle.name):
            return Classifier.open(path, threads)
    raise StartError(f"There is no model '{named}': name a model folder, or one that `camscope models` lists.")


def check_classes(job: Job, networks: Networks) -> None:
    """Refuse a class that neither knows before any work is done.

    Raises:
        Unusable: close labels are suggested
    """
    from app.classes import named_classes
    from app.errors import Unusable

    if job.other is not None:
        named_classes(networks.after.spec.labels, [job.other], "--other")
    if job.label is not None:
        try:
            named_classes(networks.before.spec.labels, [job.label], "--class")
        except Unusable:
            if job.other is not None or job.label.startswith("index:"):
                raise
            named_classes(networks.after.spec.labels, [job.label], "--class")


def report(
    items: Sequence["Item"],
    failures: Sequence[tuple[Path, str]],
    job: Job,
    networks: Networks,
    photos: "Labelled",
    judges: Sequence["Judge"],
) -> None:
    """The table, what both got right and wrong, where the results are, and what failed."""
    from rich.console import Console
    from rich.markup import escape

    from app.cli_files import write_whole
    from app.gallery import Summary, draw_gallery, summary_json

    names = (networks.before.bundle.name, networks.after.bundle.name)
    summary = Summary.of(items, names, photos.note, [judge.score for judge in judges])
    if items and not job.as_json:
        Console().print(table(items, names))
    notes = Console(stderr=True, soft_wrap=True)
    for line in summary.lines:
        notes.print(escape(line))
    if job.out and items:
        write_whole(job.out / "index.html", draw_gallery(summary, items))
        write_whole(job.out / "report.json", summary_json(summary, items, failures))
        notes.print(f"{len(items)} of {len(photos.sources)} compared; open {escape(str(job.out / 'index.html'))}")
    if failures:
        notes.print(f"{len(failures)} of {len(photos.sources)} could not be compared:")
    for path, why in failures:
        notes.print(f"  {escape(str(path))}: {escape(why)}")


def table(items: Sequence["Item"], names: tuple[str, str]) -> "Table":
    """A line per photo, those whose evidence moved most first."""
    from rich.markup import escape
    from rich.table import Table

    from app.gallery import by_movement
    from app.text import signed

    made = Table(box=None, pad_edge=False)
    made.add_column("photo", overflow="fold")
    for name in names:
        made.add_column(escape(name))
    for name in ("class", "change in logits", "moved"):
        made.add_column(name, justify="left" if name == "class" else "right")
    for item in by_movement(items):
        change = "–" if item.shift is None else signed(item.shift)
        moved = "–" if item.moved is None else f"{item.moved:.0%}"
        cells = (item.shown, *item.said, item.title, change, moved)
        made.add_row(*(escape(cell) for cell in cells))
    return made
