"""A photo at another scale of its network, or at all of them and their mirror images, fused into one answer.

model/scales.py has the choices.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from app.numbers import finite_numbers, numbers_of
from model.cam import Array, ClassMaps, residual
from model.classifier import Explanation
from model.fusion import View, fuse
from model.scales import Pass
from model.scores import activate
from model.spec import ModelSpec


@dataclass(frozen=True)
class Told:
    """One look as it is told of.

    Attributes:
        scale: of the input
        mirrored: whether the network saw the photo's mirror image
        width: of the input, in pixels
        height: of the input, in pixels
        rows: of its maps; 0 where there are none
        columns: of its maps; 0 where there are none
        residual: the largest of all classes' |mean(map) + bias - logit|, in logits; 0 where there are no maps
        forward_ms: in the network
    """

    scale: float
    mirrored: bool
    width: int
    height: int
    rows: int
    columns: int
    residual: float
    forward_ms: float


@dataclass(frozen=True)
class Scaled:
    """What comes of one look or of several.

    Attributes:
        answer: as of one look: of several, the means on one raster, and the finest one's input
        told: the looks
        logits: of each look, (V, K)
    """

    answer: Explanation
    told: tuple[Told, ...]
    logits: Array


def put_together(
    passes: Sequence[Pass], found: Sequence[Explanation], spec: ModelSpec, photo_size: tuple[int, int]
) -> Scaled:
    """One answer from those to a photo's looks.

    Args:
        passes: the looks
        found: what the network said, in their order
        spec: of the network
        photo_size: (width, height) of the photo that the cells are laid on

    Raises:
        InferenceError: some numbers are not finite
    """
    started = time.perf_counter()
    views = [_view(one, answer) for one, answer in zip(passes, found, strict=True)]
    told = tuple(_told(view, answer) for view, answer in zip(views, found, strict=True))
    finest = max(found, key=lambda answer: answer.input_width * answer.input_height)
    answer = finest
    if len(views) > 1:
        fused = fuse(views, photo_size)
        answer = replace(
            finest,
            logits=fused.logits,
            probabilities=activate(fused.logits, spec.activation),
            bias=fused.bias,
            maps=None if fused.maps is None else ClassMaps(fused.maps, None),
            grid=fused.grid,
        )
    own_ms = (time.perf_counter() - started) * 1e3
    sums = {part.name: sum(getattr(one.timing, part.name) for one in found) for part in fields(finest.timing)}
    timing = replace(finest.timing, **sums | {"cam_ms": sums["cam_ms"] + own_ms})
    return Scaled(replace(answer, timing=timing), told, np.stack([view.logits for view in views]))


def _view(one: Pass, answer: Explanation) -> View:
    numbers = finite_numbers(numbers_of(answer))
    maps = None if numbers.maps is None else np.asarray(numbers.maps)
    return View(answer.scale, one.mirrored, numbers.logits, numbers.bias, maps, answer.grid)


def _told(view: View, answer: Explanation) -> Told:
    rows, columns = (0, 0) if view.maps is None else view.maps.shape[1:]
    off = 0.0 if view.maps is None else float(np.abs(residual(view.maps, view.bias, view.logits)).max())
    size = answer.input_width, answer.input_height
    return Told(view.scale, view.mirrored, *size, rows, columns, off, answer.timing.forward_ms)
