"""Which drawings belong to which pictures of an evaluation, whatever kind of file they come from.

Names are matched as model/evaluation/places.py says. A folder of masks mirrors the data: ants/1.png, or ants/1.jpg.png,
for ants/1.jpg.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Generic, NamedTuple, TypeVar

from model.boxes import BoxedPicture, DrawnPicture, read_boxes
from model.boxes_coco import read_coco
from model.boxes_voc import read_voc
from model.coverage import Region, Size
from model.dataset import Sample
from model.errors import DatasetError, EvaluationError, UnknownLabels
from model.evaluation.marks import Marks
from model.evaluation.naming import nearest, option
from model.evaluation.places import Places
from model.findings import counted, listed
from model.masks_coco import Outlined, OutlinedPicture, read_coco_masks
from model.tables import TABLES

Place = TypeVar("Place")


@dataclass(frozen=True)
class Drawings:
    """What somebody drew.

    Attributes:
        boxes: a table (model.boxes), a COCO file, a Pascal VOC file, or a folder of these
        masks: a folder of PNG files, or a COCO file
    """

    boxes: Path | None = None
    masks: Path | None = None


@dataclass(frozen=True)
class Target:
    """The pictures that drawings are matched with.

    Attributes:
        samples: that are asked about
        meanings: the class of each label that a box or an outline may have
        beside: pictures of the same data that are not asked about: what is drawn on them is none of these
        renamed: labels of these that no picture has
    """

    samples: Sequence[Sample]
    meanings: Mapping[str, int]
    beside: Sequence[Sample] = ()
    renamed: Collection[str] = ()


def read_marks(target: Target, drawn: Drawings) -> tuple[dict[int, Marks], tuple[str, ...]]:
    """What is drawn on pictures, by their place.

    Args:
        target: the pictures
        drawn: what there is

    Returns:
        what is drawn on those that have something, and a sentence each on what was noticed

    Raises:
        DatasetError: a file is none that can be read
        UnknownLabels: all of it has labels that mean no class here
        EvaluationError: none of it belongs to one of the pictures, or a label was renamed that is nowhere
    """
    places = Places(target.samples, target.beside)
    boxes, outlines = _Found[Region](), _Found[Outlined]()
    files: dict[int, Path] = {}
    findings: list[str] = []
    if drawn.boxes is not None:
        boxes = _gathered(target, places, read_annotations(drawn.boxes), _Source(drawn.boxes, "box", "boxes"))
    if drawn.masks is not None and drawn.masks.is_dir():
        files = _files_of(target.samples, drawn.masks, places)
        findings += _without(target.samples, files, "mask")
    elif drawn.masks is not None:
        outlines = _gathered(target, places, read_mask_file(drawn.masks), _Source(drawn.masks, "mask", "masks"))
    if unheard := sorted(set(target.renamed) - boxes.heard - outlines.heard):
        there = listed(sorted({*target.meanings} - set(target.renamed)))
        if drawn.boxes or drawn.masks:
            raise EvaluationError(
                f"'{unheard[0]}' cannot be renamed: no picture and no box has this label; there are {there}."
            )
        raise EvaluationError(f"'{unheard[0]}' cannot be renamed: no picture has this label; there are {there}.")
    marks = {
        one: Marks(boxes.of(one), files.get(one), outlines.of(one), boxes.sizes.get(one), outlines.sizes.get(one))
        for one in sorted({*boxes.pictures, *files, *outlines.pictures})
    }
    return marks, (*boxes.findings, *outlines.findings, *findings)


def read_annotations(source: Path) -> tuple[BoxedPicture, ...]:
    """Boxes from whichever kind of file it is.

    Raises:
        DatasetError: it is none, or cannot be read
    """
    suffix = source.suffix.lower()
    if source.is_dir() or suffix == ".xml":
        return read_voc(source.absolute())
    readers: dict[str, Callable[[Path], tuple[BoxedPicture, ...]]] = {".json": read_coco}
    readers |= dict.fromkeys(TABLES, read_boxes)
    if suffix not in readers:
        raise DatasetError(f"{source}: is no table of boxes (.csv), no COCO file (.json) and no Pascal VOC (.xml).")
    return readers[suffix](source.absolute())


def read_mask_file(source: Path) -> tuple[OutlinedPicture, ...]:
    """Masks from a COCO file.

    Raises:
        DatasetError: it is none, or cannot be read
    """
    if not source.exists():
        raise DatasetError(f"{source}: there is no such folder or file.")
    if source.suffix.lower() != ".json":
        raise DatasetError(f"{source}: is no folder of masks (.png) and no COCO file (.json).")
    return read_coco_masks(source.absolute())


class _Source(NamedTuple):
    """Where drawings come from, and what one and several of them are called."""

    path: Path
    one: str
    many: str


@dataclass
class _Found(Generic[Place]):
    """What is drawn of pictures' own classes, by their place and by class; it gathers what was noticed.

    Attributes:
        sizes: of the pictures as they were drawn on
        heard: every label that there is
        findings: a sentence each
    """

    pictures: dict[int, dict[int, tuple[Place, ...]]] = field(default_factory=dict)
    sizes: dict[int, Size] = field(default_factory=dict)
    heard: set[str] = field(default_factory=set)
    findings: list[str] = field(default_factory=list)

    def of(self, place: int) -> dict[int, tuple[Place, ...]]:
        """What is drawn on one picture."""
        return self.pictures.get(place, {})


def _gathered(
    target: Target, places: Places, pictures: Iterable[DrawnPicture[Place]], source: _Source
) -> _Found[Place]:
    found: _Found[Place] = _Found()
    strangers: list[str] = []
    beside = 0
    others: Counter[str] = Counter()  # of classes that are not those of their pictures
    for picture in pictures:
        found.heard.update(picture.regions)
        number = places.of(picture.name, picture.path)
        if number is None:
            strangers.append(picture.name)
        elif places.is_beside(number):
            beside += 1
        else:
            for label, regions in picture.regions.items():
                index = target.meanings.get(label)
                if index in target.samples[number].labels and index is not None:
                    own = found.pictures.setdefault(number, {})
                    own[index] = own.get(index, ()) + regions
                    if picture.size is not None:
                        found.sizes[number] = picture.size
                else:
                    others[label] += len(regions)
    if not found.pictures:
        raise _nothing(target, source, strangers, beside, others)
    found.findings += _without(target.samples, found.pictures, source.one)
    if others:
        are = counted(others.total(), f"{source.one} is", f"{source.many} are")
        known = list(target.meanings)
        near = ((label, nearest(label, known)) for label in sorted(others) if label not in target.meanings)
        hint = next((f"; maybe {option(label, some[0])}" for label, some in near if some), "")
        found.findings.append(f"{are} not of the picture's own class and left out: of {listed(sorted(others))}{hint}.")
    if strangers:
        are = counted(len(strangers), f"picture with {source.many} is", f"pictures with {source.many} are")
        found.findings.append(f"{are} not among the data: {listed(strangers)}.")
    return found


def _nothing(
    target: Target, source: _Source, strangers: Sequence[str], beside: int, others: Mapping[str, int]
) -> EvaluationError:
    """Why no drawing can be used, and what to do."""
    path = source.path
    if unknown := {label for label in others if label not in target.meanings}:
        known = sorted(target.meanings)
        near = {label: next(iter(nearest(label, known)), None) for label in sorted(unknown)}
        words = " ".join(option(label, meant) for label, meant in near.items())
        return UnknownLabels(
            f"{path}: nothing is drawn of a picture's own class, only of {listed(sorted(others))}. Say what these are: "
            f"{words}.", {label: label for label in near}, near
        )  # fmt: skip
    if others:
        return EvaluationError(f"{path}: nothing is drawn of a picture's own class, only of {listed(sorted(others))}.")
    if beside:
        return EvaluationError(
            f"{path}: nothing is drawn on what is asked about, but on {beside:,} other pictures; ask about more."
        )
    return EvaluationError(
        f"{path}: speaks of {listed(strangers)}, the data of {listed([one.name for one in target.samples[:2]])}: no "
        "picture is both. Name pictures by their paths within the data, or by names that only one of them has."
    )


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
