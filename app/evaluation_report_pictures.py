"""Pictures of an evaluation, to stand inside its report: of each group the first, and what each class goes by."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.errors import NotFound
from app.evaluation_drawing import mean_map, overlaid, small_copy
from app.evaluation_opened import Opened, Which, labels_of
from app.evaluation_picking import Looked, Picking
from app.evaluation_words import group_words, numbered_kind
from app.report_pictures import data_uri, picture_uri
from app.schemas_evaluations import SortKey
from app.text import gettext, ngettext, percent
from model.evaluation.records import PictureRecord
from model.evaluation.triage import Group
from model.photos import shrink

FEW = 12
NEAREST = 4
MOST_CLASSES = 12
SIDE = 220  # of a picture, in pixels: a report with all its groups stays near a megabyte
SMALL_SIDE = 140
WORST_FIRST = {
    Group.SURE: Picking(Group.SURE, sort=SortKey.PROBABILITY, descending=True),
    Group.WRONG: Picking(Group.WRONG, sort=SortKey.LOSS, descending=True),
    Group.OUTSIDE: Picking(Group.OUTSIDE, sort=SortKey.INSIDE),
    Group.PLACE: Picking(Group.PLACE, sort=SortKey.CORNER, descending=True),
    Group.BORDER: Picking(Group.BORDER, sort=SortKey.BORDER, descending=True),
    Group.TINY: Picking(Group.TINY, sort=SortKey.CONCENTRATION, descending=True),
    Group.SPREAD: Picking(Group.SPREAD, sort=SortKey.CONCENTRATION),
}


@dataclass(frozen=True)
class ReportTile:
    """A picture with a map.

    Attributes:
        uri: of the picture, with its bytes inside; None where there is no copy of it
        said: the class, and how probable it was
        true: its classes where another was said; None where it was right
        path: as it was listed
    """

    uri: str | None
    said: str
    true: str | None
    path: str


@dataclass(frozen=True)
class ReportGroup:
    """Pictures that are worth a look for one reason.

    Attributes:
        rule: what puts them there
        counted: how many there are, and how many of them are shown
    """

    title: str
    rule: str
    counted: str
    tiles: tuple[ReportTile, ...]


@dataclass(frozen=True)
class ReportKind:
    """Pictures of a class whose maps are alike; map_uri: their mean map over the whole picture."""

    title: str
    counted: str
    map_uri: str
    tiles: tuple[ReportTile, ...]


@dataclass(frozen=True)
class ReportKinds:
    """What a network uses for a class."""

    label: str
    kinds: tuple[ReportKind, ...]


@dataclass(frozen=True)
class ReportPictures:
    """All of these; either may be empty."""

    groups: tuple[ReportGroup, ...] = ()
    classes: tuple[ReportKinds, ...] = ()


def report_pictures(opened: Opened) -> ReportPictures:
    """The pictures of an evaluation that is done; no picture stands in two groups."""
    return ReportPictures(tuple(_groups(opened)), tuple(_classes(opened)))


def _groups(opened: Opened) -> Iterator[ReportGroup]:
    shown: set[int] = set()
    for group, picking in WORST_FIRST.items():
        found = opened.pick(picking)
        if not found:
            continue
        fresh = [one.record for one in found if one.record.number not in shown]
        shown |= {record.number for record in fresh[:FEW]}
        words = group_words(group)
        tiles = tuple(_tile(opened, record, SIDE) for record in fresh[:FEW])
        yield ReportGroup(words.title, words.rule, _counted(len(found), len(fresh)), tiles)


def _counted(count: int, fresh: int) -> str:
    """How many there are; how many of them are shown, `fresh` of them not in a group before."""
    counted = _pictures(count)
    if not fresh:
        return gettext("{counted}; all of them stand above").format(counted=counted)
    if fresh < count:
        return gettext("{counted}; some of them stand above").format(counted=counted)
    if count > FEW:
        return gettext("{counted}; the first {shown} are here").format(counted=counted, shown=FEW)
    return counted


def _pictures(count: int) -> str:
    return ngettext("{count} picture", "{count} pictures", count).format(count=f"{count:,}")


def _classes(opened: Opened) -> Iterator[ReportKinds]:
    by_class: dict[int, list[str]] = defaultdict(list)
    for key in opened.clusters:
        by_class[int(key.partition(".")[0])].append(key)
    order = sorted(by_class, key=lambda index: -len(by_class[index]))
    for index in order[:MOST_CLASSES]:
        yield ReportKinds(labels_of(opened, [index])[0], tuple(_kind(opened, key) for key in by_class[index]))


def _kind(opened: Opened, key: str) -> ReportKind:
    cluster = opened.clusters[key]
    nearest: Sequence[Looked] = [opened.find(number) for number in cluster.members[:NEAREST]]
    return ReportKind(
        title=numbered_kind(key),
        counted=_pictures(len(cluster.members)),
        map_uri=data_uri("png", mean_map(cluster)),
        tiles=tuple(_tile(opened, one.record, SMALL_SIDE, "true") for one in nearest),
    )


def _tile(opened: Opened, record: PictureRecord, side: int, which: Which = "said") -> ReportTile:
    try:
        pixels = small_copy(opened, record) if record.maps is None else overlaid(opened, record, which)
        uri = picture_uri(shrink(pixels, side))
    except NotFound:
        uri = None
    (said,) = labels_of(opened, [record.said])
    return ReportTile(
        uri=uri,
        said=f"{said} · {percent(record.probability)}",
        true=None if record.right else ", ".join(labels_of(opened, record.true)),
        path=record.path,
    )
