"""Section 6: `camscope explain FOLDER` and `camscope evaluate`, run as their users run them, and the bare forward."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.bare import bare_turns
from bench.context import Context
from bench.pictures import described, jpegs
from bench.results import Result, Row
from bench.servers import ROOT, environment

PHOTOS = 200
BARE_PHOTOS = 32
CLASSES = ("ant", "bee")
EXPLAIN = "camscope explain FOLDER --out OUT"
EVALUATE = "camscope evaluate MODEL DATA --out OUT"
START = ", of few photos"


def run(context: Context) -> Result:
    """Files to JSON and overlays, and to an evaluation; what a start takes is measured beside, and taken off."""
    files = jpegs(context.photos, PHOTOS)
    bare = bare_turns(context.bundle, files[:BARE_PHOTOS], context.threads)
    few = len(CLASSES)
    commands = {
        name: command(context, words(context, name, files[:count]))
        for ending, count in (("", PHOTOS), (START, few))
        for name in (EXPLAIN + ending, EVALUATE + ending)
    }
    race = context.race({**commands, **bare})
    each = {
        name: [
            (whole - start) / (PHOTOS - few)
            for whole, start in zip(race.figures[name], race.figures[name + START], strict=True)
        ]
        for name in (EXPLAIN, EVALUATE)
    }
    race = replace(race, figures={**race.figures, **{f"{name} each": figures for name, figures in each.items()}})
    best = race.best(list(bare))
    rates = []
    for name in each:
        quick, slow = race.quartiles(f"{name} each")
        rate, ratio = 1 / race.median(f"{name} each"), race.ratio(best, f"{name} each")
        rates.append(Row(name, rate, "photos/s", ratio, best, 1 / slow, 1 / quick))
    starts = [
        Row(name + START, race.median(name + START), "s", note="start and end of the command, taken off above")
        for name in each
    ]
    return Result(
        title="A folder of photos to JSON and overlays, and to an evaluation, by the command line",
        rows=[*rates, Row(best, 1 / race.median(best), "photos/s", 1.0, best), *starts],
        bars={
            "folder/bare": race.ratio(best, f"{EXPLAIN} each"),
            "folder/evaluate": race.ratio(best, f"{EVALUATE} each"),
        },
        notes=[f"Input: {described(files)}; settings as they are by default, evaluated at scale 1."],
    )


def words(context: Context, name: str, files: list[bytes]) -> list[str]:
    """What is typed after `camscope`, but for the folder of what comes out."""
    if name.startswith(EXPLAIN):
        return ["explain", str(fill(context.scratch / f"explained-{len(files)}", files))]
    data = context.scratch / f"evaluated-{len(files)}"
    data.mkdir()
    for place, label in enumerate(CLASSES):
        fill(data / label, files[place :: len(CLASSES)])
    return ["evaluate", str(context.bundle), str(data)]


def fill(folder: Path, files: Sequence[bytes]) -> Path:
    """A folder of photos."""
    folder.mkdir()
    for place, data in enumerate(files):
        (folder / f"{place:04}.jpg").write_bytes(data)
    return folder


def command(context: Context, words: Sequence[str]) -> Callable[[], float]:
    """A turn: the command, into an empty folder; seconds."""
    out = context.scratch / "out"
    variables = environment({"CAMSCOPE_CACHE_DIR": str(context.cache_dir)})
    whole = [sys.executable, "-m", "app", *words, "--out", str(out)]

    def turn() -> float:
        shutil.rmtree(out, ignore_errors=True)
        begun = time.perf_counter()
        done = subprocess.run(whole, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        passed = time.perf_counter() - begun
        if done.returncode:
            raise RuntimeError(f"camscope {words[0]} failed: {done.stderr}")
        return passed

    return turn
