"""Photos with boxes that were drawn for the benchmark; docs/localisation.md says by whom and how."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.boxes import read_boxes
from model.evaluation.truth import Truth
from model.photos import Photo, read_photo

HERE = Path(__file__).resolve().parent
TABLE = HERE / "boxes-hymenoptera-val.csv"
LABELS = ("ant", "bee")


@dataclass(frozen=True)
class Boxed:
    """A photo whose boxes are all of one label.

    Attributes:
        name: its path under the folder of photos
        label: "ant" or "bee"
        truth: its boxes
    """

    path: Path
    name: str
    label: str
    truth: Truth

    def photo(self) -> Photo:
        """The photo, decoded."""
        return read_photo(self.path.read_bytes())


def boxed_photos(folder: Path, table: Path = TABLE, labels: Collection[str] = LABELS) -> Sequence[Boxed]:
    """The photos of a table that lie in a folder; none where it is another data set.

    Args:
        folder: what the table's paths are relative to
        table: of boxes (model.boxes)
        labels: of the boxes
    """
    found = []
    for picture in read_boxes(table, labels):
        [(label, regions)] = picture.regions.items()
        if (path := folder / picture.name).is_file():
            found.append(Boxed(path, picture.name, label, Truth(regions)))
    return found
