"""Which drawings belong to which pictures of an evaluation, whatever kind of file they come from.

Names are matched as model/evaluation/places.py says. A folder of masks mirrors the data: ants/1.png, or ants/1.jpg.png,
for ants/1.jpg.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from model.boxes import BoxedPicture, DrawnPicture, read_boxes
from model.boxes_coco import read_coco
from model.boxes_voc import read_voc
from model.coverage import Region
from model.dataset import Sample
from model.errors import DatasetError, EvaluationError
from model.evaluation.marks import Marks
from model.evaluation.places import Places
from model.findings import counted, listed
from model.masks_coco import Outlined, OutlinedPicture, read_coco_masks
from model.tables import TABLES

Place = TypeVar("Place")
Found = dict[int, dict[int, tuple[Place, ...]]]
"""What is drawn, by the picture's place and by class."""


@dataclass(frozen=True)
class Drawings:
    """What somebody drew.

    Attributes:
        boxes: a table (model.boxes), a COCO file, a Pascal VOC file, or a folder of these
        masks: a folder of PNG files, or a COCO file
    """

    boxes: Path | None = None
    masks: Path | None = None


def read_marks(
    samples: Sequence[Sample], meanings: Mapping[str, int], drawn: Drawings, beside: Sequence[Sample] = ()
) -> tuple[dict[int, Marks], tuple[str, ...]]:
    """What is drawn on pictures, by their place.

    Args:
        samples: the pictures
        meanings: the class of each label that a box or an outline may have
        drawn: what there is
        beside: pictures of the same data that are not asked about: what is drawn on them is none of these

    Returns:
        what is drawn on those that have something, and a sentence each on what was noticed

    Raises:
        DatasetError: a file is none that can be read
        EvaluationError: none of it belongs to one of the pictures
    """
    places = Places(samples, beside)
    boxes: Found[Region] = {}
    files: dict[int, Path] = {}
    outlines: Found[Outlined] = {}
    findings: list[str] = []
    if drawn.boxes is not None:
        source = Source(drawn.boxes, "box", "boxes")
        boxes = _found(samples, meanings, read_annotations(drawn.boxes, meanings), places, source, findings)
    if drawn.masks is not None:
        source = Source(drawn.masks, "mask", "masks")
        if drawn.masks.is_dir():
            files = _files_of(samples, drawn.masks, places)
            findings += _without(samples, files, source.one)
        else:
            read = read_mask_file(drawn.masks, meanings)
            outlines = _found(samples, meanings, read, places, source, findings)
    numbers = sorted({*boxes, *files, *outlines})
    marks = {one: Marks(boxes.get(one, {}), files.get(one), outlines.get(one, {})) for one in numbers}
    return marks, tuple(findings)


def read_annotations(source: Path, labels: Iterable[str]) -> tuple[BoxedPicture, ...]:
    """Boxes from whichever kind of file it is.

    Raises:
        DatasetError: it is none, or cannot be read
    """
    wanted, suffix = set(labels), source.suffix.lower()
    if source.is_dir() or suffix == ".xml":
        return read_voc(source.absolute(), wanted)
    readers: dict[str, Callable[[Path, set[str]], tuple[BoxedPicture, ...]]] = {".json": read_coco}
    readers |= dict.fromkeys(TABLES, read_boxes)
    if suffix not in readers:
        raise DatasetError(f"{source}: is no table of boxes (.csv), no COCO file (.json) and no Pascal VOC (.xml).")
    return readers[suffix](source.absolute(), wanted)


def read_mask_file(source: Path, labels: Iterable[str]) -> tuple[OutlinedPicture, ...]:
    """Masks from a COCO file.

    Raises:
        DatasetError: it is none, or cannot be read
    """
    if not source.exists():
        raise DatasetError(f"{source}: there is no such folder or file.")
    if source.suffix.lower() != ".json":
        raise DatasetError(f"{source}: is no folder of masks (.png) and no COCO file (.json).")
    return read_coco_masks(source.absolute(), set(labels))


@dataclass(frozen=True)
class Source:
    """Where drawings come from, and what one and several of them are called, for messages."""

    path: Path
    one: str
    many: str


def _found(
    samples: Sequence[Sample],
    meanings: Mapping[str, int],
    pictures: Iterable[DrawnPicture[Place]],
    places: Places,
    source: Source,
    findings: list[str],
) -> Found[Place]:
    """What is drawn of a picture's own classes; what was noticed is added to the findings."""
    found: dict[int, dict[int, tuple[Place, ...]]] = defaultdict(dict)
    strangers, beside = [], 0
    for picture in pictures:
        number = places.of(picture.name, picture.path)
        if number is None:
            strangers.append(picture.name)
        elif places.is_beside(number):
            beside += 1
        else:
            for label, regions in picture.regions.items():
                if (index := meanings[label]) in samples[number].labels:
                    found[number][index] = found[number].get(index, ()) + regions
    if not found:
        raise EvaluationError(_nothing(source.path, samples, strangers, beside))
    findings += _without(samples, found, source.one)
    if strangers:
        are = counted(len(strangers), f"picture with {source.many} is", f"pictures with {source.many} are")
        findings.append(f"{are} not among the data: {listed(strangers)}.")
    return dict(found)


def _nothing(source: Path, samples: Sequence[Sample], strangers: Sequence[str], beside: int) -> str:
    """Why no drawing can be used, and what to do."""
    if strangers and not beside:
        return (
            f"{source}: nothing is drawn of a picture's own class; it speaks of {listed(strangers)}, the data of "
            f"{listed([one.name for one in samples[:2]])}. Name pictures by their paths within the data, or by names "
            "that only one of them has."
        )
    if beside:
        return f"{source}: nothing is drawn on what is asked about, but on {beside:,} other pictures; ask about more."
    return f"{source}: nothing is drawn of a picture's own class, only of others."


def _without(samples: Sequence[Sample], found: Mapping[int, object], what: str) -> Iterator[str]:
    names = [sample.name for number, sample in enumerate(samples) if number not in found]
    if names:
        have = counted(len(names), "picture has", "pictures have")
        yield f"{have} no {what} and {'does' if len(names) == 1 else 'do'} not count there: {listed(names)}."


def _mask_name(sample: Sample) -> str:
    return PurePosixPath(sample.name).with_suffix(".png").as_posix()


def _files_of(samples: Sequence[Sample], masks: Path, places: Places) -> dict[int, Path]:
    """The masks of a folder: those that mirror the data, then whatever else lies in it by its name.

    Raises:
        EvaluationError: there is none
    """
    found: dict[int, Path] = {}
    for number, sample in enumerate(samples):
        own = (masks / name for name in (_mask_name(sample), f"{sample.name}.png"))
        if file := next((one for one in own if one.is_file()), None):
            found[number] = file
    if len(found) < len(samples):
        used = set(found.values())
        for file in sorted(set(masks.rglob("*")) - used):
            if file.suffix.lower() != ".png":
                continue
            name = file.relative_to(masks).as_posix()
            place = places.of(name)
            if place is None:
                place = places.of(PurePosixPath(name).with_suffix("").as_posix())
            if place is not None and not places.is_beside(place):
                found.setdefault(place, file)
    if not found:
        raise EvaluationError(f"{masks}: has no mask of any of the pictures, such as {_mask_name(samples[0])}.")
    return found
