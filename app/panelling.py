"""The use-case of panels: several maps side by side, of any photos, classes and networks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from app.compared import seen
from app.comparing import Comparer
from app.errors import Unusable
from app.looks import UPLOADED, Side
from app.panel_wishes import PanelWish, Wishes
from app.rows import ExplanationRow
from app.scales import AtScale, Scales
from app.shown import ClassMap
from app.text import gettext
from model.cam import Array
from model.rendering import Mode, limit
from model.scales import FUSED
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
    def network(self) -> str:
        """Which network it is, and at which scale where that was chosen, in words."""
        name, scale = self.side.model.name, self.wish.scale
        if scale is None:
            return name
        if scale == FUSED:
            return gettext("%(network)s, all scales fused") % {"network": name}
        return gettext("%(network)s at scale %(scale)s") % {"network": name, "scale": scale}

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


@dataclass(frozen=True)
class Panelling:
    """Who looks at photos: a network beside another, or the explanation's own at another scale."""

    comparer: Comparer
    scales: Scales

    async def find(self, request: Request, wishes: Sequence[PanelWish]) -> tuple[Panel, ...]:
        """Let the networks look at the photos.

        All panels of one photo are of the same pixels: those of the uploaded file where only its own network is
        asked, at the explanation's scale, else those of the stored copy (docs/decisions/0070).

        Args:
            request: given up when its client leaves
            wishes: what the panels show

        Raises:
            AppError, ModelError: 404, 422, 429, 503, 504, 507
        """
        scaled = [await self._scaled(request, wish) for wish in wishes]
        of_copy = {
            wish.explanation
            for wish, finer in zip(wishes, scaled, strict=True)
            if finer is not None or await self.comparer.is_other(wish.explanation, wish.model)
        }
        panels = []
        for wish, finer in zip(wishes, scaled, strict=True):
            if finer is None:
                found = await self.comparer.look(request, wish.explanation, wish.model, wish.explanation in of_copy)
                named = replace(wish, scale=None)
            else:
                found = finer.row, Side(finer.model, finer.found.look)
                named = replace(wish, scale=finer.found.name)
            panels.append(await run_in_threadpool(_panel, named, *found))
        return tuple(panels)

    async def _scaled(self, request: Request, wish: PanelWish) -> AtScale | None:
        """The look at another scale; None where none was asked for, or it is the explanation's own."""
        if wish.scale is None:
            return None
        finer, _ = await self.scales.ask(request, wish.explanation, wish.scale)
        return None if finer.found.look.pixels == UPLOADED else finer


def _panel(wish: PanelWish, row: ExplanationRow, side: Side) -> Panel:
    [top] = top_classes(side.look.numbers.logits, 1)
    index = top if wish.index is None else wish.index
    versus = None if wish.versus == index else wish.versus
    for one in (index, versus or 0):
        if one >= side.model.spec.classes:
            raise Unusable("This network has no such class.")
    model = None if side.model.id == row.bundle_id else side.model.id
    whole = replace(wish, index=index, versus=versus, model=model)
    return Panel(whole, row, side, seen(side, index), None if versus is None else seen(side, versus))
