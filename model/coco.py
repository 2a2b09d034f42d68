"""Files of object annotations as COCO has them: pictures, what is on them and what that is called, in one JSON file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.coverage import Size
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
    width: int | None = None
    height: int | None = None

    @property
    def size(self) -> Size | None:
        return (self.width, self.height) if self.width and self.height and min(self.width, self.height) > 0 else None


class _Category(_Part):
    id: int
    name: str


class CocoObject(_Part):
    """One thing on a picture.

    Attributes:
        bbox: left, top, width and height in pixels
        segmentation: as it is written: model/masks_coco.py reads it
        iscrowd: many things at once
    """

    image_id: int
    category_id: int
    bbox: tuple[Number, Number, Number, Number] | None = None
    segmentation: Any = None
    iscrowd: int = 0


class _File(_Part):
    images: tuple[_Image, ...]
    annotations: tuple[CocoObject, ...]
    categories: tuple[_Category, ...]


class CocoThing(NamedTuple):
    """One thing: on which picture, what messages call that, what it is, where, and on how large a picture.

    The number is its place among all, from 1 on.
    """

    path: Path
    name: str
    label: str
    content: CocoObject
    size: Size | None
    number: int


def read_things(file: Path) -> Iterator[CocoThing]:
    """Everything that a file speaks of.

    Args:
        file: JSON; names of pictures are relative to its folder, or end like those of the data

    Raises:
        DatasetError: it is no such file
    """
    content = _content(file)
    images = {one.id: one for one in content.images}
    labels = {one.id: clean_label(one.name, f"{file}, category {one.id}") for one in content.categories}
    for number, one in enumerate(content.annotations, 1):
        if one.image_id not in images or one.category_id not in labels:
            raise DatasetError(f"{file}: annotation {number} names an image or a category that is not in the file.")
        name, size = images[one.image_id].file_name, images[one.image_id].size
        if "\0" in name:
            raise DatasetError(f"{file}: image {one.image_id} has no usable name.")
        yield CocoThing(file.parent / name, shown_name(name), labels[one.category_id], one, size, number)


def _content(file: Path) -> _File:
    try:
        return _File.model_validate(json.loads(file.read_bytes()))
    except OSError as error:
        raise DatasetError(f"{file}: cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise DatasetError(f"{file}: is no COCO file of objects: {first_line(error)}.") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{file}: is no JSON: {error}.") from error
