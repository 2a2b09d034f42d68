"""Photos to compare networks on, with the right answers where a folder or a table has them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.cli_photos import Source, find_photos
from model.comparison import shared_classes
from model.dataset import Dataset, read_dataset
from model.errors import DatasetError
from model.photos import is_picture_file
from model.tables import TABLES


@dataclass(frozen=True)
class Labelled:
    """Photos, and what is known of them.

    Attributes:
        sources: the photos
        labels: the classes that photos are labelled with; empty where they are not
        truth: by path, the right labels
        note: which photos these are, in a sentence
    """

    sources: Sequence[Source]
    labels: tuple[str, ...] = ()
    truth: dict[Path, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""


def read_photos(data: Path) -> Labelled:
    """The photos of a file, a folder, or a labelled folder or table (model/dataset.py).

    A folder counts as labelled where its pictures lie in class folders alone. Where it has train/ and val/,
    only val/ is looked at: the others may have been learned from.

    Raises:
        DatasetError: a table that cannot be used
    """
    is_table = data.is_file() and data.suffix.lower() in TABLES
    if not is_table and (not data.is_dir() or _has_loose_pictures(data)):
        return Labelled(find_photos([data]))
    try:
        dataset = read_dataset(data)
    except DatasetError:
        if is_table:
            raise
        return Labelled(find_photos([data]))
    return _labelled(data, dataset, is_table)


def _labelled(data: Path, dataset: Dataset, is_table: bool) -> Labelled:
    is_given = dataset.split == "given" and bool(dataset.val)
    samples = dataset.val if is_given else dataset.samples
    truth = {sample.path: tuple(dataset.labels[index] for index in sample.labels) for sample in samples}
    found = find_photos([sample.path for sample in samples] if is_table else [data])
    sources = [source for source in found if source.path.absolute() in truth]
    note = f"{len(sources)} labelled photos of {len(dataset.labels)} classes"
    note += ": those to judge by, not those to learn from." if is_given else "."
    return Labelled(sources, dataset.labels, truth, note)


def _has_loose_pictures(folder: Path) -> bool:
    """Whether pictures lie in the folder itself, in no class folder."""
    return any(path.is_file() and not path.name.startswith(".") and is_picture_file(path) for path in folder.iterdir())


@dataclass
class Score:
    """How many photos of classes that a network knows it got right."""

    right: int = 0
    judged: int = 0

    @property
    def accuracy(self) -> float | None:
        """Their share, 0 to 1; None where there is nothing to judge."""
        return self.right / self.judged if self.judged else None


class Judge:
    """Says whether a network names a photo rightly, by the labels that it and the photos share."""

    def __init__(self, known: Sequence[str], labels: Sequence[str]) -> None:
        """Match labels as `model.comparison.shared_classes` does.

        Args:
            known: the network's labels
            labels: the photos'
        """
        self._named = {pair.before: labels[pair.after] for pair in shared_classes(known, labels)}
        self._known = set(self._named.values())
        self.score = Score()

    def judge(self, top: int, truth: tuple[str, ...]) -> bool | None:
        """Whether the network's likeliest class is a right one; None where it knows none of those.

        Args:
            top: index of the class
            truth: the photo's labels
        """
        if not self._known & set(truth):
            return None
        is_right = self._named.get(top) in truth
        self.score.judged += 1
        self.score.right += is_right
        return is_right
