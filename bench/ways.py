"""Ways to make one map of a class of several looks at a photo, and whose head it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from model.cam import Array, Head, explain_logits
from model.classifier import Classifier, Explanation
from model.evidence import PlacedMap
from model.fusion import View, fuse
from model.photos import Photo
from model.scales import FUSED, Pass, inputs_of, passes_of
from model.spec import SCALES

WHOLE = tuple(Pass(scale, mirrored) for scale in SCALES for mirrored in (False, True))
UPRIGHT = tuple(Pass(scale) for scale in SCALES)

PRODUCT: Mapping[str, Sequence[Pass]] = {**{f"scale {one.scale:g}": (one,) for one in UPRIGHT}, "fused": WHOLE}
TRIED: Mapping[str, Sequence[Pass]] = {
    "fused, without mirror images": UPRIGHT,
    "1.5, 2 and 3 fused": tuple(one for one in WHOLE if one.scale > 1),
    "1.5 and 3 fused": tuple(one for one in WHOLE if one.scale in (1.5, 3)),
    "1.5 and 2 fused": tuple(one for one in WHOLE if one.scale in (1.5, 2)),
    "2 and its mirror image": tuple(one for one in WHOLE if one.scale == 2),
}


@dataclass(frozen=True)
class Owner:
    """A head over the embedded network's feature maps, and which of its classes each label of a box is.

    Attributes:
        head: None for the embedded network's own
    """

    classes: Mapping[str, int]
    head: Head | None = None


@dataclass(frozen=True)
class Made:
    """A map, and whether its class had the highest logit."""

    placed: PlacedMap
    right: bool


def looks_at(classifier: Classifier, photo: Photo) -> dict[Pass, Explanation]:
    """All looks that are fused, each taken once."""
    passes = passes_of(classifier.spec.preprocessing, FUSED)
    inputs = inputs_of(passes, classifier, photo)
    return {one: classifier.answer([prepared])[0] for one, prepared in zip(passes, inputs, strict=True)}


def views_of(looks: Mapping[Pass, Explanation], owner: Owner, label: str) -> dict[Pass, View]:
    """What a head says of each look, with the map of one class alone, (1, rows, columns)."""
    index = owner.classes[label]
    return {one: _view(one, answer, owner.head, index) for one, answer in looks.items()}


def _view(one: Pass, answer: Explanation, head: Head | None, index: int) -> View:
    if answer.maps is None or answer.features is None:
        raise ValueError("there are no maps to lie anywhere")
    if head is None:
        return View(one.scale, one.mirrored, answer.logits, answer.bias, answer.maps[[index]], answer.grid)
    maps, bias = (values[0] for values in explain_logits(answer.features[None], head))
    logits = np.asarray(maps.mean(axis=(1, 2)) + bias, np.float32)
    return View(one.scale, one.mirrored, logits, bias, maps[[index]], answer.grid)


def made(views: Mapping[Pass, View], passes: Sequence[Pass], index: int, photo: Photo) -> Made:
    """One map of some looks: a single one's own, or several fused."""
    some = [views[one] for one in passes]
    maps, grid, logits = some[0].maps, some[0].grid, some[0].logits
    if len(some) > 1:
        fused = fuse(some, photo.size)
        maps, grid, logits = fused.maps, fused.grid, fused.logits
    if maps is None or grid is None:
        raise ValueError("there are no maps to lie anywhere")
    return Made(PlacedMap(maps[0], grid), int(logits.argmax()) == index)


def peers_way(square: Classifier, photo: Photo, index: int) -> Made:
    """As libraries of maps are used: the photo squashed to a square, the map stretched from its minimum to its maximum.

    What is measured counts a map from zero, as a part of its maximum; less its minimum that is the stretched one.
    """
    [answer] = square.explain([photo])
    if answer.maps is None or answer.grid is None:
        raise ValueError("there are no maps to lie anywhere")
    values: Array = answer.maps[index]
    return Made(PlacedMap(values - values.min(), answer.grid), int(answer.logits.argmax()) == index)
