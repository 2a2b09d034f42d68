"""The `camscope` command: thin; each command imports what it needs when it runs.

Exit status: 0 done, 1 something failed and was named, 2 wrong usage.
"""

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from app import cli_backup, cli_compare, cli_compare_heads, cli_evaluate, cli_evidence, cli_networks, cli_train
from app.loading import uncollected
from app.version import VERSION
from model.rendering import Mode, Style, mode_of

app = typer.Typer(
    name="camscope",
    help="What a convolutional network sees in a photo, and exactly which parts of it made it say so.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

HostOption = Annotated[str | None, typer.Option(help="Address to listen on; default 127.0.0.1.", show_default=False)]
PortOption = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port, 0 for any free one; default 8000.", show_default=False)
]
ModelsOption = Annotated[
    list[Path] | None,
    typer.Option("--model", "-m", help="A model folder, repeatable; the first is the default. None: the embedded one."),
]
ModelOption = Annotated[
    Path | None, typer.Option("--model", "-m", help="A model folder; default the embedded one.", show_default=False)
]
PathsArgument = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help="Photos, and folders of photos.", show_default=False)
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="Folder for a JSON and an overlay PNG per photo.", show_default=False),
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        help="An HTML file that shows it all without a server; for several photos a folder, with an index.",
        show_default=False,
    ),
]
TopOption = Annotated[
    int | None, typer.Option(min=1, help="How many of the most probable classes; default 5.", show_default=False)
]
ClassOption = Annotated[
    list[str] | None,
    typer.Option("--class", "-c", help="Explain this class as well, a label or index:285; repeatable."),
]
ScaleOption = Annotated[
    str, typer.Option(help="Input scale 1, 1.5, 2 or 3: larger for a finer grid; fused: all, and mirrored, averaged.")
]
ChannelsOption = Annotated[
    int, typer.Option(min=0, help="Print so many of the channels that brought the first class its score.")
]
ModeOption = Annotated[
    Mode | None,
    typer.Option(help="Both signs, or what speaks for the class; default the colour map's.", show_default=False),
]
ColormapOption = Annotated[
    str | None, typer.Option(help="Colours: RdBu_r, viridis, jet …; default the mode's.", show_default=False)
]
OpacityOption = Annotated[float, typer.Option(min=0, max=1, help="Of the strongest colour.")]
ThresholdOption = Annotated[float, typer.Option(min=0, max=1, help="Leave out what is below this part of the peak.")]
GreyOption = Annotated[bool, typer.Option("--grey", help="The photo under the map without its colours.")]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="How many photos at the same time; default one more than there are cores.",
        show_default=False,
    ),
]
CocoOption = Annotated[
    Path | None,
    typer.Option("--coco", help="A COCO JSON file of every photo's regions of strong evidence.", show_default=False),
]
VocOption = Annotated[
    Path | None, typer.Option("--voc", help="Folder for a Pascal VOC XML per photo.", show_default=False)
]
MasksOption = Annotated[
    Path | None, typer.Option("--masks", help="Folder for a PNG mask of indices per photo.", show_default=False)
]
RegionThresholdOption = Annotated[
    float, typer.Option(min=0, max=0.99, help="Regions exceed this part of a map's maximum (--coco, --voc, --masks).")
]
LargestOption = Annotated[bool, typer.Option("--largest", help="Each class's largest region alone.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table, one line per photo.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"camscope {VERSION}")
        raise typer.Exit


VersionOption = Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")]


@app.callback()
def _root(version: VersionOption = False) -> None:
    """What a convolutional network sees in a photo, and exactly which parts of it made it say so."""


@app.command()
def serve(host: HostOption = None, port: PortOption = None, models: ModelsOption = None) -> None:
    """Start the web app and the JSON API.

    Every setting is also an environment variable with the prefix CAMSCOPE_; the README lists them.
    """
    with uncollected():
        from app.cli_settings import load_settings
        from app.decode_workers import FORK_SERVER

    settings = load_settings(host=host, port=port, model=tuple(models) if models else None)
    FORK_SERVER.start()  # it loads what it needs beside what is loaded here
    with uncollected():
        from app.serving import run_server

    run_server(settings)


@app.command()
def explain(
    paths: PathsArgument,
    out: OutOption = None,
    model: ModelOption = None,
    top_k: TopOption = None,
    classes: ClassOption = None,
    scale: ScaleOption = "1",
    channels: ChannelsOption = 0,
    mode: ModeOption = None,
    colormap: ColormapOption = None,
    opacity: OpacityOption = 0.7,
    threshold: ThresholdOption = 0,
    grey: GreyOption = False,
    as_json: JsonOption = False,
    jobs: JobsOption = None,
    versus: cli_evidence.VersusOption = None,
    region: cli_evidence.RegionOption = None,
    erase: cli_evidence.EraseOption = None,
    keep: cli_evidence.KeepOption = None,
    fill: cli_evidence.FillOption = "blur",
    coco: CocoOption = None,
    voc: VocOption = None,
    masks: MasksOption = None,
    region_threshold: RegionThresholdOption = 0.2,
    largest: LargestOption = False,
    report: ReportOption = None,
) -> None:
    """Explain photos: what the network sees, and which parts of the picture made it say so.

    With --versus, --region, --erase or --keep also what a part of the photo carries for the first --class (default
    the most probable one), and what head and network say without it.
    """
    with uncollected():
        from app.cli_besides import Besides
        from app.cli_explain import Job, run
        from app.cli_regions import RegionFiles
        from app.cli_settings import load_settings
        from model.scales import FUSED, NAMES

    with contextlib.suppress(ValueError):
        scale = f"{float(scale):g}"
    if scale not in NAMES:
        raise typer.BadParameter(f"--scale takes {', '.join(NAMES)}; not {scale}")
    if channels and scale == FUSED:
        raise typer.BadParameter("--channels goes with one scale: fused maps are averaged, channels are not")
    try:
        style = Style(mode or (mode_of(colormap) if colormap else Mode.SIGNED), colormap, opacity, threshold, grey=grey)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    question = cli_evidence.question(next(iter(classes or ()), None), versus, region, erase, keep, fill)
    if question and scale == FUSED:
        raise typer.BadParameter("--versus, --region, --erase and --keep go with one scale, not with --scale fused")
    besides = Besides(question, channels, RegionFiles(coco, voc, masks, region_threshold, largest), report)
    job = Job(tuple(paths), out, model, top_k, tuple(classes or ()), scale, style, as_json, jobs, besides)
    raise typer.Exit(run(job, load_settings()))


@app.command("models")
def list_models() -> None:
    """List the model folders there are: the embedded network and those in the models folder."""
    from app.cli_models import run
    from app.cli_settings import load_settings

    raise typer.Exit(run(load_settings()))


cli_backup.register(app)
cli_networks.register(app)
cli_compare.register(app)
cli_compare_heads.register(app)
cli_train.register(app)
cli_evaluate.register(app)


def main() -> None:
    """Run the command; what fails for a known reason says so in one line."""
    from app.errors import AppError
    from model.errors import ModelError

    try:
        app()
    except (AppError, ModelError) as error:
        typer.echo(f"camscope: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
