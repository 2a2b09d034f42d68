"""A folder of photos under two networks as one HTML file: nothing is loaded, nothing runs."""

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import ClassVar

from markupsafe import Markup

from app.cli_photos import Source
from app.contexts import Page, Site
from app.labelled import Score
from app.languages import language
from app.paths import STATIC_DIR
from app.schemas_compare import ComparedInfo
from app.templating import environment
from app.text import gettext, percent, signed
from app.version import VERSION

STYLES = ("tokens.css", "base.css", "gallery.css")
MOST_SHOWN = 400


@dataclass(frozen=True)
class Item:
    """One photo.

    Attributes:
        shown: what it is called
        stem: what its results are called, relative to the gallery
        said: what each network says, in words
        title: the class that is compared
        shift: (logit - bias) after less before; None where there is no difference
        moved: how much of the evidence moved, 0 to 1; None where there is no difference
        truth: its labels
        right: whether each network's likeliest class is one of them; None where that cannot be said
        preview: a JPEG file of all panels, small; empty where none was made
    """

    shown: str
    stem: str
    said: tuple[str, str]
    title: str
    shift: float | None
    moved: float | None
    truth: tuple[str, ...]
    right: tuple[bool | None, bool | None]
    preview: bytes

    @classmethod
    def of(
        cls,
        source: Source,
        info: ComparedInfo,
        truth: tuple[str, ...],
        right: tuple[bool | None, bool | None],
        preview: bytes,
    ) -> "Item":
        """What is shown of a comparison."""
        first, second = info.before.chosen.label, info.after.chosen.label
        tops = [side.top[0] for side in (info.before, info.after)]
        return cls(
            shown=source.shown,
            stem=source.stem.as_posix(),
            said=(f"{tops[0].label} {percent(tops[0].probability)}", f"{tops[1].label} {percent(tops[1].probability)}"),
            title=first if info.match == "label" else f"{first} / {second}",
            shift=None if info.difference is None else info.difference.shift,
            moved=info.moved,
            truth=truth,
            right=right,
            preview=preview,
        )

    @property
    def verdict(self) -> str:
        """What became of the answer, in words; empty where nothing was judged."""
        match self.right:
            case (True, True):
                return gettext("right before and after")
            case (False, True):
                return gettext("now right")
            case (True, False):
                return gettext("now wrong")
            case (False, False):
                return gettext("wrong before and after")
        return ""

    @property
    def lines(self) -> tuple[str, ...]:
        """How the evidence changed, in words."""
        if self.moved is None or self.shift is None:
            return (gettext("No difference: not one class, or no map."),)
        return (
            gettext("%(share)s of the evidence lies elsewhere") % {"share": percent(self.moved)},
            gettext("%(shift)s logits from the cells") % {"shift": signed(self.shift)},
        )

    @property
    def picture(self) -> str:
        """The preview as an address of its own."""
        return "data:image/jpeg;base64," + base64.b64encode(self.preview).decode()


@dataclass(frozen=True)
class Summary:
    """All photos together.

    Attributes:
        names: of the two networks
        note: which photos these are
        scores: how many each got right
        changes: how many photos came out how, by what became of them; judged by both alone
        compared: how many have a difference
        moved: the mean of what moved among those, 0 to 1
    """

    names: tuple[str, str]
    note: str
    scores: tuple[Score, Score]
    changes: dict[str, int]
    compared: int
    moved: float | None

    @classmethod
    def of(cls, items: Sequence[Item], names: tuple[str, str], note: str, scores: Sequence[Score]) -> "Summary":
        """Count."""
        kinds = {"both right": (True, True), "got right": (False, True), "got wrong": (True, False),
                 "both wrong": (False, False)}  # fmt: skip
        changes = {name: sum(item.right == kind for item in items) for name, kind in kinds.items()}
        moved = [item.moved for item in items if item.moved is not None]
        mean = sum(moved) / len(moved) if moved else None
        return cls(names, note, (scores[0], scores[1]), changes, len(moved), mean)

    @property
    def lines(self) -> tuple[str, ...]:
        """The figures in words."""
        found = [self.note] if self.note else []
        for name, score in zip(self.names, self.scores, strict=True):
            if score.accuracy is not None:
                values = {"name": name, "share": percent(score.accuracy), "right": score.right, "judged": score.judged}
                found.append(gettext("%(name)s: %(share)s right, %(right)s of %(judged)s") % values)
            elif self.note:
                found.append(gettext("%(name)s knows no class of these photos by name: not judged") % {"name": name})
        if any(self.changes.values()):
            counts = {name.replace(" ", "_"): count for name, count in self.changes.items()}
            found.append(
                gettext("%(got_right)s got right, %(got_wrong)s got wrong, %(both_wrong)s wrong under both") % counts
            )
        if self.moved is not None:
            found.append(gettext("On average %(share)s of the evidence moved.") % {"share": percent(self.moved)})
        return tuple(found)


@dataclass(frozen=True)
class GalleryPage(Page):
    """Photos under two networks, those whose evidence moved most first.

    Attributes:
        styles: of the whole file
        more: how many are not shown, so that the file stays one that opens
    """

    template: ClassVar[str] = "gallery.html"
    styles: Markup
    summary: Summary
    items: tuple[Item, ...]
    more: int


def by_movement(items: Sequence[Item]) -> list[Item]:
    """Those whose evidence moved most first; those without a difference last; of equals, in their order."""
    return sorted(items, key=_movement, reverse=True)


def drop_previews(items: list[Item]) -> None:
    """Forget the pictures of those that no gallery would show, so that any number of photos fits into memory."""
    if len(items) < 2 * MOST_SHOWN or len(items) % MOST_SHOWN:
        return
    order = sorted(range(len(items)), key=lambda place: _movement(items[place]), reverse=True)
    for place in order[MOST_SHOWN:]:
        items[place] = replace(items[place], preview=b"")


def _movement(item: Item) -> float:
    return -1.0 if item.moved is None else item.moved


def draw_gallery(summary: Summary, items: Sequence[Item]) -> bytes:
    """A self-contained HTML file, UTF-8."""
    page = GalleryPage(
        site=Site(path="", theme="auto", language=language(), version=VERSION, script_text="{}"),
        styles=_styles(),
        summary=summary,
        items=tuple(by_movement(items)[:MOST_SHOWN]),
        more=max(0, len(items) - MOST_SHOWN),
    )
    return environment().get_template(page.template).render(page.values()).encode("utf-8", "replace")


def summary_json(summary: Summary, items: Sequence[Item], failures: Sequence[tuple[Path, str]]) -> bytes:
    """The figures as JSON: the summary, a line per photo, and what could not be read."""
    scores = [{"right": one.right, "judged": one.judged, "accuracy": one.accuracy} for one in summary.scores]
    photos = []
    for item in by_movement(items):
        values = asdict(item)
        del values["preview"]
        photos.append(values | {"right": {"before": item.right[0], "after": item.right[1]}})
    answer = {
        "before": {"name": summary.names[0], **scores[0]},
        "after": {"name": summary.names[1], **scores[1]},
        "changes": summary.changes,
        "compared": summary.compared,
        "moved": summary.moved,
        "photos": photos,
        "failures": [{"file": str(path), "reason": why} for path, why in failures],
    }
    return json.dumps(answer, indent=2, ensure_ascii=False).encode("utf-8", "replace")


@cache
def _styles() -> Markup:
    return Markup("".join((STATIC_DIR / "css" / name).read_text() for name in STYLES))  # noqa: S704 (our own files)
