"""The use-case of panels: several maps side by side, of any photos, classes and networks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from app.compared import seen
from app.comparing import Comparer
from app.errors import Unusable
from app.looks import Side
from app.panel_wishes import PanelWish, Wishes
from app.rows import ExplanationRow
from app.shown import ClassMap
from app.text import gettext
from model.cam import Array
from model.rendering import Mode, limit
from model.scores import top_classes
from model.sheet import shared_limit


@dataclass(frozen=True)
class Panel:
    """One panel.

    Attributes:
        wish: what was asked for, its class and network filled in
        row: the explanation whose photo it is
        side: the network, and what it says of the photo
        selected: the class
        rival: the class whose map is subtracted, if any
    """

    wish: PanelWish
    row: ExplanationRow
    side: Side
    selected: ClassMap
    rival: ClassMap | None

    @property
    def values(self) -> Array | None:
        """The map, or the difference of the two, (rows, columns) in logits; None where the head has none."""
        if self.selected.cam is None:
            return None
        if self.rival is None or self.rival.cam is None:
            return self.selected.cam
        return self.selected.cam - self.rival.cam

    @property
    def limit(self) -> float:
        """Its own largest magnitude, in logits; 0 where there is no map."""
        return 0.0 if self.values is None else limit(self.values, Mode.SIGNED)

    @property
    def account(self) -> tuple[float, float, float] | None:
        """The identity in numbers: the map's mean, the bias, the logit or the margin; None without a map."""
        if self.values is None or self.selected.bias is None:
            return None
        rival = self.rival
        bias = self.selected.bias - (0.0 if rival is None or rival.bias is None else rival.bias)
        score = self.selected.logit - (0.0 if rival is None else rival.logit)
        return float(np.mean(self.values, dtype=np.float64)), bias, score


@dataclass(frozen=True)
class PanelSet:
    """Panels side by side.

    Attributes:
        panels: from left to right
        is_shared: whether one colour stands for the same number of logits in all of them
    """

    panels: tuple[Panel, ...]
    is_shared: bool = True

    @property
    def limit(self) -> float:
        """The value in logits that gets the strongest colour where the scale is shared."""
        return shared_limit([panel.values for panel in self.panels])

    def limit_of(self, panel: Panel) -> float:
        """The value that gets the strongest colour in one panel."""
        return self.limit if self.is_shared else panel.limit

    @property
    def wishes(self) -> Wishes:
        """What is shown, in full."""
        return tuple(panel.wish for panel in self.panels)


async def find_panels(request: Request, comparer: Comparer, wishes: Sequence[PanelWish]) -> tuple[Panel, ...]:
    """Let the networks look at the photos.

    All panels of one photo are of the same pixels: those of the uploaded file where only its own network is asked,
    else those of the stored copy (docs/decisions/0070).

    Args:
        request: given up when its client leaves
        comparer: who asks networks
        wishes: what the panels show

    Raises:
        AppError, ModelError: 404, 422, 429, 503, 504
    """
    shared = {wish.explanation for wish in wishes if await comparer.is_other(wish.explanation, wish.model)}
    panels = []
    for wish in wishes:
        row, side = await comparer.look(request, wish.explanation, wish.model, wish.explanation in shared)
        panels.append(await run_in_threadpool(_panel, wish, row, side))
    return tuple(panels)


def _panel(wish: PanelWish, row: ExplanationRow, side: Side) -> Panel:
    [top] = top_classes(side.look.numbers.logits, 1)
    index = top if wish.index is None else wish.index
    versus = None if wish.versus == index else wish.versus
    for one in (index, versus or 0):
        if one >= side.model.spec.classes:
            raise Unusable(gettext("This network has no such class."))
    model = None if side.model.id == row.bundle_id else side.model.id
    whole = replace(wish, index=index, versus=versus, model=model)
    return Panel(whole, row, side, seen(side, index), None if versus is None else seen(side, versus))
