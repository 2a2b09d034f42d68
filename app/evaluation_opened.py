"""An evaluation that is done, as it is looked at: its pictures, why each is worth a look, and some of them in an order.

What is read once is kept for the next who asks; the folder of an evaluation that is done does not change.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.errors import Damaged, NotFound
from app.schemas_evaluations import SortKey
from app.text import noted
from model.errors import EvaluationError
from model.evaluation.clusters import Cluster, read_clusters
from model.evaluation.folder import METRICS, EvaluationFolder
from model.evaluation.records import EvaluationMetrics, EvidenceFigures, PictureRecord
from model.evaluation.triage import Group, triage
from model.geometry import Array

KEPT_OPEN = 4
DAMAGED = noted("This evaluation's files are missing or damaged; its operator may have a backup.")


@dataclass(frozen=True)
class Looked:
    """A picture, and why it is worth a look."""

    record: PictureRecord
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Picking:
    """Which pictures are asked for, and in which order.

    Attributes:
        group: those of one group; None for all
        true: those of one class, by its index
        said: those of which this class was said
        cluster: those of one cluster, by its key
        numbers: these alone; empty for all
        sort: by which figure
        descending: the largest first; those without the figure are last in either order
    """

    group: Group | None = None
    true: int | None = None
    said: int | None = None
    cluster: str | None = None
    numbers: frozenset[int] = frozenset()
    sort: SortKey = SortKey.NUMBER
    descending: bool = False

    def takes(self, one: Looked) -> bool:
        """Whether a picture is among those asked for."""
        return (
            (self.group is None or self.group in one.groups)
            and (self.true is None or self.true in one.record.true)
            and (self.said is None or self.said == one.record.said)
            and (not self.numbers or one.record.number in self.numbers)
        )


@dataclass(frozen=True)
class Opened:
    """An evaluation that is done.

    Attributes:
        folder: of it
        metrics: everything of the whole set
        pictures: those that were answered, by their number, in their order
        counts: how many are in each group
        clusters: pictures of a class whose maps are alike, by their keys, as "3.0": the class, and which of its own
    """

    folder: EvaluationFolder
    metrics: EvaluationMetrics
    pictures: Mapping[int, Looked]
    counts: Mapping[Group, int]
    clusters: Mapping[str, Cluster]

    def find(self, number: int) -> Looked:
        """A picture by its number.

        Raises:
            NotFound: there is none, or it could not be answered
        """
        if number not in self.pictures:
            raise NotFound("There is no such picture in this evaluation.")
        return self.pictures[number]

    def map_of(self, record: PictureRecord) -> Array | None:
        """The map of what was said of a picture, (rows, columns), in logits; None where there is none.

        Raises:
            Damaged: there was one
        """
        try:
            return self.folder.map_of(record, "said")
        except EvaluationError as error:
            raise Damaged(DAMAGED) from error

    def pick(self, picking: Picking) -> list[Looked]:
        """The pictures asked for, in their order."""
        figure = FIGURES[picking.sort]
        found = [one for one in self.pictures.values() if picking.takes(one)]
        if picking.cluster is not None:
            members = frozenset(cluster.members if (cluster := self.clusters.get(picking.cluster)) else ())
            found = [one for one in found if one.record.number in members]
        known = [(value, one) for one in found if (value := figure(one.record)) is not None]
        unknown = [one for one in found if figure(one.record) is None]
        known.sort(key=lambda pair: pair[0], reverse=picking.descending)
        return [one for _, one in known] + unknown


def open_evaluation(results: Path) -> Opened:
    """An evaluation that is done, from the folder of its results.

    Raises:
        Damaged: its files are not what they were
    """
    try:
        return _opened(results, (results / METRICS).stat().st_mtime_ns)
    except (OSError, EvaluationError) as error:
        raise Damaged(DAMAGED) from error


@lru_cache(maxsize=KEPT_OPEN)
def _opened(results: Path, _: int) -> Opened:
    folder = EvaluationFolder(results)
    metrics = folder.metrics()
    if metrics is None:
        raise EvaluationError(f"{results}: is not done.")
    records = list(folder.pictures())
    pictures = {record.number: Looked(record, groups) for record, groups in zip(records, triage(records), strict=True)}
    counts = Counter(group for one in pictures.values() for group in one.groups)
    clusters = {
        f"{one.index}.{number}": cluster
        for one in read_clusters(results).classes
        for number, cluster in enumerate(one.clusters)
    }
    return Opened(folder, metrics, pictures, {group: counts[group] for group in Group}, clusters)


def _of_evidence(figure: Callable[[EvidenceFigures], float | None]) -> Callable[[PictureRecord], float | None]:
    return lambda record: None if record.evidence is None else figure(record.evidence)


FIGURES: Mapping[SortKey, Callable[[PictureRecord], float | None]] = {
    SortKey.NUMBER: lambda record: record.number,
    SortKey.PROBABILITY: lambda record: record.probability,
    SortKey.PROBABILITY_TRUE: lambda record: record.probability_true,
    SortKey.MARGIN: lambda record: record.margin,
    SortKey.LOSS: lambda record: record.loss,
    SortKey.INSIDE: _of_evidence(lambda where: where.inside),
    SortKey.BORDER: _of_evidence(lambda where: where.border),
    SortKey.CORNER: _of_evidence(lambda where: max(where.corners)),
    SortKey.CONCENTRATION: _of_evidence(lambda where: where.concentration),
    SortKey.GIVEN: _of_evidence(lambda where: where.given),
}


def labels_of(opened: Opened, indices: Sequence[int]) -> list[str]:
    """Names of classes."""
    return [opened.metrics.model.labels[index] for index in indices]
