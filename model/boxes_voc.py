"""Boxes as Pascal VOC has them: an XML file a picture, edges counted from 1 with the last ones included.

What declares a document type is refused: entities, which may grow without bound or name other files, need one.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from xml.parsers import expat

from model.boxes import BoxedPicture, NamedBox, by_picture
from model.coverage import Region, Size
from model.errors import DatasetError
from model.findings import shown_name
from model.listing import clean_label

OBJECT = ("annotation", "object")
SIDES = ("width", "height")
EDGES = ("xmin", "ymin", "xmax", "ymax")
MAX_BYTES = 16 * 2**20  # of one picture's annotation


def read_voc(source: Path, labels: Collection[str] | None = None) -> tuple[BoxedPicture, ...]:
    """The boxes of an XML file, or of all in a folder; a picture is called as its annotation lies in the folder.

    Args:
        source: a file, or a folder with files at any depth
        labels: that there are; boxes of others are left out; default all

    Raises:
        DatasetError: a file is no such annotation, or none of the boxes has one of these labels
    """
    files = sorted(source.rglob("*.xml")) if source.is_dir() else [source]
    if not files:
        raise DatasetError(f"{source}: there is no XML file in it.")
    root = source if source.is_dir() else source.parent
    return by_picture((box for file in files for box in _boxes(file, root)), labels, source)


def _boxes(file: Path, root: Path) -> Iterator[NamedBox]:
    found = _Annotation(file)
    suffix = Path(found.file_name).suffix
    path = file.with_suffix(suffix)
    for number, values in enumerate(found.objects, 1):
        where = f"{file}, object {number}"
        label = clean_label(values.get("name", ""), where)
        yield NamedBox(path, shown_name(path.relative_to(root).as_posix()), label, _region(values, where), found.size)


def _region(values: dict[str, str], where: str) -> Region:
    try:
        left, top, right, bottom = (float(values[edge]) for edge in EDGES)
        return Region(left - 1, top - 1, right, bottom)
    except (KeyError, ValueError):
        raise DatasetError(f"{where}: has no box with xmin <= xmax and ymin <= ymax.") from None


class _Annotation:
    """What one file says: the picture's name and size, and of each object its name and its edges."""

    def __init__(self, file: Path) -> None:
        """Read it.

        Raises:
            DatasetError: it is no XML, or declares a document type
        """
        self.file_name = ""
        self.objects: list[dict[str, str]] = []
        self._sides: dict[str, str] = {}
        self._file = file
        self._place: list[str] = []
        self._text: list[str] = []
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        try:
            if file.stat().st_size > MAX_BYTES:
                raise DatasetError(f"{file}: larger than any annotation is.")
            parser.Parse(file.read_bytes(), True)
        except expat.ExpatError as error:
            raise DatasetError(f"{file}: is no XML: {error}.") from error
        except OSError as error:
            raise DatasetError(f"{file}: cannot be read: {error.strerror}.") from error

    @property
    def size(self) -> Size | None:
        """(width, height); None where there is none, or zeros, as some tools write."""
        width, height = (self._sides.get(side, "") for side in SIDES)
        is_known = width.isdecimal() and height.isdecimal() and int(width) > 0 and int(height) > 0
        return (int(width), int(height)) if is_known else None

    def _refuse(self, *_: object) -> None:
        raise DatasetError(f"{self._file}: declares a document type, which no annotation needs; remove that.")

    def _start(self, name: str, _attributes: object) -> None:
        self._place.append(name)
        self._text.clear()
        if tuple(self._place) == OBJECT:
            self.objects.append({})

    def _end(self, _name: str) -> None:
        text, place = "".join(self._text).strip(), tuple(self._place)
        self._text.clear()
        self._place.pop()
        if place == ("annotation", "filename"):
            self.file_name = text
        elif place[:-1] == ("annotation", "size") and place[-1] in SIDES:
            self._sides[place[-1]] = text
        elif place == (*OBJECT, "name") or (place[:-1] == (*OBJECT, "bndbox") and place[-1] in EDGES):
            self.objects[-1][place[-1]] = text
