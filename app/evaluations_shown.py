"""Evaluations and their pictures in words, for pages."""

from urllib.parse import urlencode

from app.contexts_evaluations import Chip, EvaluationLine, Fact, MarkLine, SortChoice, Tile
from app.evaluation_opened import Opened, Picking, labels_of
from app.evaluation_words import group_words, sentences_of, share_of, sort_titles, standing
from app.jobs import JobState
from app.schemas_evaluations import Evaluation, PictureItem
from app.text import fixed, gettext, ngettext, percent
from model.evaluation.records import Edges
from model.evaluation.triage import Group

TONES = {JobState.DONE: "good", JobState.FAILED: "bad", JobState.CANCELLED: "quiet"}
PICTURES = "#pictures"


def line_of(evaluation: Evaluation) -> EvaluationLine:
    """How an evaluation stands."""
    name = evaluation.name or gettext("Pictures that were sent")
    learned = evaluation.asked.split == "train"
    return EvaluationLine(
        id=evaluation.id,
        name=gettext("{name}, training pictures").format(name=name) if learned else name,
        model=evaluation.model_name,
        words=standing(evaluation),
        tone=TONES.get(evaluation.state, "busy"),
        share=share_of(evaluation),
        sentences=sentences_of(evaluation),
        pictures=evaluation.pictures,
        created_at=evaluation.created_at,
        page_url=evaluation.page_url,
        is_shared=not evaluation.yours,
        learned=learned,
    )


def fields_of(picking: Picking) -> tuple[tuple[str, str], ...]:
    """What is chosen, as an address has it; what is usual is left out."""
    fields = {
        "group": picking.group,
        "true": picking.true,
        "said": picking.said,
        "cluster": picking.cluster,
        "sort": picking.sort if picking.sort != Picking().sort else None,
        "descending": "true" if picking.descending else None,
    }
    return tuple((name, str(value)) for name, value in fields.items() if value is not None)


def address_of(page_url: str, picking: Picking, place: int = 0) -> str:
    """The page with this chosen."""
    query = urlencode([*fields_of(picking), *([("cursor", str(place))] if place else [])])
    return f"{page_url}?{query}{PICTURES}" if query else f"{page_url}{PICTURES}"


def chips_of(page_url: str, opened: Opened, picking: Picking) -> tuple[Chip, ...]:
    """All pictures, then each group that has some."""

    def chip(group: Group | None, title: str, count: int) -> Chip:
        chosen = Picking(group=group, sort=picking.sort, descending=picking.descending)
        return Chip(title, count, address_of(page_url, chosen), group is picking.group)

    shown = [group for group in Group if opened.counts[group] or group is picking.group]
    everything = chip(None, gettext("All"), len(opened.pictures))
    return (everything, *(chip(group, group_words(group).title, opened.counts[group]) for group in shown))


def chosen_of(opened: Opened, picking: Picking) -> str | None:
    """What is chosen beside a group, in words."""
    _ = gettext
    labels = {
        name: labels_of(opened, [index])[0]
        for name, index in (("true", picking.true), ("said", picking.said))
        if index is not None and index < len(opened.metrics.model.labels)
    }
    if picking.cluster in opened.clusters:
        return _("pictures whose maps are of one kind")
    if len(labels) == 2:
        return _("{true}, said to be {said}").format(**labels)
    if "true" in labels:
        return _("pictures of {true}").format(**labels)
    if "said" in labels:
        return _("said to be {said}").format(**labels)
    return None


def sorts_of(picking: Picking) -> tuple[SortChoice, ...]:
    """The orders there are."""
    return tuple(SortChoice(key, title, key is picking.sort) for key, title in sort_titles().items())


def tile_of(page_url: str, picture: PictureItem) -> Tile:
    """A picture of the gallery."""
    titles = [group_words(group).title for group in picture.groups if group is not Group.WRONG]
    marked = [gettext("Marked")] if picture.marks else []
    return Tile(picture, f"{page_url}/pictures/{picture.number}", (*titles, *marked))


def counted(begin: int, shown: int, total: int) -> str:
    """Which pictures are in view."""
    if not total:
        return gettext("No picture")
    words = ngettext("{first} to {last} of {total} picture", "{first} to {last} of {total} pictures", total)
    return words.format(first=f"{begin + 1:,}", last=f"{begin + shown:,}", total=f"{total:,}")


def figures_of(picture: PictureItem) -> tuple[Fact, ...]:
    """Everything that is known of a picture, in numbers."""
    _ = gettext
    facts = [
        Fact(_("Probability of the true class"), percent(picture.probability_true)),
        Fact(_("Lead over the second class"), fixed(picture.margin)),
        Fact(_("Loss"), fixed(picture.loss)),
    ]
    where = picture.evidence
    if where is not None:
        shares = {
            _("Evidence in the box"): where.inside,
            _("Evidence on the border"): where.border,
            _("Evidence in one corner"): max(where.corners),
            _("Evidence of the strongest tenth"): where.concentration,
        }
        facts += [Fact(title, percent(share)) for title, share in shares.items() if share is not None]
        facts.append(Fact(_("How much adds to the class"), fixed(where.given)))
    return tuple(facts)


def marks_of(picture: PictureItem) -> tuple[MarkLine, ...]:
    """What is marked on a picture."""
    lines = []
    for number, mark in enumerate(picture.marks):
        edges = (mark.left, mark.top, mark.right, mark.bottom)
        words = gettext("{left}, {top} to {right}, {bottom}").format(
            **dict(zip(("left", "top", "right", "bottom"), (f"{edge:.0f}" for edge in edges), strict=True))
        )
        lines.append(MarkLine(number, mark, words, place_of(edges, picture)))
    return tuple(lines)


def place_of(edges: Edges, picture: PictureItem) -> tuple[float, float, float, float]:
    """A box as left, top, width and height in percent of the picture."""
    left, top, right, bottom = edges
    across, down = 100 / picture.width, 100 / picture.height
    return (
        round(left * across, 2),
        round(top * down, 2),
        round((right - left) * across, 2),
        round((bottom - top) * down, 2),
    )
