"""What somebody drew on the pictures of an evaluation: which boxes, or which mask, belong to which of them.

Names are matched in this order: the very file, the name within the data, that without its ending, and, where only one
picture has it, the name without its folders and without its ending. A folder of masks mirrors the data: ants/1.png, or
ants/1.jpg.png, for ants/1.jpg; what is not zero in it is the thing.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from model.boxes import BoxedPicture, read_boxes
from model.boxes_coco import read_coco
from model.boxes_voc import read_voc
from model.coverage import Region, Size
from model.dataset import Sample
from model.errors import DatasetError, EvaluationError
from model.evaluation.truth import Mask, Truth
from model.findings import counted, listed
from model.tables import TABLES

ALIKE = 0.05  # a mask's shape may differ from its picture's by so much
MAX_MASK_PIXELS = 100_000_000


@dataclass(frozen=True)
class Marks:
    """What is drawn on one picture: boxes by class, and the file of a mask."""

    regions: Mapping[int, tuple[Region, ...]] = field(default_factory=dict)
    mask: Path | None = None

    def truth(self, index: int, size: Size) -> Truth | None:
        """Where a class lies on the picture of (width, height); None where nobody said so.

        Raises:
            EvaluationError: the mask cannot be read, or is of another picture
        """
        if self.mask is not None:
            mask = read_mask(self.mask, size)
            return Truth(mask=mask) if mask.any() else None
        found = Truth(self.regions.get(index, ())).cut_to(size)
        return found if found.regions else None


def read_marks(
    samples: Sequence[Sample],
    meanings: Mapping[str, int],
    boxes: Path | None = None,
    masks: Path | None = None,
) -> tuple[dict[int, Marks], tuple[str, ...]]:
    """What is drawn on pictures, by their place.

    Args:
        samples: the pictures
        meanings: the class of each label that a box may have
        boxes: a table (model.boxes), a COCO file, a Pascal VOC file, or a folder of these
        masks: a folder of PNG files

    Returns:
        what is drawn on those that have something, and a sentence each on what was noticed

    Raises:
        DatasetError: a file is none that can be read
        EvaluationError: none of it belongs to one of the pictures
    """
    if masks is not None:
        found = {
            number: Marks(mask=file)
            for number, sample in enumerate(samples)
            if (file := _mask_of(sample, masks)) is not None
        }
        if not found:
            raise EvaluationError(f"{masks}: has no mask of any of the pictures, such as {_mask_name(samples[0])}.")
        return found, tuple(_without(samples, found, "mask"))
    if boxes is None:
        return {}, ()
    return _boxes_of(samples, meanings, boxes)


def fingerprint(listing: str, marks: Mapping[int, Marks]) -> str:
    """sha256 of a listing of pictures and of what is drawn on them, masks by their sizes; of no marks the listing."""
    if not marks:
        return listing
    digest = hashlib.sha256(listing.encode())
    for number, one in sorted(marks.items()):
        size = one.mask.stat().st_size if one.mask else 0
        digest.update(f"{number}\0{sorted(one.regions.items())}\0{size}\n".encode())
    return digest.hexdigest()


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


def read_mask(file: Path, size: Size) -> Mask:
    """Where a mask is not zero, (height, width), laid over a picture of (width, height).

    Raises:
        EvaluationError: it cannot be read, or its shape is not the picture's
    """
    try:
        with Image.open(file, formats=("PNG",)) as picture:
            width, height = picture.size
            if width * height > MAX_MASK_PIXELS:
                raise EvaluationError(f"The mask {file.name} has more than {MAX_MASK_PIXELS:,} pixels.")
            values = np.asarray(picture)
    except EvaluationError:
        raise
    except Exception as error:  # Pillow raises whatever it stumbles over
        raise EvaluationError(f"The mask {file.name} cannot be read.") from error
    if abs(width * size[1] / (height * size[0]) - 1) > ALIKE:
        raise EvaluationError(f"The mask {file.name} is {width} x {height}, the picture {size[0]} x {size[1]}.")
    if values.ndim == 2:
        return np.asarray(values != 0)
    alpha = values[..., -1] if values.shape[2] in (2, 4) else None
    painted = np.asarray((values[..., :1] if values.shape[2] == 2 else values[..., :3]).any(axis=2))
    return painted if alpha is None else np.asarray(painted & (alpha != 0))


def _boxes_of(
    samples: Sequence[Sample], meanings: Mapping[str, int], source: Path
) -> tuple[dict[int, Marks], tuple[str, ...]]:
    places = _Places(samples)
    found: dict[int, dict[int, tuple[Region, ...]]] = defaultdict(dict)
    strangers = []
    for picture in read_annotations(source, meanings):
        number = places.of(picture)
        if number is None:
            strangers.append(picture.name)
            continue
        for label, regions in picture.regions.items():
            if (index := meanings[label]) in samples[number].labels:
                found[number][index] = found[number].get(index, ()) + regions
    if not found:
        raise EvaluationError(f"{source}: has no box of a picture's own class; it speaks of {listed(strangers)}.")
    findings = list(_without(samples, found, "box"))
    if strangers:
        are = counted(len(strangers), "picture with boxes is", "pictures with boxes are")
        findings.append(f"{are} not among the data: {listed(strangers)}.")
    return {number: Marks(regions) for number, regions in found.items()}, tuple(findings)


def _without(samples: Sequence[Sample], found: Mapping[int, object], what: str) -> Iterable[str]:
    names = [sample.name for number, sample in enumerate(samples) if number not in found]
    if names:
        have = counted(len(names), "picture has", "pictures have")
        yield f"{have} no {what} and {'does' if len(names) == 1 else 'do'} not count there: {listed(names)}."


def _mask_name(sample: Sample) -> str:
    return PurePosixPath(sample.name).with_suffix(".png").as_posix()


def _mask_of(sample: Sample, masks: Path) -> Path | None:
    own = (_mask_name(sample), f"{sample.name}.png", Path(_mask_name(sample)).name)
    return next((masks / name for name in own if (masks / name).is_file()), None)


class _Places:
    """Where pictures stand in the listing, by what somebody else may call them."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._paths = {os.path.normpath(sample.path): number for number, sample in enumerate(samples)}
        self._names: list[dict[str, list[int]]] = [defaultdict(list) for _ in _called("a")]
        for number, sample in enumerate(samples):
            for names, name in zip(self._names, _called(sample.name), strict=True):
                names[name].append(number)

    def of(self, picture: BoxedPicture) -> int | None:
        """The place of a picture; None where there is none, or more than one."""
        place = self._paths.get(os.path.normpath(picture.path))
        if place is not None:
            return place
        for names, name in zip(self._names, _called(picture.name), strict=True):
            if len(places := names.get(name, [])) == 1:
                return places[0]
        return None


def _called(name: str) -> tuple[str, str, str, str]:
    """A name, that without its ending, without its folders, and without either."""
    path = PurePosixPath(name)
    return name, path.with_suffix("").as_posix(), path.name, path.stem
