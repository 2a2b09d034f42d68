"""Section 6: `camscope explain FOLDER --out …`, run as its users run it, against the bare batched forward."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.bare import bare_turns
from bench.context import Context
from bench.pictures import described, jpegs
from bench.results import Result, Row
from bench.servers import ROOT, environment

PHOTOS = 200
BARE_PHOTOS = 32
OURS = "camscope explain FOLDER --out OUT"
START = "the same with one photo"


def run(context: Context) -> Result:
    """Files to JSON and overlays; what starting takes is measured beside, with one photo, and taken off."""
    files = jpegs(context.photos, PHOTOS)
    many, one = (fill(context.scratch / name, files[:count]) for name, count in (("many", PHOTOS), ("one", 1)))
    bare = bare_turns(context.bundle, files[:BARE_PHOTOS], context.threads)
    race = context.race({OURS: command(context, many), START: command(context, one), **bare})
    per_photo = [
        (whole - start) / (PHOTOS - 1) for whole, start in zip(race.figures[OURS], race.figures[START], strict=True)
    ]
    race = replace(race, figures={**race.figures, "each": per_photo})
    best = race.best(list(bare))
    quick, slow = race.quartiles("each")
    return Result(
        title="A folder of photos to JSON and overlays, by the command line",
        rows=[
            Row(OURS, 1 / race.median("each"), "photos/s", race.ratio(best, "each"), best, 1 / slow, 1 / quick),
            Row(best, 1 / race.median(best), "photos/s", 1.0, best),
            Row(START, race.median(START), "s", note="start and end of the command, taken off above"),
        ],
        bars={"folder/bare": race.ratio(best, "each")},
        notes=[f"Input: {described(files)}; settings as they are by default."],
    )


def fill(folder: Path, files: list[bytes]) -> Path:
    """A folder of photos."""
    folder.mkdir()
    for place, data in enumerate(files):
        (folder / f"{place:04}.jpg").write_bytes(data)
    return folder


def command(context: Context, folder: Path) -> Callable[[], float]:
    """A turn: the command on a folder, into an empty one; seconds."""
    out = context.scratch / f"{folder.name}-out"
    variables = environment({"CAMSCOPE_CACHE_DIR": str(context.cache_dir)})
    words = [sys.executable, "-m", "app", "explain", str(folder), "--out", str(out)]

    def turn() -> float:
        shutil.rmtree(out, ignore_errors=True)
        begun = time.perf_counter()
        done = subprocess.run(words, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        passed = time.perf_counter() - begun
        if done.returncode:
            raise RuntimeError(f"camscope explain failed: {done.stderr}")
        return passed

    return turn
