"""Reports of a command line: one HTML file for a photo, a folder of them with an index for many."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.alterations import Alteration
from app.classes import named_classes
from app.cli_evidence import Part
from app.cli_files import write_whole
from app.cli_photos import Source
from app.compared import cut_region
from app.errors import StartError
from app.explanation_figures import FIGURE_SIDE, small_uri
from app.explanation_report import ReportWish, Subject, draw_explanation_report
from app.explanation_truth import Tried
from app.numbers import Numbers
from app.report_index import IndexEntry, draw_index
from app.schemas import Explanation
from app.shown import View, default_colormap
from model.coverage import Region
from model.photos import Pixels, encode_jpeg, shrink
from model.rendering import Style
from model.spec import ModelSpec

SUFFIXES = (".html", ".htm")


@dataclass(frozen=True)
class Reports:
    """Where the reports of a run go; may be written from several threads.

    Attributes:
        place: a file for the one photo, else a folder
        sources: the photos of the run
        style: of the maps
        asked: the class, the one against it, and the region that are asked about; default the most probable class
    """

    place: Path
    sources: Sequence[Source]
    style: Style
    asked: Alteration | None = None
    _entries: dict[Path, IndexEntry] = field(default_factory=dict)

    @property
    def is_file(self) -> bool:
        """Whether a report is to be that very file."""
        return self.place.suffix.lower() in SUFFIXES

    def prepare(self) -> None:
        """Make the folder.

        Raises:
            StartError: there are too many photos for one file, or the folder cannot be made
        """
        if self.is_file and len(self.sources) > 1:
            raise StartError(
                f"--report {self.place} is one file, for one photo; name a folder for {len(self.sources)}."
            )
        folder = self.place.parent if self.is_file else self.place
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StartError(f"{folder}: cannot be used for the reports: {error.strerror}") from None

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
        """The report of one photo, with what became of a part of it where that was asked.

        Raises:
            OSError: it cannot be written
        """
        subject = replace(Subject.of(answer, numbers, spec, encode_jpeg(photo)), notes=tuple(notes))
        tried = None
        if part is not None and part.altered is not None:
            altered = encode_jpeg(shrink(part.altered, FIGURE_SIDE))
            tried = Tried(part.answer, altered, answer.input.scale)
        path = self.place if self.is_file else self.place / source.stem.with_name(f"{source.stem.name}.html")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, draw_explanation_report(subject, replace(self._wish(subject), tried=tried)))
        if not self.is_file:
            first, relative = answer.predictions[0], path.relative_to(self.place).as_posix()
            self._entries[source.path] = IndexEntry(
                source.shown, relative, first.label, first.probability, small_uri(photo)
            )

    def finish(self, network: str) -> None:
        """The index of a folder.

        Raises:
            StartError: it cannot be written
        """
        if self.is_file or not self._entries:
            return
        stems = {source.stem for source in self.sources}
        names = itertools.chain(["index"], (f"index-{number}" for number in itertools.count(2)))
        path = self.place / f"{next(name for name in names if Path(name) not in stems)}.html"
        entries = [self._entries[source.path] for source in self.sources if source.path in self._entries]
        try:
            write_whole(path, draw_index(entries, network))
        except OSError as error:
            raise StartError(f"{path}: cannot be written: {error.strerror}") from None

    def _wish(self, subject: Subject) -> ReportWish:
        asked, labels, style = self.asked or Alteration(0), subject.spec.labels, self.style
        [index] = named_classes(labels, [asked.label]) if asked.label else [subject.explanation.predictions[0].index]
        [versus] = named_classes(labels, [asked.versus]) if asked.versus else [None]
        region = cut_region(asked.where, subject.size) if isinstance(asked.where, Region) else None
        colormap = style.colormap or default_colormap(style.mode.value)
        cells = "smooth" if style.smooth else "grid"
        against = None if versus == index else versus
        view = View(index, against, style.mode.value, colormap, style.opacity, style.threshold, cells)
        return ReportWish(view, region)
