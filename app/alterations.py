"""A part of a photo taken out: which part, what each class has from it, what head and network say without it.

The web (app/counterfactuals.py) and the command line (app/cli_evidence.py) ask here; nothing below knows of either.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.classes import named_classes
from app.errors import NoEvidence, Unusable
from app.numbers import finite_numbers, numbers_of
from model.cam import Array, ClassMaps, Head
from model.classifier import Explanation
from model.counterfactual import Change, Fill, Split, alter, split_difference
from model.coverage import Cells, Double, Outline, Place, Region, Size, area_of, parts_of, pixels_of, strongest_cells
from model.errors import InferenceError
from model.evidence import LINEAR, contributions, head_logits
from model.geometry import Grid
from model.photos import Pixels
from model.scores import activate, both_signs, top_classes
from model.spec import ModelSpec


class Kind(StrEnum):
    """How a part of the photo was said."""

    EVIDENCE = "evidence"
    REGION = "region"
    POLYGON = "polygon"
    CELLS = "cells"


@dataclass(frozen=True)
class Alteration:
    """What is to be done to a photo.

    Attributes:
        where: a place on it, or the fraction of the positive cells that are the evidence
        label: the class that is asked about: its label, or "index:285"; default the most probable
        versus: another one, to ask about the difference of the two
        change: whether the place is taken out, or all but the place
        fill: what comes instead
    """

    where: Place | float
    label: str | None = None
    versus: str | None = None
    change: Change = Change.ERASE
    fill: Fill = Fill.BLUR

    @property
    def kind(self) -> Kind:
        """How the place was said."""
        match self.where:
            case Region():
                return Kind.REGION
            case Outline():
                return Kind.POLYGON
            case Cells():
                return Kind.CELLS
        return Kind.EVIDENCE


@dataclass(frozen=True, eq=False)
class Asked:
    """An alteration of one photo.

    Attributes:
        alteration: as it was asked for
        index: of the class
        versus: of the other one, if there is one
        place: on the photo
        parts: of each cell that the place covers, (rows, columns)
        out: of each cell that is taken out, (rows, columns)
        area: of the place, as a share of the photo
        grid: the cells
    """

    alteration: Alteration
    index: int
    versus: int | None
    place: Place
    parts: Double
    out: Double
    area: float
    grid: Grid

    def map_of(self, maps: ClassMaps | Array) -> Array:
        """The map that the question is about: the class's, less the other one's where there is one."""
        return _map_of(maps, self.index, self.versus)


@dataclass(frozen=True, eq=False)
class Said:
    """What a network says of a photo, altered or not.

    Attributes:
        logits: (K,)
        probabilities: (K,)
        maps: (K, rows, columns), in logits
        features: the last feature maps, (C, rows, columns), as far as the head needs them again
    """

    logits: Array
    probabilities: Array
    maps: ClassMaps
    features: Array | None = None


@dataclass(frozen=True, eq=False)
class Scores:
    """Logits and probabilities of all classes, (K,)."""

    logits: Array
    probabilities: Array


@dataclass(frozen=True, eq=False)
class Found:
    """What became of an alteration.

    Attributes:
        asked: the alteration
        before: what the network says of the photo
        predicted: what its head says without what was taken out
        actual: what the network says of the altered photo; None where it was not asked
        split: of actual less predicted logit; of the margin where there is another class
        linear: whether the head is linear in the features, so that the split has no rescaling
    """

    asked: Asked
    before: Said
    predicted: Scores
    actual: Scores | None
    split: Split | None
    linear: bool


def ask(alteration: Alteration, spec: ModelSpec, logits: Array, maps: ClassMaps, grid: Grid, size: Size) -> Asked:
    """Find out what an alteration means for one photo.

    Args:
        alteration: as it was asked for
        spec: of the network
        logits: what it said of the photo, (K,)
        maps: of the same
        grid: where the cells lie
        size: (width, height) of the photo

    Raises:
        Unusable: no such class, or nothing of the photo in the place
        NoEvidence: no cell that adds to the class
    """
    index, versus = _classes(alteration, spec, logits)
    place = _place(alteration.where, _map_of(maps, index, versus), spec.labels[index], size)
    try:
        parts = parts_of(place, grid, size)
    except ValueError:
        raise Unusable(f"'cells' takes {grid.rows} rows of {grid.columns} numbers, one for each cell.") from None
    if not (parts > 0).any():
        raise Unusable(f"There is nothing of the photo in '{alteration.kind}': it has {size[0]} x {size[1]} pixels.")
    out = parts if alteration.change is Change.ERASE else 1 - parts
    return Asked(alteration, index, versus, place, parts, out, area_of(parts, grid, size), grid)


def needs_features(spec: ModelSpec) -> bool:
    """Whether the maps alone do not say what the head says without some cells."""
    return spec.head not in LINEAR


def find(asked: Asked, spec: ModelSpec, head: Head | None, before: Said, after: Said | None) -> Found:
    """What head and network say without what was taken out.

    Args:
        asked: the alteration
        spec: of the network
        head: the network's; needed with features alone
        before: what it says of the photo
        after: of the altered one
    """
    linear = not needs_features(spec)
    if linear:
        logits = (before.logits - contributions(before.maps, asked.out)).astype(np.float32)
    else:
        if before.features is None or head is None:
            raise ValueError("this head cannot be asked again without its features")
        logits = head_logits(before.features * (1 - asked.out).astype(np.float32), head).astype(np.float32)
        if spec.single_logit:
            logits = both_signs(logits[None])[0]
    predicted = Scores(logits, activate(logits, spec.activation))
    if after is None:
        return Found(asked, before, predicted, None, None, linear)
    difference = value(asked, after.logits) - value(asked, predicted.logits)
    split = split_difference(asked.map_of(before.maps), asked.map_of(after.maps), asked.out, difference)
    return Found(asked, before, predicted, Scores(after.logits, after.probabilities), split, linear)


def said_of(explained: Explanation, asked: Asked) -> Said:
    """What a classifier says of a photo.

    Raises:
        InferenceError: some numbers are not finite, or there are no maps
    """
    wanted = [index for index in (asked.index, asked.versus) if index is not None]
    numbers = finite_numbers(numbers_of(explained), wanted)
    if explained.maps is None:
        raise InferenceError("The network gave no maps.")
    return Said(numbers.logits, numbers.probabilities, explained.maps, explained.features)


def altered(pixels: Pixels, fill: Pixels, asked: Asked, photo_size: Size) -> Pixels:
    """A photo without what is to be taken out.

    Args:
        pixels: of the photo, or of a smaller copy
        fill: what comes instead, as large
        asked: the alteration
        photo_size: (width, height) of the photo itself
    """
    size = (pixels.shape[1], pixels.shape[0])
    covered = pixels_of(asked.place, asked.grid, size, photo_size)
    return alter(pixels, fill, covered if asked.alteration.change is Change.ERASE else 1 - covered)


def value(asked: Asked, logits: Array) -> float:
    """What the question is about: the class's logit, less the other one's where there is one."""
    own = float(logits[asked.index])
    return own if asked.versus is None else own - float(logits[asked.versus])


def _map_of(maps: ClassMaps | Array, index: int, versus: int | None) -> Array:
    own = np.asarray(maps[index])
    return own if versus is None else own - np.asarray(maps[versus])


def _classes(alteration: Alteration, spec: ModelSpec, logits: Array) -> tuple[int, int | None]:
    index = top_classes(logits, 1)[0]
    if alteration.label is not None:
        index = named_classes(spec.labels, [alteration.label], "class")[0]
    if alteration.versus is None:
        return index, None
    versus = named_classes(spec.labels, [alteration.versus], "versus")[0]
    if versus == index:
        raise Unusable("'versus' takes another class than 'class'.")
    return index, versus


def _place(where: Place | float, values: Array, label: str, size: Size) -> Place:
    """The place itself: cut to the photo, or the cells that are the evidence."""
    if isinstance(where, Region):
        try:
            return where.cut_to(size)
        except ValueError:
            raise Unusable(f"'region': it lies beside the photo, which is {size[0]} x {size[1]} pixels.") from None
    if not isinstance(where, float):
        return where
    try:
        return strongest_cells(values, where)
    except ValueError:
        raise NoEvidence(f"No part of the photo adds to '{label}', so there is no evidence to erase or keep.") from None
