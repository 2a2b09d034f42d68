"""Boxes as COCO has them (model/coco.py).

Crowds, whose box is around many things at once, and boxes without an area, as COCO's own files have some, are left
out.
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from model.boxes import BoxedPicture, NamedBox, by_picture
from model.coco import read_things
from model.coverage import Region


def read_coco(file: Path, labels: Collection[str] | None = None) -> tuple[BoxedPicture, ...]:
    """The boxes of a file of object annotations.

    Args:
        file: JSON; names of pictures are relative to its folder, or end like those of the data
        labels: that there are; boxes of others are left out; default all

    Raises:
        DatasetError: it is no such file, or none of its boxes has one of these labels
    """
    return by_picture(_boxes(file), labels, file)


def _boxes(file: Path) -> Iterator[NamedBox]:
    for one in read_things(file):
        drawn = one.content
        if drawn.bbox is None or drawn.iscrowd or min(drawn.bbox[2:]) <= 0:
            continue
        left, top, width, height = drawn.bbox
        yield NamedBox(one.path, one.name, one.label, Region(left, top, left + width, top + height), one.size)
