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
    """

    name: str
    planted: Planted
    options: Sequence[str]
    key: str = ""


def run(context: Context) -> Result:
    """Each case before and after its correction, then other ways to use the same marks, on the same features."""
    lines, bars, rows = [], {}, []
    few, more = (plant_shapes(context.scratch / f"shapes-{marked}", marked) for marked in (8, 16))
    cases = [Case("shapes, 8 marked, head", few, HEAD, "shapes"), Case("shapes, 16 marked, head", more, HEAD)]
    if context.training is not None:
        photos = plant_photos(context.scratch / "photos", context.training, 16)
        cases.append(Case("photos, 16 marked, head", photos, HEAD))
        cases.append(Case("photos, 16 marked, network", photos, NETWORK, "photos"))
    for case in cases:
        before, after = (learned(context, case, corrected) for corrected in (False, True))
        lines += [before.cells(f"{case.name}: before"), after.cells("after")]
        context.say(f"    {' | '.join(lines[-2])}\n    {' | '.join(lines[-1])}")
        if case.key:
            bars[f"corrections/{case.key}"] = POINTS * (after.plain - before.plain)
            bars[f"corrections/{case.key}-wrong"] = POINTS * (after.wrong - before.wrong)
    for name, planted in (("8 marked", few), ("16 marked", more)):
        rows += list(remedies(context, name, planted))
    return Result(
        "Unlearning a wrong reason",
        rows=rows,
        bars=bars,
        lines=table(COLUMNS, lines, ">>>>"),
        notes=[
            "Before and after: `camscope train` without and with `--corrections`; all else is alike, the seed, too.",
            f"network: {' '.join(NETWORK)}.",
            "Other ways, of shapes: validation pictures without the mark that are right; heads alone, 60 epochs.",
        ],
    )


def learned(context: Context, case: Case, corrected: bool) -> Deceived:
    """What a model makes of the pictures that `camscope train` gives, as its users run it."""
    out = context.scratch / f"{case.name.replace(', ', '-').replace(' ', '-')}-{'mended' if corrected else 'plain'}"
    words = [sys.executable, "-m", "app", "train", str(case.planted.data), "--out", str(out), *case.options]
    words += ["--accelerator", "cpu", "--threads", str(context.threads)]
    words += ["--corrections", str(case.planted.corrections)] if corrected else []
    here = environment({"CAMSCOPE_CACHE_DIR": str(context.cache_dir)})
    done = subprocess.run(words, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"camscope train failed: {done.stderr}")
    return deceived(out, case.planted)


def remedies(context: Context, name: str, planted: Planted) -> Iterator[Row]:
    """Other ways to use the marks."""
    folder: Path = context.scratch / f"pairs-{name.replace(' ', '-')}"
    for way, right in Comparison(context.bundle, planted, folder).run().items():
        note = f"{right.wrong:.1%} with the mark on the other class"
        context.say(f"    {name}: {way}: {right.plain:.1%}, {note}")
        yield Row(f"{name}: {way}", POINTS * right.plain, "% right", note=note)
