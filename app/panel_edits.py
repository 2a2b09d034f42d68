"""What the form of a panel asks for: another class or network in it, beside it, or in all panels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.classes import named_classes
from app.errors import Unusable
from app.panel_wishes import MOST_PANELS, Wishes, with_class
from app.panelling import Panel
from app.shown import ClassMap
from model.comparison import folded, shared_classes
from model.spec import ModelSpec


class Target(StrEnum):
    """Which panels a form changes."""

    THIS = "this"
    NEW = "new"
    ALL = "all"


@dataclass(frozen=True)
class Edit:
    """A panel's form as it was sent.

    Attributes:
        of: the place of the panel it belongs to, from 0
        target: which panels it changes
        named: a class: its label, or "index:285"; empty for the one that is shown
        against: a class whose map is subtracted; empty for none
        model: the bundle that is to look at the photo, by id or name; empty for the explanation's own
        scale: at which its own network is to look; empty for the explanation's. Another model has no other
    """

    of: int
    target: Target
    named: str = ""
    against: str = ""
    model: str = ""
    scale: str = ""


@dataclass(frozen=True)
class Edited:
    """What stands side by side now, and the places of panels that could not take part: they do not know the class."""

    wishes: Wishes
    left: tuple[int, ...] = ()


def edited(panels: Sequence[Panel], edit: Edit, spec_of: Callable[[str], ModelSpec]) -> Edited:
    """Change panels as a form asks.

    Args:
        panels: as they are
        edit: the form
        spec_of: what a network's outputs mean, by its bundle's id or name

    Raises:
        AppError: no such panel, class or network, or too many panels: 404, 422
    """
    if not 0 <= edit.of < len(panels):
        raise Unusable("There is no such panel.")
    panel, wishes = panels[edit.of], tuple(one.wish for one in panels)
    if edit.target is Target.ALL:
        return _in_all(panels, panel, edit)
    model = edit.model or None
    labels = spec_of(model or panel.row.bundle_id).labels
    index, versus = _classes(panel, edit, labels)
    wish = with_class(replace(panel.wish, model=model, scale=None if model else edit.scale or None), index, versus)
    if edit.target is Target.THIS:
        return Edited((*wishes[: edit.of], wish, *wishes[edit.of + 1 :]))
    if len(wishes) >= MOST_PANELS:
        raise Unusable(f"At most {MOST_PANELS} panels stand side by side.")
    return Edited((*wishes[: edit.of + 1], wish, *wishes[edit.of + 1 :]))


def _classes(panel: Panel, edit: Edit, labels: Sequence[str]) -> tuple[int | None, int | None]:
    """The class and what it is against, among the labels of the network that is to be asked."""
    theirs = panel.side.model.spec.labels
    known = {pair.before: pair.after for pair in shared_classes(theirs, labels)}
    if tuple(labels) == tuple(theirs):
        known = {index: index for index in range(len(labels))}

    def one(typed: str, shown: ClassMap | None, field: str) -> int | None:
        if shown is not None and folded(typed) == folded(shown.label):
            return known.get(shown.index)
        return named_classes(labels, [typed], field)[0]

    index = one(edit.named or panel.selected.label, panel.selected, "named")
    return index, one(edit.against, panel.rival, "against") if edit.against.strip() and index is not None else None


def _in_all(panels: Sequence[Panel], panel: Panel, edit: Edit) -> Edited:
    """The class of one form in every panel whose network knows it, by its label."""
    labels = panel.side.model.spec.labels
    index, versus = _classes(panel, edit, labels)
    wishes, left = [], []
    for place, other in enumerate(panels):
        theirs = other.side.model.spec.labels
        known = {pair.before: pair.after for pair in shared_classes(labels, theirs)}
        if other.side.model.id == panel.side.model.id:
            known = {one: one for one in range(len(labels))}
        wanted = [known.get(one) for one in (index, versus) if one is not None]
        if None in wanted:
            left.append(place)
            wishes.append(other.wish)
            continue
        wishes.append(with_class(other.wish, wanted[0], wanted[1] if len(wanted) > 1 else None))
    return Edited(tuple(wishes), tuple(left))
