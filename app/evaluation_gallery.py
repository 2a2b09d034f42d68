"""The gallery of an evaluation: what of its pictures is chosen, as addresses, as words and as lists to choose from."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from app.contexts_evaluations import Chip, Selectable
from app.evaluation_opened import Opened, labels_of
from app.evaluation_picking import Picking
from app.evaluation_words import group_words, numbered_kind, sort_titles
from app.text import gettext, ngettext
from model.evaluation.triage import Group

PICTURES = "#pictures"
A_PART = 48


def query_of(picking: Picking, place: int = 0) -> str:
    """What is chosen, as an address has it; what is usual is left out."""
    query = urlencode([*fields_of(picking), *([("cursor", str(place))] if place else [])])
    return f"?{query}" if query else ""


def fields_of(picking: Picking) -> tuple[tuple[str, str], ...]:
    """The same as fields of a form."""
    fields = {
        "group": picking.group,
        "true": picking.true,
        "said": picking.said,
        "cluster": picking.cluster,
        "name": picking.name or None,
        "sort": picking.sort if picking.sort != Picking().sort else None,
        "descending": "true" if picking.descending else None,
    }
    return tuple((name, str(value)) for name, value in fields.items() if value is not None)


def address_of(page_url: str, picking: Picking, place: int = 0) -> str:
    """The page with this chosen."""
    return f"{page_url}{query_of(picking, place)}{PICTURES}"


def part_of(opened: Opened, picking: Picking, number: int) -> int:
    """Where the part of the gallery begins that has a picture; 0 where it is not among those chosen."""
    numbers = [one.record.number for one in opened.pick(picking)]
    return numbers.index(number) // A_PART * A_PART if number in numbers else 0


def chips_of(page_url: str, opened: Opened, picking: Picking) -> tuple[Chip, ...]:
    """All pictures, then each group that was looked for, counted among what else is chosen."""
    total, counts = opened.counted(picking)

    def chip(group: Group | None, title: str, count: int) -> Chip:
        address = address_of(page_url, replace(picking, group=group))
        return Chip(title, count, address, group is picking.group)

    shown = [group for group in Group if group in opened.looked_for or group is picking.group]
    return (chip(None, gettext("All"), total), *(chip(one, group_words(one).title, counts[one]) for one in shown))


def chosen_of(opened: Opened, picking: Picking, names: Mapping[str, str]) -> str | None:
    """What is chosen beside a group, in words; names: that somebody gave to clusters."""
    _ = gettext
    labels = {
        name: labels_of(opened, [index])[0]
        for name, index in (("true", picking.true), ("said", picking.said))
        if index is not None and index < len(opened.metrics.model.labels)
    }
    if picking.cluster is not None and picking.cluster in opened.clusters:
        (label,) = labels_of(opened, [int(picking.cluster.partition(".")[0])])
        kind = names.get(picking.cluster) or numbered_kind(picking.cluster)
        return _("pictures of {label} whose maps are of one kind, “{kind}”").format(label=label, kind=kind)
    if len(labels) == 2:
        return _("{true}, said to be {said}").format(**labels)
    if "true" in labels:
        return _("pictures of {true}").format(**labels)
    if "said" in labels:
        return _("said to be {said}").format(**labels)
    if picking.name:
        return _("pictures with “{name}” in their name").format(name=picking.name)
    return None


def sorts_of(picking: Picking) -> tuple[Selectable, ...]:
    """The orders there are."""
    return tuple(Selectable(key, title, key is picking.sort) for key, title in sort_titles().items())


def true_classes(opened: Opened, picking: Picking) -> tuple[Selectable, ...]:
    """The classes of the pictures, with how many each has."""
    return _classes(opened, opened.metrics.data.classes, picking.true)


def said_classes(opened: Opened, picking: Picking) -> tuple[Selectable, ...]:
    """The classes that were said, with how often."""
    return _classes(opened, Counter(one.record.said for one in opened.pictures.values()), picking.said)


def _classes(opened: Opened, counts: Mapping[int, int], chosen: int | None) -> tuple[Selectable, ...]:
    labels = opened.metrics.model.labels
    order = sorted(counts, key=lambda index: (labels[index].casefold(), index))
    return tuple(Selectable(str(index), f"{labels[index]} ({counts[index]:,})", index == chosen) for index in order)


def counted(begin: int, shown: int, total: int) -> str:
    """Which pictures are in view."""
    if not shown:
        return gettext("No picture")
    words = ngettext("{first} to {last} of {total} picture", "{first} to {last} of {total} pictures", total)
    return words.format(first=f"{begin + 1:,}", last=f"{begin + shown:,}", total=f"{total:,}")
