"""An evaluation that is done, as it is looked at: its pictures, why each is worth a look, and their maps.

What is read once is kept for the next who asks; the folder of an evaluation that is done does not change.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from app.errors import Damaged, NotFound
from app.evaluation_picking import Looked, Picking
from app.text import noted
from model.errors import EvaluationError
from model.evaluation.clusters import Cluster, read_clusters
from model.evaluation.folder import METRICS, EvaluationFolder
from model.evaluation.records import EvaluationMetrics, PictureRecord
from model.evaluation.triage import Group, triage
from model.geometry import Array

KEPT_OPEN = 4
DAMAGED = noted("This evaluation's files are missing or damaged; its operator may have a backup.")
WRONG = frozenset({Group.WRONG, Group.SURE})

Which = Literal["said", "true"]
"""The class of a map: what was said of the picture, or the most probable of its true classes."""


@dataclass(frozen=True)
class Opened:
    """An evaluation that is done.

    Attributes:
        folder: of it
        metrics: everything of the whole set
        pictures: those that were answered, by their number, in their order
        counts: how many are in each group
        looked_for: groups that there could be: without maps, or without boxes, some cannot
        clusters: pictures of a class whose maps are alike, by their keys, as "3.0": the class, and which of its own
    """

    folder: EvaluationFolder
    metrics: EvaluationMetrics
    pictures: Mapping[int, Looked]
    counts: Mapping[Group, int]
    looked_for: frozenset[Group]
    clusters: Mapping[str, Cluster]

    def find(self, number: int) -> Looked:
        """A picture by its number.

        Raises:
            NotFound: there is none, or it could not be answered
        """
        if number not in self.pictures:
            raise NotFound("There is no such picture in this evaluation.")
        return self.pictures[number]

    def map_of(self, record: PictureRecord, which: Which) -> Array | None:
        """A map of a picture, (rows, columns), in logits; None where there is none.

        Raises:
            Damaged: there was one
        """
        try:
            return self.folder.map_of(record, which)
        except EvaluationError as error:
            raise Damaged(DAMAGED) from error

    def pick(self, picking: Picking) -> list[Looked]:
        """The pictures asked for, in their order."""
        cluster = None if picking.cluster is None else self.clusters.get(picking.cluster)
        return picking.of(self.pictures, frozenset(cluster.members if cluster else ()))

    def counted(self, picking: Picking) -> tuple[int, Mapping[Group, int]]:
        """How many there would be of all groups together, and of each."""
        found = self.pick(replace(picking, group=None))
        return len(found), _counts(found)


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
    pictures = {
        record.number: Looked(record, groups)
        for record, groups in zip(records, triage(records, metrics.recurring), strict=True)
    }
    clusters = {
        f"{one.index}.{number}": cluster
        for one in read_clusters(results).classes
        for number, cluster in enumerate(one.clusters)
    }
    return Opened(folder, metrics, pictures, _counts(list(pictures.values())), _looked_for(records), clusters)


def _counts(pictures: Sequence[Looked]) -> Mapping[Group, int]:
    counts = Counter(group for one in pictures for group in one.groups)
    return {group: counts[group] for group in Group}


def _looked_for(records: Sequence[PictureRecord]) -> frozenset[Group]:
    evidence = [record.evidence for record in records if record.evidence is not None]
    if not evidence:
        return WRONG
    is_boxed = any(where.inside is not None for where in evidence)
    return frozenset(Group) if is_boxed else frozenset(Group) - {Group.OUTSIDE}


def labels_of(opened: Opened, indices: Sequence[int]) -> list[str]:
    """Names of classes."""
    return [opened.metrics.model.labels[index] for index in indices]
