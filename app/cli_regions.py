"""`camscope explain --coco --voc --masks`: where the strong evidence lies, as files for other tools."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import to_json

from app.cli_files import prepare_out, write_whole
from app.cli_photos import Source, readable
from app.errors import StartError, Unusable
from app.numbers import Numbers
from app.outlining import NO_MAP, Outlining, annotated
from model.annotations import Annotated, Method, coco, voc
from model.geometry import Grid
from model.masks import MOST_CLASSES, mask_png
from model.regions import THRESHOLD
from model.spec import ModelSpec


@dataclass(frozen=True)
class RegionFiles:
    """Which files of regions to write, and of which regions.

    Attributes:
        coco: one file for all photos
        voc: folder for an XML file per photo
        masks: folder for a PNG of indices per photo
        threshold: fraction of a map's maximum that regions exceed, 0 up to but not 1
        largest: each class's largest region alone
    """

    coco: Path | None = None
    voc: Path | None = None
    masks: Path | None = None
    threshold: float = THRESHOLD
    largest: bool = False

    @property
    def wanted(self) -> bool:
        """Whether any is."""
        return any((self.coco, self.voc, self.masks))

    def prepare(self, spec: ModelSpec, extra: Sequence[int]) -> None:
        """Make the folders, before any photo is explained.

        Args:
            spec: of the network
            extra: the classes that were asked for

        Raises:
            Unusable: the network has no maps, or a mask cannot hold as many classes
            StartError: a folder cannot be made
        """
        if self.wanted and not spec.exact:
            raise Unusable(NO_MAP)
        if self.masks and len(extra) >= MOST_CLASSES:
            raise Unusable(f"A mask holds at most {MOST_CLASSES} classes; fewer --class, please.")
        for folder in (self.coco and self.coco.absolute().parent, self.voc, self.masks):
            if folder is not None:
                prepare_out(folder)

    def write(
        self, source: Source, indices: Sequence[int], numbers: Numbers, labels: Sequence[str], placed: "Placed"
    ) -> Annotated | None:
        """Write one photo's own files.

        Args:
            source: the photo
            indices: the classes to outline
            numbers: all classes
            labels: of all classes
            placed: where the cells lie

        Returns:
            what belongs into the file for all photos; None where none is asked for
        """
        if not self.wanted:
            return None
        asked = Outlining(tuple(indices), self.threshold, self.largest, source.shown)
        found = annotated(asked, numbers, labels, placed.grid, placed.photo_size)
        if self.voc:
            named = dataclasses.replace(found, file_name=readable(Path(source.path.name)))
            write_below(self.voc, source.stem, ".xml", voc(named).encode())
        if self.masks:
            write_below(self.masks, source.stem, ".png", mask_png(found))
        return found if self.coco else None

    def finish(self, photos: Sequence[Annotated], model: str, scale: str) -> None:
        """Write the file for all photos.

        Args:
            photos: what was found on each
            model: id of the network's bundle
            scale: of its input, a number or "fused"

        Raises:
            StartError: it cannot be written
        """
        if not self.coco:
            return
        try:
            write_whole(self.coco, to_json(coco(photos, Method(model, scale, self.threshold))))
        except OSError as error:
            raise StartError(f"{self.coco}: cannot be written: {error.strerror}") from None


@dataclass(frozen=True)
class Placed:
    """Where a map's cells lie on a photo of (width, height)."""

    grid: Grid
    photo_size: tuple[int, int]


def write_below(folder: Path, stem: Path, ending: str, content: bytes) -> None:
    """A file of one photo, in its own place in a folder."""
    path = folder / stem
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path.with_name(f"{path.name}{ending}"), content)
