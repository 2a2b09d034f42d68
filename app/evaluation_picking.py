"""Which pictures of an evaluation are asked for, and in which order."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

from app.schemas_evaluations import SortKey
from model.evaluation.records import EvidenceFigures, PictureRecord
from model.evaluation.triage import Group


@dataclass(frozen=True)
class Looked:
    """A picture, and why it is worth a look."""

    record: PictureRecord
    groups: tuple[Group, ...]


Figure = Callable[[Looked], tuple[float, ...] | None]
"""What a picture is put in order by, the first number first; None where there is no such figure of it."""


@dataclass(frozen=True)
class Picking:
    """Which pictures are asked for, and in which order.

    Attributes:
        group: those of one group; None for all
        true: those of one class, by its index
        said: those of which this class was said
        cluster: those of one cluster, by its key
        name: those with this in their path, in capitals or not; empty for all
        numbers: these alone; empty for all
        sort: by which figure
        descending: the other way round; those without the figure are last in either order
    """

    group: Group | None = None
    true: int | None = None
    said: int | None = None
    cluster: str | None = None
    name: str = ""
    numbers: frozenset[int] = frozenset()
    sort: SortKey = SortKey.WORST
    descending: bool = False

    def of(self, pictures: Mapping[int, Looked], members: Container[int]) -> list[Looked]:
        """Those asked for, in their order.

        Args:
            pictures: all of them, by their number
            members: numbers of the cluster's, if one is asked for
        """
        figure = FIGURES[self.sort]
        found = [one for one in pictures.values() if self._takes(one, members)]
        known = [(value, one) for one in found if (value := figure(one)) is not None]
        unknown = [one for one in found if figure(one) is None]
        known.sort(key=lambda pair: pair[0], reverse=self.descending)
        return [one for _, one in known] + unknown

    def _takes(self, one: Looked, members: Container[int]) -> bool:
        record = one.record
        return (
            (self.group is None or self.group in one.groups)
            and (self.true is None or self.true in record.true)
            and (self.said is None or self.said == record.said)
            and (self.cluster is None or record.number in members)
            and (not self.name or self.name.casefold() in record.path.casefold())
            and (not self.numbers or record.number in self.numbers)
        )


def _worst(one: Looked) -> tuple[float, ...]:
    """Sure and wrong, wrong, right for what may be a wrong reason, the rest; of each the largest loss first."""
    ranks = (Group.SURE in one.groups, not one.record.right, bool(one.groups), True)
    return ranks.index(True), -one.record.loss


def _of_record(figure: Callable[[PictureRecord], float]) -> Figure:
    return lambda one: (figure(one.record),)


def _of_evidence(figure: Callable[[EvidenceFigures], float | None]) -> Figure:
    def known(one: Looked) -> tuple[float, ...] | None:
        value = None if one.record.evidence is None else figure(one.record.evidence)
        return None if value is None else (value,)

    return known


FIGURES: Mapping[SortKey, Figure] = {
    SortKey.WORST: _worst,
    SortKey.NUMBER: _of_record(lambda record: record.number),
    SortKey.PROBABILITY: _of_record(lambda record: record.probability),
    SortKey.PROBABILITY_TRUE: _of_record(lambda record: record.probability_true),
    SortKey.MARGIN: _of_record(lambda record: record.margin),
    SortKey.LOSS: _of_record(lambda record: record.loss),
    SortKey.INSIDE: _of_evidence(lambda where: where.inside),
    SortKey.BORDER: _of_evidence(lambda where: where.border),
    SortKey.CORNER: _of_evidence(lambda where: max(where.corners)),
    SortKey.CONCENTRATION: _of_evidence(lambda where: where.concentration),
    SortKey.GIVEN: _of_evidence(lambda where: where.given),
}
