"""Section 7: a head of one's own. Camscope computes each picture's features once and learns from those; the
tutorial's plain loop sends every picture through the frozen network in every epoch.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.context import Context
from bench.results import Result, Row
from bench.servers import ROOT, environment
from model.manifest import METRICS

ROUNDS = 3  # each takes minutes
OURS = "camscope train --freeze head"
AGAIN = "the same, features kept from before"
LOOP = "the tutorial's loop, to the same accuracy"


@dataclass(frozen=True)
class Run:
    """One training: wall time from the start of its process, and the share of val/ that it gets right.

    Attributes:
        reached: whether it got as far as was wanted
    """

    seconds: float
    accuracy: float
    reached: bool = True


def run(context: Context) -> Result:
    """Wall time to the same validation accuracy, on pictures in train/ and val/."""
    title = "Training a head: wall time to the same validation accuracy"
    if context.training is None:
        return Result(
            title, rows=(), notes=["Not measured: there is no folder of pictures to learn from (--training)."]
        )
    runs: dict[str, list[Run]] = {OURS: [], AGAIN: [], LOOP: []}
    rounds = min(ROUNDS, context.rounds)
    for place in range(rounds):
        for name, one in one_round(context, context.training, place).items():
            runs[name].append(one)
            context.say(f"    round {place + 1} of {rounds}: {name}: {one.seconds:.1f} s, {one.accuracy:.1%} right")
    missed = sum(not one.reached for one in runs[LOOP])
    pictures = {part: len(list((context.training / part).rglob("*.*"))) for part in ("train", "val")}
    return Result(
        title,
        rows=[row(name, runs) for name in runs],
        notes=[
            f"Input: {pictures['train']} pictures to learn from, {pictures['val']} to judge by; {rounds} rounds.",
            "Wall time of whole processes, their start included; all threads.",
            "The loop is that of PyTorch's transfer learning tutorial, with the same network instead of ResNet-18.",
            f"It ends when it is as accurate, or after its 25 epochs, as in {missed} of {rounds} rounds.",
        ],
    )


def one_round(context: Context, pictures: Path, place: int) -> dict[str, Run]:
    """Each trains once; the loop is last, since it is told what to reach, and the caches are new ones."""
    cache = context.scratch / f"cache-{place}"
    cache.mkdir()
    (cache / context.bundle.name).symlink_to(context.bundle)
    done = {OURS: camscope(context, pictures, cache, "cold"), AGAIN: camscope(context, pictures, cache, "warm")}
    done[LOOP] = plain_loop(context, pictures, done[OURS].accuracy, place)
    return done


def camscope(context: Context, pictures: Path, cache: Path, name: str) -> Run:
    """`camscope train`, as its users run it."""
    out = cache / name
    words = [sys.executable, "-m", "app", "train", str(pictures), "--out", str(out), "--freeze", "head"]
    words += ["--threads", str(context.threads)]
    begun = time.perf_counter()
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=environment({"CAMSCOPE_CACHE_DIR": str(cache)}),
        capture_output=True,
        text=True,
        check=False,
    )
    passed = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"camscope train failed: {done.stderr}")
    return Run(passed, json.loads((out / METRICS).read_bytes())["accuracy"])


def plain_loop(context: Context, pictures: Path, wanted: float, seed: int) -> Run:
    """The loop, until it is as accurate as wanted or has run its epochs."""
    words = [sys.executable, "-m", "bench.plain_loop", str(pictures), "--threads", str(context.threads)]
    begun, best = time.perf_counter(), 0.0
    with subprocess.Popen(
        [*words, "--seed", str(seed)], cwd=ROOT, env=environment({}), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            for line in process.stdout or ():
                best = max(best, json.loads(line)["accuracy"])
                if best >= wanted:
                    return Run(time.perf_counter() - begun, best)
            if process.wait():
                raise RuntimeError(f"the loop ended with {process.returncode}")
        finally:
            process.terminate()
    return Run(time.perf_counter() - begun, best, reached=False)


def row(name: str, runs: dict[str, list[Run]]) -> Row:
    """A contestant's line."""
    seconds = [one.seconds for one in runs[name]]
    ratio = statistics.median(one.seconds / ours.seconds for one, ours in zip(runs[name], runs[OURS], strict=True))
    right = shares([one.accuracy for one in runs[name]])
    note = f"{right}; {min(seconds):.1f} to {max(seconds):.1f} s"
    return Row(name, statistics.median(seconds), "s", ratio, "the first", note=note)


def shares(values: Sequence[float]) -> str:
    """The median accuracy, in words."""
    return f"{statistics.median(values):.1%} of val/ right"
