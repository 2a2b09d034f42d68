"""Boxes as COCO has them: one JSON file; bbox is left, top, width and height in pixels.

Crowds, whose box is around many things at once, and boxes without an area, as COCO's own files have some, are left
out.
"""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.boxes import BoxedPicture, NamedBox, by_picture
from model.coverage import Region
from model.errors import DatasetError
from model.findings import shown_name
from model.listing import clean_label
from model.manifest import first_line

Number = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    """What is read of a part of the file; the rest of it is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Image(_Part):
    id: int
    file_name: str


class _Category(_Part):
    id: int
    name: str


class _Annotated(_Part):
    image_id: int
    category_id: int
    bbox: tuple[Number, Number, Number, Number] | None = None
    iscrowd: int = 0


class _File(_Part):
    images: tuple[_Image, ...]
    annotations: tuple[_Annotated, ...]
    categories: tuple[_Category, ...]


def read_coco(file: Path, labels: Collection[str]) -> tuple[BoxedPicture, ...]:
    """The boxes of a file of object annotations.

    Args:
        file: JSON; names of pictures are relative to its folder, or end like those of the data
        labels: that there are; boxes of others are left out

    Raises:
        DatasetError: it is no such file, or none of its boxes has one of these labels
    """
    try:
        content = _File.model_validate(_parsed(file))
    except ValidationError as error:
        raise DatasetError(f"{file}: is no COCO file of objects: {first_line(error)}.") from error
    return by_picture(_boxes(content, file), labels, file)


def _parsed(file: Path) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise DatasetError(f"{file}: cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{file}: is no JSON: {error}.") from error


def _boxes(content: _File, file: Path) -> Iterator[NamedBox]:
    names = {one.id: one.file_name for one in content.images}
    labels = {one.id: clean_label(one.name, f"{file}, category {one.id}") for one in content.categories}
    for number, one in enumerate(content.annotations, 1):
        if one.image_id not in names or one.category_id not in labels:
            raise DatasetError(f"{file}: annotation {number} names an image or a category that is not in the file.")
        if one.bbox is None or one.iscrowd or min(one.bbox[2:]) <= 0:
            continue
        left, top, width, height = one.bbox
        name = names[one.image_id]
        if "\0" in name:
            raise DatasetError(f"{file}: image {one.image_id} has no usable name.")
        region = Region(left, top, left + width, top + height)
        yield NamedBox(file.parent / name, shown_name(name), labels[one.category_id], region)
