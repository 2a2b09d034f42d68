"""One picture through the network: everything that is kept of it, made in the thread that has its pixels.

A picture is decoded once, each look is taken once, and no map is computed but those of what was said and of what is
true. Where several looks are fused, these two maps are (model.fusion); the logits are averaged over all classes.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

import numpy as np

from model.cam import Array
from model.classifier import Classifier, Explanation
from model.dataset import Sample
from model.errors import InferenceError, ModelError, PhotoError
from model.evaluation.evidence import evidence_figures
from model.evaluation.marks import Marks
from model.evaluation.measuring import Ruler
from model.evaluation.records import LeftOut, PictureRecord
from model.evaluation.truth import Truth
from model.evidence import PlacedMap
from model.figures import GridFigures
from model.fusion import View, fuse
from model.geometry import Grid
from model.photos import Photo, encode_jpeg, open_photo, shrink
from model.preprocess import Prepared, enough
from model.scales import Pass, inputs_of, passes_of
from model.scores import top_classes
from model.spec import Activation

THUMBNAIL_SIDE = 320
THUMBNAIL_QUALITY = 85
TOP = 5


@dataclass(frozen=True)
class Looked:
    """What one way to look says of a picture.

    Attributes:
        right: whether a true class has the highest logit
        true: the map of the most probable true class at scale 1; None where the head keeps no location
    """

    right: bool
    true: PlacedMap | None


@dataclass(frozen=True)
class Seen:
    """Everything of one picture.

    Attributes:
        line: its record, which does not know yet where its maps will lie
        maps: of what was said, then of what is true; none where the head keeps no location
        thumbnail: JPEG
        rows: for the tables, by name
    """

    line: PictureRecord | LeftOut
    maps: tuple[Array, ...] = ()
    thumbnail: bytes | None = None
    rows: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Numbered:
    """A picture, its place in the listing, and what somebody drew on it."""

    number: int
    sample: Sample
    marks: Marks | None = None


@dataclass(frozen=True)
class Looker:
    """Looks at pictures; keeps nothing, and may be called from several threads.

    Attributes:
        classifier: the network
        scales: names of the looks (model.scales)
        max_megapixels: larger pictures are left out
        ruler: measures maps where there is a truth
    """

    classifier: Classifier
    scales: Sequence[str]
    max_megapixels: float
    ruler: Ruler

    @cached_property
    def _all_passes(self) -> tuple[Pass, ...]:
        """All looks that the scales take, and that of scale 1, each once; those of one input size after each other."""
        preprocessing = self.classifier.spec.preprocessing
        wanted = {one for name in ("1", *self.scales) for one in passes_of(preprocessing, name)}
        return tuple(sorted(wanted, key=lambda one: (one.scale, one.mirrored)))

    def passes(self, one: Numbered) -> tuple[Pass, ...]:
        """The looks at a picture; that of scale 1 alone, which comes first, where nothing is drawn on it."""
        return self._all_passes if one.marks else self._all_passes[:1]

    def look(self, batch: Sequence[Numbered]) -> list[Seen]:
        """Look at pictures; what befalls one of them is its own. Inputs of one shape share a pass."""
        seen: dict[int, Seen] = {}
        inputs: list[tuple[int, Prepared]] = []
        photos: dict[int, Photo] = {}
        for place, one in enumerate(batch):
            try:
                photo = self._read(one)
                prepared = list(inputs_of(self.passes(one), self.classifier, photo))
            except (PhotoError, OSError) as error:
                seen[place] = _left_out(one, error)
            else:
                photos[place] = photo
                inputs += [(place, each) for each in prepared]
        answers = self._answers(inputs, len(batch))
        for place, photo in photos.items():
            try:
                seen[place] = self._seen(batch[place], photo, _sound(answers[place]))
            except (ModelError, ValueError) as error:
                seen[place] = _left_out(batch[place], error)
        return [seen[place] for place in range(len(batch))]

    def _read(self, one: Numbered) -> Photo:
        finest = max(look.scale for look in self.passes(one))
        least = enough(self.classifier.spec.preprocessing, finest)
        return open_photo(one.sample.path.read_bytes(), self.max_megapixels).read(least)

    def _answers(
        self, inputs: Sequence[tuple[int, Prepared]], most: int
    ) -> dict[int, list[Explanation | InferenceError]]:
        """What the network says of each picture's inputs, in their order; so many at most share a pass."""
        shapes: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, (_, one) in enumerate(inputs):
            shapes[one.pixels.shape].append(index)
        found: dict[int, Explanation | InferenceError] = {}
        for indices in shapes.values():
            for start in range(0, len(indices), most):
                some = indices[start : start + most]
                found.update(zip(some, self._answer([inputs[index][1] for index in some]), strict=True))
        answers: dict[int, list[Explanation | InferenceError]] = defaultdict(list)
        for index, (place, _) in enumerate(inputs):
            answers[place].append(found[index])
        return answers

    def _answer(self, batch: Sequence[Prepared]) -> Sequence[Explanation | InferenceError]:
        try:
            return self.classifier.answer(batch)
        except InferenceError as error:
            if len(batch) == 1:
                return [error]
            return [answer for one in batch for answer in self._answer([one])]

    def _seen(self, one: Numbered, photo: Photo, answers: Sequence[Explanation]) -> Seen:
        first = answers[0]
        true = sorted(one.sample.labels, key=lambda index: (-float(first.logits[index]), index))
        truth, trouble = one.marks.seen(true[0], photo.size) if one.marks else (None, None)
        record = self._record(one, photo, first, true, truth).model_copy(update={"trouble": trouble})
        maps: tuple[Array, ...] = ()
        if first.maps is not None:
            maps = tuple(first.maps[[record.said, true[0]]])
        thumbnail = encode_jpeg(shrink(photo.pixels, THUMBNAIL_SIDE), THUMBNAIL_QUALITY)
        return Seen(record, maps, thumbnail, self._rows(answers, true, photo, truth, record.right))

    def _record(
        self, one: Numbered, photo: Photo, first: Explanation, true: Sequence[int], truth: Truth | None
    ) -> PictureRecord:
        top = top_classes(first.logits, min(TOP, len(first.logits)))
        placed = None
        if first.maps is not None and first.grid is not None:
            placed = PlacedMap(first.maps[true[0]], first.grid)
        return PictureRecord(
            number=one.number,
            path=one.sample.name,
            width=photo.width,
            height=photo.height,
            true=tuple(true),
            said=top[0],
            top=tuple((index, float(first.probabilities[index])) for index in top),
            probability=float(first.probabilities[top[0]]),
            probability_true=float(first.probabilities[true[0]]),
            margin=float(first.logits[top[0]]) - float(first.logits[top[1]]),
            loss=cross_entropy(first.logits, true, self.classifier.spec.activation),
            right=top[0] in true,
            grid=None if first.grid is None else GridFigures(**asdict(first.grid)),
            maps=None,
            boxes=truth.edges if truth else (),
            evidence=placed and evidence_figures(placed, photo.size, truth),
        )

    def _rows(
        self, answers: Sequence[Explanation], true: Sequence[int], photo: Photo, truth: Truth | None, right: bool
    ) -> dict[str, Array]:
        if truth is None or answers[0].maps is None:
            return {}
        rows = self.ruler.common_rows(truth, photo.size, right)
        for name in self.scales:
            looked = self.looked(name, answers, true, photo)
            if looked.true is not None:
                rows |= self.ruler.rows(name, looked.true, truth, photo.size, looked.right)
        return rows

    def looked(self, name: str, answers: Sequence[Explanation], true: Sequence[int], photo: Photo) -> Looked:
        """What one way to look says of a picture.

        Args:
            name: of the scale
            answers: of all looks, in their order
            true: classes, the most probable first
            photo: the picture
        """
        wanted = passes_of(self.classifier.spec.preprocessing, name)
        views = [
            _view(one, answer, true[0]) for one, answer in zip(self._all_passes, answers, strict=True) if one in wanted
        ]
        fused = fuse(views, photo.size) if len(views) > 1 else views[0]
        return Looked(int(fused.logits.argmax()) in true, _placed(fused.maps, fused.grid))


def cross_entropy(logits: Array, true: Sequence[int], activation: Activation) -> float:
    """The loss of one picture's logits (K,).

    Args:
        logits: of all classes
        true: classes, the most probable first
        activation: softmax: of the most probable true class; sigmoid: the mean over all classes
    """
    wide = logits.astype(np.float64)
    if activation is Activation.SOFTMAX:
        highest = wide.max()
        return max(0.0, float(highest + np.log(np.exp(wide - highest).sum()) - wide[true[0]]))
    targets = np.zeros_like(wide)
    targets[list(true)] = 1
    return float((np.maximum(wide, 0) - wide * targets + np.log1p(np.exp(-np.abs(wide)))).mean())


def _view(one: Pass, answer: Explanation, index: int) -> View:
    maps = None if answer.maps is None else answer.maps[[index]]
    return View(answer.scale, one.mirrored, answer.logits, answer.bias, maps, answer.grid)


def _placed(maps: Array | None, grid: Grid | None) -> PlacedMap | None:
    return None if maps is None or grid is None else PlacedMap(maps[0], grid)


def _sound(answers: Sequence[Explanation | InferenceError]) -> list[Explanation]:
    """The answers of one picture.

    Raises:
        InferenceError: one is none, or not finite
    """
    for answer in answers:
        if isinstance(answer, InferenceError):
            raise answer
        if not np.isfinite(answer.logits).all():
            raise InferenceError("The network's answer to this photo is not finite.")
    return [answer for answer in answers if isinstance(answer, Explanation)]


def _left_out(one: Numbered, error: Exception) -> Seen:
    why = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
    return Seen(LeftOut(number=one.number, path=one.sample.name, true=one.sample.labels, problem=why))
