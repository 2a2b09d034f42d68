"""`camscope compare-heads`: what the choice of a head does, measured on one's own pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli_networks import need_torch
from model.durable import write_synced
from model.embedded import NAME
from model.errors import DatasetError
from model.head_comparison import NUMBERS
from model.plan import HeadChoice, Plan

if TYPE_CHECKING:
    from app.config import Settings
    from model.boxes import BoxedPicture
    from model.head_comparison import HeadComparison
    from model.training.comparison import Contest

REPORT = "report.html"

DataArgument = Annotated[
    Path,
    typer.Argument(
        metavar="DATA",
        help="A folder of class folders, one with train/ and val/, or a CSV with the columns path and label.",
        show_default=False,
    ),
]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", help="A new folder for the report and its numbers.", show_default=False)
]
BaseOption = Annotated[
    str, typer.Option(help="Whose feature maps: the embedded network, one of torchvision or timm, or a model folder.")
]
HeadsOption = Annotated[
    list[HeadChoice] | None, typer.Option("--head", help="Compare this head; repeatable. Default all six.")
]
BoxesOption = Annotated[
    Path | None,
    typer.Option(
        help="A CSV with the columns path, label, left, top, right, bottom: are the maps where the boxes are?",
        show_default=False,
    ),
]
SeedsOption = Annotated[int, typer.Option(min=1, max=100, help="How often each head is trained.")]
EpochsOption = Annotated[int, typer.Option(min=1, help="Of each training, at most.")]
SizeOption = Annotated[
    int | None,
    typer.Option(min=32, max=2048, help="Side of the input, in pixels; default the base's.", show_default=False),
]
ThreadsOption = Annotated[
    int | None, typer.Option(min=1, help="Processor threads; default all cores.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("compare-heads")(compare_heads)


def compare_heads(
    data: DataArgument,
    out: OutOption,
    base: BaseOption = NAME,
    heads: HeadsOption = None,
    boxes: BoxesOption = None,
    seeds: SeedsOption = 5,
    epochs: EpochsOption = 100,
    image_size: SizeOption = None,
    threads: ThreadsOption = None,
) -> None:
    """Train all heads on the same feature maps, and measure what each is good for."""
    from app.cli_settings import load_settings

    need_torch("lightning")
    _refuse_taken(out)
    from model.training.comparison import Contest

    contest = Contest(tuple(dict.fromkeys(heads or HeadChoice)), seeds, epochs)
    plan = Plan(data=data, out=out, base=base, image_size=image_size, threads=threads)
    comparison = _measure(plan, contest, boxes, load_settings())
    _write(out, comparison)
    _tell(comparison)
    typer.echo(f"The report is {out / REPORT}, its numbers are in {out / NUMBERS}.")


def _refuse_taken(out: Path) -> None:
    """Refuse at once what would be refused when all the work is done.

    Raises:
        DatasetError: there is something in the folder, or it cannot be one
    """
    if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
        raise DatasetError(f"{out}: exists already; name a new folder.")


def _measure(plan: Plan, contest: "Contest", boxes: Path | None, settings: "Settings") -> "HeadComparison":
    from app.training_terminal import Terminal
    from model.training.comparison import compare_heads as measure
    from model.training.preparation import Surroundings, take_stock

    with Terminal() as terminal:
        around = Surroundings(
            cache_dir=settings.cache_dir,
            feature_bytes=round(settings.feature_cache_gb * 1e9),
            max_megapixels=settings.max_megapixels,
            listener=terminal.listen,
        )
        census = take_stock(plan, around)
        return measure(plan, census, contest, _boxed(boxes, census.dataset.labels), around)


def _boxed(boxes: Path | None, labels: tuple[str, ...]) -> "tuple[BoxedPicture, ...]":
    from model.boxes import read_boxes

    return () if boxes is None else read_boxes(boxes, labels)


def _write(out: Path, comparison: "HeadComparison") -> None:
    from app.comparison_report import draw_comparison

    try:
        out.mkdir(parents=True, exist_ok=True)
        write_synced(out / NUMBERS, comparison.model_dump_json(indent=1).encode())
        write_synced(out / REPORT, draw_comparison(comparison))
    except OSError as error:
        raise DatasetError(f"{out}: the report cannot be written: {error.strerror}.") from error


def _tell(comparison: "HeadComparison") -> None:
    """The numbers in a table, and what they say of what is often said."""
    from rich.console import Console
    from rich.table import Table

    from app.comparison_claims import claims, counted, rated, unfinished

    table = Table(box=None)
    shares = [f"moved {one.share:g}" for one in comparison.heads[0].shifted]
    located = ["peak in box", "evidence in box", "box overlaps", "own class"] if comparison.boxes else []
    for column in ("head", "parameters", "train", "val", "gap", "epochs", *shares, "larger", *located):
        table.add_column(column, justify="left" if column == "head" else "right")
    for one in comparison.heads:
        found = one.localisation
        places = [rated(value) for value in (found.pointing, found.inside, found.overlap, found.own)] if found else []
        table.add_row(
            one.head.value,
            f"{one.parameters:,}",
            rated(one.train_accuracy),
            rated(one.val_accuracy),
            f"{100 * one.gap.mean:.1f}",
            counted(one.epochs_to_best),
            *(rated(moved.accuracy) for moved in one.shifted),
            rated(one.other_size) if one.other_size else "no",
            *(places or ["no map"] * len(located)),
        )
    console = Console(highlight=False)
    console.print(table)
    if remark := unfinished(comparison):
        console.print(remark, markup=False)
    for claim in claims(comparison):
        console.print(f"{claim.answer} {claim.said} {claim.measured}", markup=False)
