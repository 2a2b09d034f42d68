"""The choices of scale there are for a network, and the looks at a photo that each takes.

What a choice is called is also how it is asked for: "1", "1.5", "2", "3" and "fused". A network of one fixed input size
sees the same at every scale, so each is 1 to it, and "fused" the photo and its mirror image.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from model.photos import Photo
from model.preprocess import Prepared
from model.spec import SCALES, Preprocessing

FUSED = "fused"
NAMES = (*(f"{scale:g}" for scale in SCALES), FUSED)


class Prepares(Protocol):
    """What is needed of a classifier here (model/classifier.py has the real one)."""

    def prepare(self, photo: Photo, scale: float = 1) -> Prepared:
        """Bring a photo to the size the network is to see."""


@dataclass(frozen=True)
class Pass:
    """One look: at which scale, and whether at the photo's mirror image."""

    scale: float
    mirrored: bool = False


def names_for(preprocessing: Preprocessing) -> tuple[str, ...]:
    """The choices that differ for a network."""
    return ("1", FUSED) if preprocessing.fixed_size else NAMES


def name_for(preprocessing: Preprocessing, name: str) -> str:
    """What a choice comes to for a network."""
    return name if name in names_for(preprocessing) else "1"


def passes_of(preprocessing: Preprocessing, name: str) -> tuple[Pass, ...]:
    """The looks of a choice."""
    if name != FUSED:
        return (Pass(1 if preprocessing.fixed_size else float(name)),)
    scales = (1.0,) if preprocessing.fixed_size else SCALES
    return tuple(Pass(scale, mirrored) for scale in scales for mirrored in (False, True))


def inputs_of(passes: Sequence[Pass], network: Prepares, photo: Photo) -> Iterator[Prepared]:
    """What a network is to see of a photo; a mirror image is made of the very input that it mirrors."""
    last: tuple[float, Prepared] | None = None
    for one in passes:
        if last is None or last[0] != one.scale:
            last = one.scale, network.prepare(photo, one.scale)
        prepared = last[1]
        if one.mirrored:
            prepared = replace(prepared, pixels=np.ascontiguousarray(prepared.pixels[:, ::-1]), preprocess_ms=0.0)
        yield prepared
