"""Section 9: is a network that is right for the wrong reason right for the right one after its correction?"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.context import Context
from bench.deceived import COLUMNS, Deceived, deceived
from bench.planted import Planted, plant_photos, plant_shapes
from bench.remedies import Comparison
from bench.report import table
from bench.results import Result, Row
from bench.servers import ROOT, environment

HEAD = ("--freeze", "head")
NETWORK = ("--freeze", "none", "--epochs", "3", "--image-size", "128")
POINTS = 100


@dataclass(frozen=True)
class Case:
    """A planted reason, and how a model learns from the pictures.

    Attributes:
        name: in tables
        planted: the pictures
        options: of `camscope train`
        key: of the bars that it is for; empty for none
        in_place: whether the head of the very model that was deceived is mended, too
    """

    name: str
    planted: Planted
    options: Sequence[str] = HEAD
    key: str = ""
    in_place: bool = False


def run(context: Context) -> Result:
    """Each case before and after its correction, then other ways to use the same marks, on the same features."""
    few, more = (plant_shapes(context.scratch / f"shapes-{marked}", marked) for marked in (8, 16))
    lines: list[tuple[str, ...]] = []
    bars: dict[str, float] = {}
    for case in cases(context, few, more):
        rows = list(compared(context, case))
        lines += [found.cells(name) for name, found in rows]
        if case.key:
            before, after = rows[0][1], rows[1][1]
            bars[f"corrections/{case.key}"] = POINTS * (after.plain - before.plain)
            bars[f"corrections/{case.key}-wrong"] = POINTS * (after.wrong - before.wrong)
    others = [*remedies(context, "8 marked", few), *remedies(context, "16 marked", more)]
    return Result(
        "Unlearning a wrong reason: validation pictures that are right",
        rows=others,
        bars=bars,
        lines=table(COLUMNS, lines, ">>>>"),
        notes=[
            "Second table: `camscope train` without and with `--corrections`; all else is alike, the seed, too.",
            "Its head mended: `--freeze head --corrections`, with the model before as `--base`.",
            f"network: {' '.join(NETWORK)}. head: {' '.join(HEAD)}.",
            "First table: ways to use the marks of shapes; heads alone, 60 epochs, two seeds.",
        ],
    )


def cases(context: Context, few: Planted, more: Planted) -> Iterator[Case]:
    """What is measured; photos only where there is a folder of them."""
    yield Case("shapes, 8 marked, head", few, key="shapes")
    yield Case("shapes, 16 marked, head", more)
    if context.training is not None:
        photos = plant_photos(context.scratch / "photos", context.training, 16)
        yield Case("photos, 16 marked, head", photos)
        yield Case("photos, 16 marked, network", photos, NETWORK, key="photos", in_place=True)


def compared(context: Context, case: Case) -> Iterator[tuple[str, Deceived]]:
    """Before, and after, one way or two."""
    folder = context.scratch / case.name.replace(", ", "-").replace(" ", "-")
    marks = ("--corrections", str(case.planted.corrections))
    ways = {"before": (*case.options,), "after": (*case.options, *marks)}
    if case.in_place:
        ways["after, its head mended"] = (*HEAD, *marks, "--base", str(folder / "before"))
    for way, options in ways.items():
        found = learned(context, case.planted, folder / way.replace(", ", "-").replace(" ", "-"), options)
        name = f"{case.name}: {way}"
        context.say(f"    {' | '.join(found.cells(name))}")
        yield name, found


def learned(context: Context, planted: Planted, out: Path, options: Sequence[str]) -> Deceived:
    """What a model makes of the pictures that `camscope train` gives, as its users run it."""
    words = [sys.executable, "-m", "app", "train", str(planted.data), "--out", str(out), *options]
    words += ["--accelerator", "cpu", "--threads", str(context.threads)]
    here = environment({"CAMSCOPE_CACHE_DIR": str(context.cache_dir)})
    done = subprocess.run(words, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"camscope train failed: {done.stderr}")
    return deceived(out, planted)


def remedies(context: Context, name: str, planted: Planted) -> Iterator[Row]:
    """Other ways to use the marks."""
    folder: Path = context.scratch / f"pairs-{name.replace(' ', '-')}"
    for way, right in Comparison(context.bundle, planted, folder).run().items():
        note = f"{right.wrong:.1%} with the mark on the other class"
        context.say(f"    {name}: {way}: {right.plain:.1%}, {note}")
        yield Row(f"shapes, {name}: {way}", POINTS * right.plain, "% right", note=note)
