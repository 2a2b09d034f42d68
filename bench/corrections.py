"""Section 9: is a network that is right for the wrong reason right for the right one after its correction?"""

import json
import subprocess
import sys
from pathlib import Path

from bench.context import Context
from bench.planted import Planted, plant_photos, plant_shapes
from bench.remedies import Comparison
from bench.results import Result, Row
from bench.servers import ROOT, environment
from model.manifest import METRICS
from model.mended import Mended

FEW = (8, 16)  # marked pictures


def run(context: Context) -> Result:
    """Accuracy of validation pictures, before and after, and of other ways on the same features."""
    rows, told = [], []
    for name, planted in plant(context).items():
        for way, right in Comparison(context.bundle, planted, context.scratch / f"{name}-pairs").run().items():
            note = f"{right.wrong:.1%} with the mark on the other class"
            rows.append(Row(f"{name}: {way}", 100 * right.plain, "% right", None, "", note=note))
            context.say(f"    {name}: {way}: {right.plain:.1%}, {note}")
        told.append(f"{name}, camscope train: {sentence(camscope(context, planted, name))}")
    return Result(
        "Unlearning a wrong reason: validation pictures without the mark that are right",
        rows=rows,
        notes=[*told, "Heads alone, on the features of the embedded network; 60 epochs, two seeds."],
    )


def plant(context: Context) -> dict[str, Planted]:
    """The pictures; photos only where there is a folder of them."""
    planted = {f"shapes, {few} marked": plant_shapes(context.scratch / f"shapes-{few}", few) for few in FEW}
    if context.training is not None:
        for few in FEW:
            planted[f"photos, {few} marked"] = plant_photos(context.scratch / f"photos-{few}", context.training, few)
    return planted


def camscope(context: Context, planted: Planted, name: str) -> Mended:
    """`camscope train --corrections`, as its users run it."""
    out = context.scratch / f"mended-{name.replace(', ', '-').replace(' ', '-')}"
    words = [sys.executable, "-m", "app", "train", str(planted.data), "--out", str(out), "--freeze", "head"]
    words += ["--corrections", str(planted.corrections), "--threads", str(context.threads)]
    here = environment({"CAMSCOPE_CACHE_DIR": str(context.cache_dir)})
    done = subprocess.run(words, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"camscope train failed: {done.stderr}")
    return Mended.model_validate(json.loads((Path(out) / METRICS).read_bytes())["mended"])


def sentence(mended: Mended) -> str:
    """Before and after."""
    before, after = mended.before, mended.after
    return (
        f"{before.accuracy:.1%} -> {after.accuracy:.1%} right; with a pasted mark {before.accuracy_pasted or 0:.1%} -> "
        f"{after.accuracy_pasted or 0:.1%}; evidence in the marks {before.inside or 0:.0%} -> {after.inside or 0:.0%}"
    )
