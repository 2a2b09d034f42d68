"""The commands that need torch: `networks`, what can be exported, and `export`, which makes a bundle of one."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.columns import Columns
from rich.console import Console
from rich.table import Table

from model.bundle import Bundle, refuse_existing
from model.errors import BundleError
from model.manifest import NAME_PATTERN
from model.spec import Activation

if TYPE_CHECKING:
    from model.training.zoo import NetworkFacts

NEEDED = ("torch", "torchvision", "timm", "onnx")
LibraryOption = Annotated[
    Literal["torchvision", "timm"] | None, typer.Option("--library", "-l", help="Look in this library alone.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("networks")(networks)
    app.command("export")(export)


def networks(
    name: Annotated[
        str | None, typer.Argument(help="A network to probe: resnet50, timm/resnet50.", show_default=False)
    ] = None,
    find: Annotated[
        str | None, typer.Option("--find", "-f", help="List names with this in them.", show_default=False)
    ] = None,
    library: LibraryOption = None,
) -> None:
    """List the networks that torchvision and timm know, or probe one: can it be exported, and how are its maps?"""
    need_torch()
    if name is None:
        _list(find, library)
        return
    from model.training.networks import resolve
    from model.training.zoo import inspect_network

    facts = inspect_network(resolve(name, library))
    Console().print(_facts_table(facts))


def export(
    name: Annotated[str, typer.Argument(help="resnet50, timm/resnet50, torchvision/resnet50.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="The new model folder.", show_default=False)],
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights", "-w", help="A file of weights; default the library's own, downloaded.", show_default=False
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            help="A text file with one label a line; default ImageNet's. With a single logit: first the class "
            "that it speaks for, then the other.",
            show_default=False,
        ),
    ] = None,
    activation: Annotated[
        Activation, typer.Option(help="softmax: one label per picture; sigmoid: several.")
    ] = Activation.SOFTMAX,
    bundle_name: Annotated[
        str | None, typer.Option("--name", help="What people call it; default the network's name.", show_default=False)
    ] = None,
    library: LibraryOption = None,
    int8: Annotated[
        bool, typer.Option("--int8", help="Convolutions in 8 bits: smaller, faster on many processors, less exact.")
    ] = False,
    calibrate: Annotated[
        Path | None,
        typer.Option(
            "--calibrate",
            help="With --int8: a folder of pictures like those it is for; default the example photos, which are few.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a model folder of a network of torchvision or timm, to serve or to explain photos with.

    With --int8 also of a model folder or of the embedded network; how far it agrees with the float model is
    measured, told, and kept with it.
    """
    if calibrate is not None and not int8:
        raise typer.BadParameter("--calibrate goes with --int8")
    need_torch()
    _check_target(out, bundle_name)
    console = Console(stderr=True, highlight=False)
    given = Given(name, weights, labels, activation, bundle_name, library)
    bundle = _in_int8(given, out, calibrate, console) if int8 else _exported(given, out, console)
    for line in _made(bundle):
        typer.echo(line)
    typer.echo(f"Serve it: camscope serve --model {out}")


@dataclass(frozen=True)
class Given:
    """What is to be exported, as it was typed; `export` says what each is."""

    name: str
    weights: Path | None
    labels: Path | None
    activation: Activation
    bundle_name: str | None
    library: Literal["torchvision", "timm"] | None

    @property
    def is_library_network(self) -> bool:
        """Whether something was typed that a model folder has no use for."""
        return bool(self.weights or self.labels or self.library or self.activation is not Activation.SOFTMAX)


def _in_int8(given: Given, out: Path, calibrate: Path | None, console: Console) -> Bundle:
    """Make the int8 model of a model folder, of the embedded network, or of one that is exported on the way."""
    from app import cli_int8

    pictures = cli_int8.find_pictures(calibrate)
    with console.status(f"loading {given.name} …") as status:
        source = None if given.is_library_network else cli_int8.own_model(given.name, status.update)
    if source is None:
        with tempfile.TemporaryDirectory(prefix="camscope-float-") as folder:
            source = _exported(given, Path(folder) / "float", console)
            with console.status("") as status:
                return cli_int8.quantised(source, out, given.bundle_name, pictures, status.update)
    with console.status("") as status:
        return cli_int8.quantised(source, out, given.bundle_name, pictures, status.update)


def _exported(given: Given, out: Path, console: Console) -> Bundle:
    """Export a library's network."""
    name, weights = given.name, given.weights
    if weights is None:
        from model.training.reach import refuse_early

        refuse_early(name, given.library)
    with console.status(f"loading {name} …"):
        from model.training.labels import read_labels
        from model.training.networks import resolve
        from model.training.weights import load_network
        from model.training.zoo import inspect_network

        network = resolve(name, given.library)
        inspect_network(network)  # what has no exact maps is refused before anything is downloaded
        labels = read_labels(given.labels) if given.labels else None
    weighted = load_network(network, weights)  # with the library's own progress bar
    with console.status(f"exporting {network} …") as status:
        from model.training.bundles import make_bundle

        return make_bundle(
            out,
            weighted,
            name=given.bundle_name or network.name,
            labels=labels,
            activation=given.activation,
            report=lambda step: status.update(f"{network}: {step} …"),
        )


def _made(bundle: Bundle) -> Iterator[str]:
    """What came out of an export, in lines."""
    from app.cli_int8 import worth

    spec = bundle.spec
    yield f"{bundle.id}: {spec.architecture}, '{spec.head}' head, {spec.channels} maps, {spec.classes} classes"
    if spec.single_logit:
        yield f"Its one logit speaks for '{spec.labels[0]}', and its negative for '{spec.labels[1]}'."
    if size := spec.preprocessing.fixed_size:
        yield f"It takes {size[0]} x {size[1]} pixels and no other size: photos are stretched to that."
    yield from worth(bundle)


def need_torch(*more: str) -> None:
    """End where what the command needs is not installed, and say how to get it."""
    need("train", *NEEDED, *more)


def need(extra: str, *packages: str) -> None:
    """End where a package of an extra is not installed, and say how to get it."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        typer.echo(f"camscope: this command needs {missing[0]}: pip install 'camscope[{extra}]'", err=True)
        raise typer.Exit(1)


def _check_target(out: Path, name: str | None) -> None:
    """Refuse at once what would be refused when all the work is done.

    Raises:
        BundleError: the folder exists, or the name cannot be one
    """
    refuse_existing(out)
    if name is not None and not re.fullmatch(NAME_PATTERN, name):
        raise BundleError(f"{name!r} is not a usable name: letters, digits, dots, dashes and underscores")


def _list(find: str | None, library: str | None) -> None:
    """Names by library: in columns for people, one a line for programs."""
    from model.training.networks import LIBRARIES, known_networks

    console, notes = Console(highlight=False), Console(stderr=True, highlight=False)
    found = 0
    for candidate in LIBRARIES:
        if library in (None, candidate):
            names = [name for name in known_networks(candidate) if (find or "").lower() in name.lower()]
            found += len(names)
            if console.is_terminal and names:
                console.print(f"[bold]{candidate}[/bold]: {len(names)}")
                console.print(Columns(names, padding=(0, 2)))
            elif names:
                typer.echo("\n".join(f"{candidate}/{name}" for name in names))
    if not found:
        notes.print(f"camscope: no network has '{find}' in its name", markup=False)
        raise typer.Exit(1)
    notes.print("Not all of them have exact maps; 'camscope networks NAME' probes one.")


def _facts_table(facts: "NetworkFacts") -> Table:
    sizes, traits = facts.sizes, facts.traits
    if sizes.fixed_side:
        size = f"{sizes.fixed_side} x {sizes.fixed_side} pixels, no other"
    else:
        size = f"sides from {sizes.min_side} pixels, multiples of {sizes.multiple}"
    side = f"{traits.crop_side} x {traits.crop_side}"
    grid = f"{facts.rows} x {facts.columns} at {side}, a cell every {sizes.stride_x:g} pixels"
    table = Table(show_header=False, box=None)
    if not sizes.fixed_side:
        size += "; 'export' checks that, and says so where the exported graph takes one size alone"
    table.add_row("network", str(facts.name))
    table.add_row("head", f"{facts.kind}, exact maps")
    table.add_row("feature maps", f"{facts.channels}")
    table.add_row("classes", f"{facts.classes}")
    table.add_row("parameters", f"{facts.parameters / 1e6:.1f} million")
    table.add_row("grid", grid)
    table.add_row("input", size)
    table.add_row("export", f"camscope export {facts.name} --out models/{facts.name.name}")
    return table
