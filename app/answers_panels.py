"""From panels to the JSON contract, and to their addresses."""

from urllib.parse import urlencode

import numpy as np

from app.answers import API, grid_info, image_info, residual
from app.decimals import as_sent
from app.panel_wishes import PanelWish, Wishes
from app.panelling import Panel, PanelSet
from app.schemas_compare import Ranked
from app.schemas_panels import PanelInfo, PanelsInfo
from app.shown import ClassMap, View
from model.scales import FUSED


def panels_info(found: PanelSet) -> PanelsInfo:
    """The whole answer."""
    return PanelsInfo(
        items=[panel_info(panel) for panel in found.panels],
        limit=as_sent([found.limit])[0],
        picture_url=f"{API}/panels.png?{query(found.wishes)}",
        page_url=f"/panels?{query(found.wishes)}",
    )


def query(wishes: Wishes, **more: str) -> str:
    """The panels as a query; what else is asked for behind them, as far as it is not empty."""
    asked = [("panel", str(wish)) for wish in wishes] + [(name, value) for name, value in more.items() if value]
    return urlencode(asked, safe=":,")


def beside_url(explanation_id: str, view: View, rival: int) -> str:
    """The page of a class as it is looked at, beside its runner-up."""
    shown = PanelWish(explanation_id, view.index, view.versus)
    return f"/panels?{query((shown,) if rival == view.index else (shown, PanelWish(explanation_id, rival)))}"


def panel_info(panel: Panel) -> PanelInfo:
    """One panel."""
    look, row = panel.side.look, panel.row
    cam = None if panel.values is None else as_sent(np.asarray(panel.values, np.float32))
    score, bias = panel.selected.logit, panel.selected.bias
    if panel.account is not None:
        _, bias, score = panel.account
    elif panel.rival is not None:
        score -= panel.rival.logit
    score_sent = as_sent([score])[0]
    bias_sent = None if cam is None or bias is None else as_sent([bias])[0]
    return PanelInfo(
        panel=str(panel.wish),
        explanation_id=row.id,
        model=panel.side.model.info(),
        pixels=look.pixels,
        image=image_info(row),
        input=look.input.info(),
        fused=panel.wish.scale == FUSED,
        grid=look.grid and grid_info(look.grid),
        shown=_ranked(panel.selected),
        versus=panel.rival and _ranked(panel.rival),
        score=score_sent,
        bias=bias_sent,
        residual=None if cam is None or bias_sent is None else residual(cam, bias_sent, score_sent),
        cam=cam,
        limit=as_sent([panel.limit])[0],
    )


def _ranked(one: ClassMap) -> Ranked:
    logit, probability = as_sent([one.logit])[0], as_sent([one.probability])[0]
    return Ranked(index=one.index, label=one.label, probability=probability, logit=logit)
