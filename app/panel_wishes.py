"""What stands side by side, as addresses say it: `3f2a…,class:285,against:281,model:pets-f00d`, or `…,scale:2`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.errors import Unusable
from model.scales import NAMES

MOST_PANELS = 4
LONGEST_PANEL = 300
PART = re.compile(
    r"(class|against):([0-9]{1,9})|(model):([A-Za-z0-9][A-Za-z0-9._-]{0,199})|"
    rf"(scale):({'|'.join(map(re.escape, NAMES))})"
)
WHAT_A_PANEL_IS = (
    "'panel' takes an explanation's id, and behind commas class:285, against:281, and model:name or scale:2, "
    "each at most once."
)
EXPLANATION = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class PanelWish:
    """What one panel is to show.

    Attributes:
        explanation: the id of the explanation whose photo it is
        index: the class; None for the most probable one
        versus: a class whose map is subtracted
        model: the bundle that looks at the photo, by id or name; None for the explanation's own
        scale: at which its own network looks, one of model.scales.NAMES; None for the explanation's
    """

    explanation: str
    index: int | None = None
    versus: int | None = None
    model: str | None = None
    scale: str | None = None

    def __str__(self) -> str:
        parts = (("class", self.index), ("against", self.versus), ("model", self.model), ("scale", self.scale))
        return ",".join([self.explanation, *(f"{name}:{value}" for name, value in parts if value is not None)])


Wishes = tuple[PanelWish, ...]


def read_wish(text: str) -> PanelWish:
    """A panel from its text.

    Raises:
        Unusable: it is none
    """
    explanation, *parts = text.split(",")
    found: dict[str, str] = {}
    for part in parts:
        match = PART.fullmatch(part)
        name = match and (match[1] or match[3] or match[5])
        if match is None or not name or name in found:
            raise Unusable(WHAT_A_PANEL_IS)
        found[name] = match[2] or match[4] or match[6]
    if not EXPLANATION.fullmatch(explanation):
        raise Unusable(WHAT_A_PANEL_IS)
    index, versus = (int(found[name]) if name in found else None for name in ("class", "against"))
    if "model" in found and "scale" in found:
        raise Unusable("Another scale is for the explanation's own model; name a model or a scale, not both.")
    return PanelWish(explanation, index, None if versus == index else versus, found.get("model"), found.get("scale"))


def read_wishes(texts: Sequence[str]) -> Wishes:
    """The panels of an address, in order.

    Raises:
        Unusable: one is none, or there are too many
    """
    if len(texts) > MOST_PANELS:
        raise Unusable(f"At most {MOST_PANELS} panels stand side by side.")
    return tuple(map(read_wish, texts))


def without(wishes: Wishes, at: int) -> Wishes:
    """All but one."""
    return wishes[:at] + wishes[at + 1 :]


def swapped(wishes: Wishes, at: int) -> Wishes:
    """The one at a place exchanged with the next."""
    return (*wishes[:at], wishes[at + 1], wishes[at], *wishes[at + 2 :])


def with_class(wish: PanelWish, index: int | None, versus: int | None) -> PanelWish:
    """The same photo and network with another class; a class is never against itself."""
    return replace(wish, index=index, versus=None if versus == index else versus)
