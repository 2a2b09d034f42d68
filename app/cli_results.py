"""Photos of a command line, from their files to their results: answers, JSON files and overlays."""

import hashlib
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from pydantic_core import to_json

from app import answers
from app.classes import chosen
from app.cli_besides import Besides
from app.cli_evidence import Part
from app.cli_evidence import found as part_found
from app.cli_files import write_whole
from app.cli_photos import Source, readable
from app.cli_regions import Placed
from app.copies import STORED_SIDE
from app.errors import Unusable
from app.numbers import Numbers, numbers_of
from app.picture_text import picture_text
from app.scale_account import account, view_info
from app.scaled import put_together
from app.schemas import Explanation
from app.schemas_channels import AccountInfo
from app.shown import class_map
from app.weighed import account_info, weighed_of
from model.annotations import Annotated
from model.classifier import Classifier
from model.classifier import Explanation as ClassifierAnswer
from model.errors import BrokenPhoto, InferenceError, ModelError
from model.geometry import Grid
from model.photos import Photo, PhotoFile, Pixels, fit_within, open_photo, shrink
from model.png import encode_png
from model.preprocess import Prepared, enough
from model.rendering import Style, limit, overlay, with_legend
from model.scales import FUSED, inputs_of, passes_of
from model.spec import SCALES, ModelSpec

PROBLEMS = (ModelError, OSError)


@dataclass(frozen=True)
class Outcome:
    """What became of one photo.

    Attributes:
        source: the photo
        answer: what the API would answer; None where it could not be explained
        why: it could not, in one line
        more: what its record has besides the answer
        channels: the first class's score, channel by channel, where that was wanted
        regions: for the file of all photos' regions, where that was wanted
    """

    source: Source
    answer: Explanation | None
    why: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    channels: AccountInfo | None = None
    regions: Annotated | None = None

    @property
    def part(self) -> dict[str, Any] | None:
        """What was asked of a part of it, where anything was."""
        found: dict[str, Any] | None = self.more.get("counterfactual")
        return found


@dataclass(frozen=True)
class _Opened:
    """A photo on its way to the network.

    Attributes:
        source: where it is from
        sha256: of its file
        file: for a larger copy of its pixels, should an overlay need one
        pixels: as the network's input was made from
        prepared: the network's input
        started: when reading it began, as time.perf_counter tells it
        decoded_ms: what reading and decoding took
    """

    source: Source
    sha256: str
    file: PhotoFile
    pixels: Pixels
    prepared: Prepared
    started: float
    decoded_ms: float


class Reporter(Protocol):
    """Writes a report of a photo: app/cli_reports.py, which is not loaded where nobody asks for one."""

    def write(
        self,
        source: Source,
        answer: Explanation,
        numbers: Numbers,
        spec: ModelSpec,
        photo: Pixels,
        notes: Sequence[str] = (),
        part: Part | None = None,
    ) -> None:
        """From the answer, all numbers, the photo (H, W, 3) as it would be stored, and what else is to be said."""


@dataclass(frozen=True)
class Explainer:
    """Photos in, results out; keeps nothing, and may be called from several threads.

    Attributes:
        classifier: the network
        top_k: how many of the most probable classes
        extra: classes beside these
        scale: of the input
        max_megapixels: larger photos are refused
        out: folder for the results; None for none
        style: of the overlays
        besides: what else is wanted of every photo
        fused: whether to look at all scales and mirror images, whatever `scale`
        reporter: writes reports besides; None for none
    """

    classifier: Classifier
    top_k: int
    extra: Sequence[int]
    scale: float
    max_megapixels: float
    out: Path | None
    style: Style
    besides: Besides = field(default_factory=Besides)
    fused: bool = False
    reporter: Reporter | None = None

    def explain(self, sources: Sequence[Source]) -> list[Outcome]:
        """Explain photos, in their order, and write their results; what befalls one of them is its own.

        Those that get inputs of one shape share a forward pass.
        """
        outcomes: dict[int, Outcome] = {}
        shapes: dict[tuple[int, ...], list[tuple[int, _Opened]]] = defaultdict(list)
        for place, source in enumerate(sources):
            try:
                opened = self._open(source)
            except PROBLEMS as error:
                outcomes[place] = Outcome(source, None, reason(error))
            else:
                shapes[opened.prepared.pixels.shape].append((place, opened))
        for group in shapes.values():
            places, batch = zip(*group, strict=True)
            outcomes.update(zip(places, self._answered(batch), strict=True))
        return [outcomes[place] for place in range(len(sources))]

    def _open(self, source: Source) -> _Opened:
        started = time.perf_counter()
        data = source.path.read_bytes()
        file = open_photo(data, self.max_megapixels)
        finest = max(SCALES) if self.fused else self.scale
        photo = file.read(enough(self.classifier.spec.preprocessing, finest))
        decoded_ms = (time.perf_counter() - started) * 1e3
        prepared = self.classifier.prepare(photo, self.scale)
        digest = hashlib.sha256(data).hexdigest()
        return _Opened(source, digest, file, photo.pixels, prepared, started, decoded_ms)

    def _answered(self, batch: Sequence[_Opened]) -> list[Outcome]:
        if self.fused:
            return [self._fused(one) for one in batch]
        try:
            found = self.classifier.answer([one.prepared for one in batch])
        except InferenceError as error:
            if len(batch) == 1:
                return [Outcome(batch[0].source, None, reason(error))]
            return [outcome for one in batch for outcome in self._answered([one])]
        return [self._finished(one, answer) for one, answer in zip(batch, found, strict=True)]

    def _fused(self, opened: _Opened) -> Outcome:
        """All scales and mirror images of one photo, as one answer."""
        spec, size = self.classifier.spec, opened.prepared.photo_size
        passes = passes_of(spec.preprocessing, FUSED)
        photo = Photo(opened.pixels, opened.file.format, size)
        try:
            found = [self.classifier.answer([one])[0] for one in inputs_of(passes, self.classifier, photo)]
            scaled = put_together(passes, found, spec, size)
        except InferenceError as error:
            return Outcome(opened.source, None, reason(error))
        views = [view_info(one) for one in scaled.told]
        return self._finished(
            opened, scaled.answer, {"scale": FUSED, "views": views, "account": account(spec, len(views))}
        )

    def _finished(
        self, opened: _Opened, found: ClassifierAnswer, more: Mapping[str, Any] = MappingProxyType({})
    ) -> Outcome:
        numbers = numbers_of(found)
        listed = None
        try:
            answer = self._answer(opened, found, numbers)
            if part := self._part(opened, found):
                more = {**more, "counterfactual": part.answer}
            if self.besides.channels:
                first = answer.predictions[0].index
                listed = account_info(weighed_of(found).account(first, count=self.besides.channels))
                more = {**more, "channels": listed}
            if self.out:
                self._write(self.out / opened.source.stem, opened, answer, numbers, found.grid, more)
            regions = self._outline(opened, answer, numbers, found.grid)
            if self.reporter:
                notes = more.get("account", ())
                self.reporter.write(opened.source, answer, numbers, self.classifier.spec, _shown(opened), notes, part)
        except (*PROBLEMS, Unusable) as error:
            return Outcome(opened.source, None, reason(error))
        return Outcome(opened.source, answer, more=more, channels=listed, regions=regions)

    def _answer(self, opened: _Opened, found: ClassifierAnswer, numbers: Numbers) -> Explanation:
        bundle = self.classifier.bundle
        row = answers.computed_row(found, opened.prepared.photo_size, opened.sha256, bundle.id)
        row.predictions = answers.choices(row, numbers, chosen(numbers.logits, self.top_k, self.extra))
        times = found.timing
        row.timing = {
            "decode": opened.decoded_ms + times.preprocess_ms,
            "queue": 0.0,
            "forward": times.forward_ms,
            "cam": times.cam_ms,
            "total": (time.perf_counter() - opened.started) * 1e3,
        }
        return answers.explanation(row, answers.Model(bundle.id, bundle.name, bundle.spec), numbers)

    def _part(self, opened: _Opened, found: ClassifierAnswer) -> Part | None:
        if self.besides.question is None:
            return None
        return part_found(self.besides.question, self.classifier, opened.pixels, found, opened.prepared.photo_size)

    def _write(
        self,
        stem: Path,
        opened: _Opened,
        answer: Explanation,
        numbers: Numbers,
        grid: Grid | None,
        more: Mapping[str, object],
    ) -> None:
        """The JSON, and the first class's map over the photo where the network has maps."""
        stem.parent.mkdir(parents=True, exist_ok=True)
        write_whole(stem.with_name(f"{stem.name}.json"), record(opened.source, answer, more, indent=2))
        if numbers.maps is None or grid is None:
            return
        bundle = self.classifier.bundle
        first = class_map(numbers, bundle.spec.labels, answer.predictions[0].index)
        values = numbers.maps[first.index]
        drawn = overlay(_shown(opened), values, grid, self.style, opened.prepared.photo_size)
        picture = with_legend(drawn, self.style, limit(values, self.style.mode))
        told = picture_text(bundle.id, first, None, self.style)
        write_whole(stem.with_name(f"{stem.name}.png"), encode_png(picture, told))

    def _outline(self, opened: _Opened, answer: Explanation, numbers: Numbers, grid: Grid | None) -> Annotated | None:
        """The files of regions, of the most probable class and those that were asked for."""
        if grid is None:
            return None
        indices = dict.fromkeys([answer.predictions[0].index, *self.extra])
        placed = Placed(grid, opened.prepared.photo_size)
        labels = self.classifier.spec.labels
        return self.besides.files.write(opened.source, list(indices), numbers, labels, placed)


def _shown(opened: _Opened) -> Pixels:
    """The photo to draw on; decoded again where the network took less of it than is to be seen."""
    size = fit_within(opened.prepared.photo_size, STORED_SIDE)
    pixels = opened.pixels
    if pixels.shape[1] < size[0] or pixels.shape[0] < size[1]:
        pixels = opened.file.read(lambda width, height: fit_within((width, height), STORED_SIDE)).pixels
    return shrink(pixels, STORED_SIDE)


def record(
    source: Source,
    answer: Explanation,
    more: Mapping[str, object] = MappingProxyType({}),
    indent: int | None = None,
) -> bytes:
    """The API's answer as JSON in UTF-8, which file it is about, and what was found besides."""
    return to_json({"file": readable(source.path), **dict(answer), **more}, indent=indent)


def reason(error: Exception) -> str:
    """Why a photo was not explained, in one line."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) if str(error) else BrokenPhoto.__name__
