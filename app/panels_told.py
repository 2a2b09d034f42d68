"""Panels in words, with the addresses that belong to them."""

import json
from dataclasses import dataclass

from app.answers import API, size_of
from app.answers_panels import panel_info, query
from app.comparison_told import legend_of
from app.contexts_compare import Option
from app.contexts_panels import PanelForm, PanelLinks, PanelShown, SetLinks
from app.looks import UPLOADED
from app.panel_wishes import MOST_PANELS, swapped, without
from app.panelling import Panel, PanelSet
from app.registry import Entry
from app.sentences import sentence
from app.shown import shape_of, title_of
from app.text import fixed, gettext, percent, signed, summing_decimals, tiny
from model.scales import FUSED, names_for

PICTURE_WIDTH = 1024


@dataclass(frozen=True)
class Choices:
    """How panels are looked at, as an address says it: "own" colours, "grid" cells; empty for the usual."""

    colours: str = ""
    cells: str = ""

    def address(self, path: str, found: PanelSet, **more: str) -> str:
        """A page of these panels, looked at like this."""
        return f"{path}?{query(found.wishes, colours=self.colours, cells=self.cells, **more)}"


def shown_panels(found: PanelSet, choices: Choices, entries: list[Entry]) -> tuple[PanelShown, ...]:
    """Every panel in words.

    Args:
        found: the panels
        choices: how they are looked at
        entries: the bundles there are
    """
    return tuple(_shown(found, place, choices, entries) for place in range(len(found.panels)))


def set_links(found: PanelSet, choices: Choices) -> SetLinks:
    """The addresses of all panels together."""
    other_colours = Choices("own" if found.is_shared else "", choices.cells)
    other_cells = Choices(choices.colours, "" if choices.cells else "grid")
    drawing = {"colours": choices.colours, "smooth": "false" if choices.cells else ""}
    return SetLinks(
        here=choices.address("/panels", found),
        picture=f"{API}/panels.png?{query(found.wishes, **drawing)}",
        api=f"{API}/panels?{query(found.wishes)}",
        other_colours=other_colours.address("/panels", found),
        other_cells=other_cells.address("/panels", found),
        add=choices.address("/panels", found, add="photo") if len(found.panels) < MOST_PANELS else None,
    )


def notes(found: PanelSet) -> tuple[str, ...]:
    """What has to be said of all panels together."""
    told = []
    if not found.is_shared and len(found.panels) > 1:
        told.append(gettext("Each panel has a colour scale of its own: the same colour means different values."))
    if any(panel.side.look.pixels != UPLOADED for panel in found.panels):
        told.append(
            gettext(
                "Where one photo is shown under several models or at several scales, all of them were given its "
                "stored copy, so that they saw the same pixels; the numbers may differ a little from those of the "
                "explanation."
            )
        )
    return tuple(told)


def _shown(found: PanelSet, place: int, choices: Choices, entries: list[Entry]) -> PanelShown:
    panel = found.panels[place]
    info, full = panel_info(panel), found.limit_of(panel)
    title = title_of(panel.selected, panel.rival)
    proof, off = _proof(panel)
    width, height = size_of(panel.row)
    has_map = info.cam is not None and info.grid is not None
    return PanelShown(
        number=place + 1,
        title=title,
        score=_score(panel),
        cells=_cells(panel),
        proof=proof,
        off=off,
        span=_span(panel),
        nothing=sentence("nothing") if has_map and panel.limit == 0 else None,
        shape=shape_of(width / height),
        limit=full,
        legend=legend_of(full) if has_map and not found.is_shared and full > 0 else None,
        map_json=json.dumps({"grid": info.grid.model_dump(), "cam": info.cam}) if info.grid and has_map else "",
        info=info,
        form=_form(panel, entries),
        links=_links(found, place, choices),
    )


def _score(panel: Panel) -> str:
    values = {"network": panel.network, "probability": percent(panel.selected.probability)}
    if panel.rival is None:
        return sentence("panel-score", score=fixed(panel.selected.logit), **values)
    return sentence("panel-margin", score=fixed(panel.selected.logit - panel.rival.logit), **values)


def _cells(panel: Panel) -> str | None:
    look = panel.side.look
    if look.grid is None:
        return None
    numbers = {
        "columns": look.grid.columns,
        "rows": look.grid.rows,
        "width": look.input.width,
        "height": look.input.height,
    }
    if panel.wish.scale == FUSED:
        return (
            gettext(
                "%(columns)s × %(rows)s cells. Map, bias and logit are the means of several looks, at all scales and "
                "mirrored; the largest input has %(width)s × %(height)s pixels."
            )
            % numbers
        )
    return gettext("%(columns)s × %(rows)s cells, from an input of %(width)s × %(height)s pixels") % numbers


def _span(panel: Panel) -> str:
    """So that a faint map can be told from an empty one."""
    if panel.values is None:
        return ""
    ends = {"lowest": signed(float(panel.values.min())), "highest": signed(float(panel.values.max()))}
    return gettext("cells from %(lowest)s to %(highest)s logits") % ends


def _proof(panel: Panel) -> tuple[str | None, str | None]:
    if panel.account is None:
        return None, None
    mean, bias, score = panel.account
    digits = summing_decimals(mean, bias, score)
    line = sentence(
        "proof" if panel.rival is None else "proof-margin",
        mean=fixed(mean, digits),
        bias=fixed(bias, digits),
        logit=fixed(score, digits),
    )
    return line, sentence("proof-off", residual=tiny(mean + bias - score))


def _form(panel: Panel, entries: list[Entry]) -> PanelForm:
    own, chosen = panel.row.bundle, panel.wish.model or ""
    others = [Option(entry.id, entry.name) for entry in entries if entry.id != own.id]
    return PanelForm(
        named=panel.selected.label,
        against="" if panel.rival is None else panel.rival.label,
        labels_url=f"{API}/models/{panel.side.model.id}/labels",
        models=(Option("", own.name), *others),
        model=chosen,
        scales=() if chosen else _scales(panel),
        scale=panel.wish.scale or "",
    )


def _scales(panel: Panel) -> tuple[Option, ...]:
    """At which scales the explanation's own network could look."""
    names, own = names_for(panel.side.model.spec.preprocessing), f"{panel.row.scale:g}"
    titles = {name: gettext("scale %(scale)s") % {"scale": name} for name in names}
    titles[FUSED] = gettext("all scales, fused")
    as_explained = gettext("scale %(scale)s, as explained") % {"scale": own}
    return (Option("", as_explained), *(Option(name, title) for name, title in titles.items() if name != own))


def _links(found: PanelSet, place: int, choices: Choices) -> PanelLinks:
    panel, wishes, last = found.panels[place], found.wishes, len(found.panels) - 1
    more = {"colours": choices.colours, "cells": choices.cells}
    explanation = f"class={panel.selected.index}" + ("" if panel.rival is None else f"&versus={panel.rival.index}")
    drawing = {
        "colours": choices.colours,
        "smooth": "false" if choices.cells else "",
        "only": f"{place + 1}",
        "width": f"{PICTURE_WIDTH}",
    }
    return PanelLinks(
        explanation=f"/explanations/{panel.row.id}" + ("" if panel.wish.model else f"?{explanation}"),
        picture=f"{API}/panels.png?{query(wishes, **drawing)}",
        without=f"/panels?{query(without(wishes, place), **more)}" if last else None,
        earlier=f"/panels?{query(swapped(wishes, place - 1), **more)}" if place else None,
        later=f"/panels?{query(swapped(wishes, place), **more)}" if place < last else None,
    )
