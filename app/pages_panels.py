"""The page of panels: several maps side by side, and which photo comes beside them."""

from collections.abc import Iterable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from app import contexts
from app.answers_panels import query
from app.api_compare import LONGEST_LABEL, ComparerDep
from app.api_panels import PanellingDep
from app.comparing import Comparer
from app.comparison_told import legend_of
from app.contexts_panels import PanelPhotosPage, PanelsPage
from app.deps import ExplainerDep, OwnerDep
from app.errors import NotFound
from app.explanations import Explainer
from app.folders import PHOTO
from app.pages_explanation import HISTORY_LENGTH
from app.panel_edits import Edit, Target, edited
from app.panel_wishes import LONGEST_PANEL, MOST_PANELS, PanelWish, Wishes, read_wishes
from app.panelling import PanelSet
from app.panels_told import Choices, notes, set_links, shown_panels
from app.templating import render, site
from app.text import gettext

router = APIRouter(include_in_schema=False)

Label = Annotated[str, Field(max_length=LONGEST_LABEL)]


class Asked(BaseModel):
    """The query of the page; an empty value is one left out.

    Attributes:
        panel: what stands side by side
        colours: "own": a colour scale for each panel
        cells: "grid": the true cells
        to: what a panel's form is to change; empty where none was sent
        of: the place of that panel, from 0
        named: the class it names
        against: what that is against
        model: the network it chose
        scale: the scale it chose
        add: "photo": choose one that comes beside the others
        cursor: of the list of photos
        unchanged: the numbers of panels that a form could not change, from 1, one behind the other
    """

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    panel: Annotated[list[Annotated[str, Field(max_length=LONGEST_PANEL)]], Field(max_length=MOST_PANELS)] = []
    colours: Literal["", "shared", "own"] = ""
    cells: Literal["", "smooth", "grid"] = ""
    to: Literal["", "this", "new", "all"] = ""
    of: Annotated[int, Field(ge=0, lt=MOST_PANELS)] = 0
    named: Label = ""
    against: Label = ""
    model: Annotated[str, Field(max_length=LONGEST_PANEL)] = ""
    scale: Literal["", "1", "1.5", "2", "3", "fused"] = ""
    add: Literal["", "photo"] = ""
    cursor: Annotated[str, Field(max_length=200)] = ""
    unchanged: Annotated[str, Field(pattern=rf"^[1-{MOST_PANELS}]{{0,{MOST_PANELS}}}$")] = ""

    @property
    def choices(self) -> Choices:
        """How panels are looked at, without what is usual."""
        return Choices("own" if self.colours == "own" else "", "grid" if self.cells == "grid" else "")


@router.get("/panels")
async def panels_page(
    request: Request,
    asked: Annotated[Asked, Query()],
    panelling: PanellingDep,
    comparer: ComparerDep,
    explainer: ExplainerDep,
    owner: OwnerDep,
) -> Response:
    """Several maps side by side; without any, or to add one, which photo it is to be."""
    wishes = read_wishes(asked.panel)
    known = await run_in_threadpool(_known, wishes, explainer)
    gone = len(known) < len(wishes)
    if not known or (asked.add and len(known) < MOST_PANELS):
        return await run_in_threadpool(_photos_page, request, asked, known, gone, explainer, owner)
    found = PanelSet(await panelling.find(request, known), not asked.choices.colours)
    if asked.to and not gone:
        return await run_in_threadpool(_changed, found, asked, explainer)
    return await run_in_threadpool(_page, request, found, comparer, asked, gone)


def _known(wishes: Wishes, explainer: Explainer) -> Wishes:
    """The panels whose photo is still there."""

    def is_there(wish: PanelWish) -> bool:
        try:
            return explainer.file(wish.explanation, PHOTO).is_file()
        except NotFound:
            return False

    return tuple(filter(is_there, wishes))


def _changed(found: PanelSet, asked: Asked, explainer: Explainer) -> Response:
    """Where the page is that a form asks for."""
    edit = Edit(asked.of, Target(asked.to), asked.named, asked.against, asked.model, asked.scale)
    made = edited(found.panels, edit, explainer.spec)
    choices = asked.choices
    more = {"colours": choices.colours, "cells": choices.cells, "unchanged": "".join(f"{at + 1}" for at in made.left)}
    return RedirectResponse(f"/panels?{query(made.wishes, **more)}", 303)


def _page(request: Request, found: PanelSet, comparer: Comparer, asked: Asked, gone: bool) -> Response:
    limit = found.limit
    page = PanelsPage(
        site=site(request),
        panels=shown_panels(found, asked.choices, comparer.others("")),
        asked=tuple(map(str, found.wishes)),
        is_shared=found.is_shared,
        is_smooth=not asked.choices.cells,
        legend=legend_of(limit) if found.is_shared and limit > 0 else None,
        links=set_links(found, asked.choices),
        notes=(*_gone(gone), *_unchanged(asked.unchanged), *notes(found)),
    )
    return render(page)


def _gone(gone: bool) -> tuple[str, ...]:
    return (gettext("A photo that was to be shown here is no longer there; it may have been deleted."),) if gone else ()


def _unchanged(numbers: Iterable[str]) -> tuple[str, ...]:
    sentence = gettext("Panel %(number)s is as it was: its model does not know that class.")
    return tuple(sentence % {"number": number} for number in sorted(set(numbers)))


def _photos_page(
    request: Request, asked: Asked, known: Wishes, gone: bool, explainer: Explainer, owner: str
) -> Response:
    """Which photo comes beside those that are there: one's own, newest first."""
    history = explainer.history(owner, HISTORY_LENGTH, asked.cursor or None)
    more = {"colours": asked.choices.colours, "cells": asked.choices.cells}
    entries = tuple(
        contexts.Entry.of(item, f"/panels?{query((*known, PanelWish(item.id)), **more)}") for item in history.items
    )
    older = None
    if history.next is not None:
        older = f"/panels?{query(known, **more, add='photo', cursor=history.next)}"
    page = PanelPhotosPage(
        site=site(request),
        entries=entries,
        older_url=older,
        back_url=f"/panels?{query(known, **more)}" if known else None,
        notes=_gone(gone),
    )
    return render(page)
