"""`camscope train`: a network for one's own pictures, from a folder or a table of them."""

import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from app.cli_networks import need_torch
from app.config import Settings
from app.errors import AppError
from app.loading import uncollected
from model.bundle import refuse_existing
from model.corrections import read_corrections
from model.dataset import read_dataset
from model.embedded import NAME
from model.errors import BundleError, DatasetError, ModelError, TrainingError
from model.manifest import NAME_PATTERN, first_line
from model.plan import Balance, Freeze, HeadChoice, Plan
from model.runs import Failed, Progress, StageBegun, append_event
from model.spec import Activation

if TYPE_CHECKING:
    from model.training.callbacks import Stop

PARENT_POLL_S = 1.0
INTERRUPTED, TERMINATED = 130, 143
GO_ON = "what was learned is kept: mend that, and --resume goes on"

DataArgument = Annotated[
    Path,
    typer.Argument(
        metavar="DATA",
        help="A folder of class folders, one with train/ and val/, or a CSV with the columns path and label "
        "(several labels as a|b).",
        show_default=False,
    ),
]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="The new model folder.", show_default=False)]
BaseOption = Annotated[
    str, typer.Option(help="What to begin with: the embedded network, one of torchvision or timm, or a model folder.")
]
HeadOption = Annotated[
    HeadChoice, typer.Option(help="What stands between feature maps and classes; all but fc keep exact maps.")
]
LossOption = Annotated[
    Activation, typer.Option("--loss", help="softmax: one label per picture; sigmoid: several, or none.")
]
SingleOption = Annotated[
    bool, typer.Option("--single-logit", help="One logit for two classes, with a sigmoid.", show_default=False)
]
FreezeOption = Annotated[
    Freeze,
    typer.Option(
        help="head: train the head alone (seconds). auto: then fine-tune the network, and keep the better. "
        "none: keep the fine-tuned network whatever comes."
    ),
]
EpochsOption = Annotated[
    int | None, typer.Option(min=1, help="Of fine-tuning, at most; default 10.", show_default=False)
]
HeadEpochsOption = Annotated[int, typer.Option(min=1, help="Of the head alone, at most.")]
RateOption = Annotated[
    float | None,
    typer.Option(
        "--lr", help="Of the head in fine-tuning; the rest learns at a tenth. Default 0.001.", show_default=False
    ),
]
SizeOption = Annotated[
    int | None,
    typer.Option(
        min=32,
        max=2048,
        help="Side in pixels of a square as large as the input; default the base's.",
        show_default=False,
    ),
]
BatchOption = Annotated[int, typer.Option(min=1, help="Pictures per step of fine-tuning, on each device.")]
WorkersOption = Annotated[
    int | None,
    typer.Option(min=0, help="Processes that read pictures; default 0 on a CPU, else up to 8.", show_default=False),
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of the split, the order, the augmentation, the first weights.")]
ValShareOption = Annotated[float, typer.Option(help="Of the pictures, to judge by, where there is no val/.")]
BalanceOption = Annotated[
    Balance, typer.Option(help="For unequal classes: draw rare ones more often, or weigh their losses.")
]
PrecisionOption = Annotated[
    str, typer.Option(help="Of fine-tuning, as Lightning has it: 32-true, 16-mixed, bf16-mixed.")
]
AcceleratorOption = Annotated[str, typer.Option(help="As Lightning has it: auto, cpu, gpu.")]
DevicesOption = Annotated[str, typer.Option(help="How many of each machine, or auto.")]
NodesOption = Annotated[int, typer.Option(min=1, help="Machines that train together; start each with torchrun.")]
ThreadsOption = Annotated[
    int | None, typer.Option(min=1, help="Processor threads; default all cores.", show_default=False)
]
LogsOption = Annotated[
    Path | None,
    typer.Option(help="Keep CSV and TensorBoard logs of fine-tuning in this folder.", show_default=False),
]
CorrectionsOption = Annotated[
    Path | None,
    typer.Option(help="CSV of wrong reasons: path,left,top,right,bottom, maybe label.", show_default=False),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on where a training of this model was interrupted.", show_default=False)
]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Look at the pictures, say what was found, and stop.", show_default=False)
]
EventsOption = Annotated[
    Path | None,
    typer.Option(help="Append what happens to this file, one JSON line an event.", show_default=False),
]
ParentOption = Annotated[int | None, typer.Option("--with-parent", metavar="PID", hidden=True)]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("train")(train)


def train(
    data: DataArgument,
    out: OutOption = None,
    base: BaseOption = NAME,
    head: HeadOption = HeadChoice.GAP,
    loss: LossOption = Activation.SOFTMAX,
    single_logit: SingleOption = False,
    freeze: FreezeOption = Freeze.AUTO,
    epochs: EpochsOption = None,
    head_epochs: HeadEpochsOption = 100,
    lr: RateOption = None,
    image_size: SizeOption = None,
    batch_size: BatchOption = 16,
    workers: WorkersOption = None,
    seed: SeedOption = 0,
    val_share: ValShareOption = 0.2,
    balance: BalanceOption = Balance.NONE,
    precision: PrecisionOption = "32-true",
    accelerator: AcceleratorOption = "auto",
    devices: DevicesOption = "auto",
    num_nodes: NodesOption = 1,
    threads: ThreadsOption = None,
    corrections: CorrectionsOption = None,
    logs: LogsOption = None,
    resume: ResumeOption = False,
    check: CheckOption = False,
    events: EventsOption = None,
    with_parent: ParentOption = None,
) -> None:
    """Train a network on your own pictures: a model folder that every other command understands.

    Ctrl-C keeps the best so far. Killed, --resume goes on from the last epoch.
    """
    from app.cli_settings import load_settings

    if with_parent is not None:
        end_with_parent(with_parent)
    options = {name: value for name, value in locals().items() if name in Plan.model_fields}
    if not check:
        need_torch("lightning")
    if out is None and not check:
        raise typer.BadParameter("--out: say where the new model folder goes")
    if out is not None and not re.fullmatch(NAME_PATTERN, out.name):
        raise typer.BadParameter(
            f"--out: {out.name!r} is not a usable name: letters, digits, dots, dashes, underscores"
        )
    activation = Activation.SIGMOID if single_logit else loss
    try:
        plan = Plan(**options | {"out": out or Path("unnamed"), "activation": activation})
    except ValidationError as error:
        raise typer.BadParameter(first_line(error)) from None
    settings = load_settings()
    if check:
        raise typer.Exit(_check(plan, settings))
    if events is not None:
        check_events(events)
    raise typer.Exit(_run(plan, settings, resume, events))


def check_events(file: Path) -> None:
    """Refuse a file that cannot be written, before anything is told."""
    try:
        file.open("ab").close()
    except OSError as error:
        raise typer.BadParameter(f"--events: {file} cannot be written: {error.strerror}") from None


def _check(plan: Plan, settings: Settings) -> int:
    """Look at the pictures and tell what was found; torch is not needed for that."""
    from app.training_terminal import Terminal, tell_census
    from model.census import take_census

    dataset = read_dataset(plan.data, seed=plan.seed, val_share=plan.val_share)
    with Terminal() as terminal:
        terminal.listen(StageBegun(stage="check"))
        census = take_census(
            dataset,
            settings.max_megapixels,
            plan.threads,
            lambda done, total: terminal.listen(Progress(stage="check", done=done, total=total)),
        )
    tell_census(census)
    return 0


def _run(plan: Plan, settings: Settings, resume: bool, events: Path | None) -> int:
    """Train; what fails is the last event, too."""
    try:  # before torch is loaded, which takes seconds
        refuse_existing(plan.out)
        read_dataset(plan.data, seed=plan.seed, val_share=plan.val_share)
        _ = plan.corrections and read_corrections(plan.corrections)
    except (BundleError, DatasetError) as error:
        if events is not None:
            append_event(events, Failed(message=str(error)))
        raise
    from app.reports import draw_report
    from app.training_terminal import Terminal, loading_torch, tell_result

    with loading_torch(), uncollected():
        from model.training.callbacks import Stop
        from model.training.preparation import Surroundings
        from model.training.processes import is_first
        from model.training.recipe import train as train_network

    stop = Stop()
    with _signals(stop), Terminal(events=events, silent=not is_first()) as terminal:
        around = Surroundings(
            cache_dir=settings.cache_dir,
            feature_bytes=round(settings.feature_cache_gb * 1e9),
            max_megapixels=settings.max_megapixels,
            listener=terminal.listen,
            stop=stop,
            draw_report=draw_report,
        )
        try:
            bundle = train_network(plan, around, resume)
        except KeyboardInterrupt:
            terminal.listen(Failed(message="Stopped before there was anything to keep."))
            typer.echo("camscope: stopped before there was anything to keep; --resume goes on", err=True)
            return INTERRUPTED
        except (AppError, ModelError) as error:
            terminal.listen(Failed(message=str(error)))
            raise
        except OSError as error:  # a disk that is full, above all
            broken = TrainingError(f"{error.filename or plan.out}: {error.strerror or error}; {GO_ON}")
            with suppress(OSError):  # the file of events may lie on the same disk
                terminal.listen(Failed(message=str(broken)))
            raise broken from error
        except Exception:
            terminal.listen(Failed(message="The training failed for a reason that nobody thought of; see its log."))
            raise
    if bundle is not None:
        tell_result(bundle)
    return 0


@contextmanager
def _signals(stop: "Stop") -> Iterator[None]:
    """Ctrl-C asks for a stop that keeps the best so far, a second one ends at once; so does SIGTERM, to be resumed."""

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        if stop:
            raise KeyboardInterrupt
        stop.wish()
        typer.echo("Stopping after this step, and keeping the best so far; Ctrl-C again ends at once.", err=True)

    def terminated(_number: int, _frame: FrameType | None) -> None:
        os._exit(TERMINATED)  # what is done lies on the disk, whole; whoever goes on begins there

    before = {signal.SIGINT: interrupted, signal.SIGTERM: terminated}
    kept = {number: signal.signal(number, handler) for number, handler in before.items()}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def end_with_parent(parent: int) -> None:
    """End, to be resumed, when the process that began this one is gone; at once where it is gone already."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_S)
        os._exit(TERMINATED)

    if os.getppid() != parent:
        os._exit(TERMINATED)
    threading.Thread(target=watch, daemon=True).start()
