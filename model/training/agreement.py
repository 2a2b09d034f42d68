"""How far two runs of one network agree, float and int8, and how fast each is."""

import platform
import time
from pathlib import Path

import numpy as np

from model.bundle import Bundle
from model.cam import Array, explain_logits
from model.int8 import Agreement, Speed
from model.photos import Pixels
from model.runtime import Runtime
from model.sessions import usable_cores
from model.training.calibration import Inputs

BATCH = 8
ROUNDS = 15


def measure_agreement(bundle: Bundle, before: Runtime, after: Runtime, inputs: Inputs) -> Agreement:
    """Compare the answers of two runtimes with the same head.

    Args:
        bundle: whose head it is
        before: float
        after: int8
        inputs: one or more

    Raises:
        InferenceError: an answer is no answer
    """
    same, logits, gaps, maps = [], [], [], []
    for pixels in inputs.views:
        (expected, features), (found, other) = before.run(pixels), after.run(pixels)
        best = int(expected[0].argmax())
        same.append(_decision(expected[0]) == _decision(found[0]))
        logits.append(correlation(expected[0], found[0]))
        gaps.append(float(np.abs(expected - found).mean(dtype=np.float64)))
        if features is not None and other is not None:
            one, two = (np.asarray(explain_logits(one, bundle.head)[0])[0, best] for one in (features, other))
            maps.append(correlation(one, two))
    told, mapped = [value for value in logits if value is not None], [value for value in maps if value is not None]
    return Agreement(
        pictures=inputs.pictures,
        inputs=len(inputs.views),
        same_class=float(np.mean(same)),
        logit_correlation=float(np.median(told)) if told else None,
        logit_difference=float(np.mean(gaps)),
        map_correlation=float(np.median(mapped)) if mapped else None,
        map_correlation_low=float(np.quantile(mapped, 0.05)) if mapped else None,
    )


def _decision(logits: Array) -> int:
    """The class that (K,) logits name; a single logit names one of two by its sign."""
    return int(logits.argmax()) if len(logits) > 1 else int(logits[0] < 0)


def correlation(one: Array, two: Array) -> float | None:
    """Pearson's, of two arrays of one shape; None where one of them does not vary."""
    left, right = (np.ravel(values).astype(np.float64) for values in (one, two))
    left, right = left - left.mean(), right - right.mean()
    scale = float(np.sqrt((left @ left) * (right @ right)))
    return float(np.clip(left @ right / scale, -1, 1)) if scale > 0 else None


def measure_speed(before: Runtime, after: Runtime, size: tuple[int, int], rounds: int = ROUNDS) -> Speed:
    """Time one picture, and a batch, by turns; medians.

    Args:
        before: float
        after: int8
        size: (width, height) of the input
        rounds: how often each is timed
    """
    ratios = [
        _ratio(before, after, np.full((batch, size[1], size[0], 3), 96, np.uint8), rounds) for batch in (1, BATCH)
    ]
    return Speed(
        alone=round(ratios[0], 2),
        batched=round(ratios[1], 2),
        batch=BATCH,
        width=size[0],
        height=size[1],
        threads=usable_cores(),
        processor=processor(),
    )


def _ratio(before: Runtime, after: Runtime, batch: Pixels, rounds: int) -> float:
    """How many times as long the first takes."""
    taken: dict[Runtime, list[float]] = {before: [], after: []}
    for turn in range(rounds):
        for runtime in (before, after) if turn % 2 else (after, before):
            runtime.run(batch)  # the other one has just had the caches
            started = time.perf_counter()
            runtime.run(batch)
            taken[runtime].append(time.perf_counter() - started)
    return float(np.median(taken[before]) / np.median(taken[after]))


def processor() -> str:
    """What the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
