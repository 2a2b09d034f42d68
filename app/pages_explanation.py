"""Pages about explanations: the history, what a network saw, one map alone, and deleting."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from app import contexts
from app.accounts import account_of
from app.answers_panels import beside_url
from app.colours import colormap_groups, colour_tables
from app.deps import ExplainerDep, OwnerDep
from app.described import described
from app.errors import NotFound, Unusable
from app.explanations import Explainer
from app.schemas import Explanation
from app.shown import ClassMap, View, class_map, class_maps, default_colormap, is_close, rival_of, shape_of, show
from app.templating import render, site
from model.geometry import Grid
from model.rendering import Mode, tables

router = APIRouter(include_in_schema=False)

HISTORY_LENGTH = 24
MOST_ELONGATED, LEAST_LANDSCAPE = 6, 1.3


class Asked(BaseModel):
    """The query of a page that shows a map, before it is known which classes there are."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    index: int | None = Field(None, alias="class", ge=0)
    versus: Annotated[str, Field(pattern=r"^\d{0,9}$")] = ""
    mode: Literal["signed", "positive"] = "signed"
    colormap: str = ""
    opacity: Annotated[float, Field(ge=0, le=1)] = 0.7
    threshold: Annotated[float, Field(ge=0, le=1)] = 0
    cells: Literal["smooth", "grid"] = "smooth"

    def view(self, index: int) -> View:
        """The choices, with a colour map that the mode has."""
        names = tables()[Mode(self.mode)]
        colormap = self.colormap if self.colormap in names else default_colormap(self.mode)
        versus = int(self.versus) if self.versus and int(self.versus) != index else None
        return View(index, versus, self.mode, colormap, self.opacity, self.threshold, self.cells)


AskedQuery = Annotated[Asked, Query()]


@router.get("/explanations")
def history_page(
    request: Request, explainer: ExplainerDep, owner: OwnerDep, cursor: Annotated[str | None, Query()] = None
) -> Response:
    """One's own explanations, newest first."""
    history = explainer.history(owner, HISTORY_LENGTH, cursor)
    entries = tuple(contexts.Entry.of(item, item.page_url) for item in history.items)
    older = None if history.next is None else f"/explanations?{urlencode({'cursor': history.next})}"
    return render(contexts.HistoryPage(site=site(request), entries=entries, older_url=older))


@router.get("/explanations/{explanation_id}")
def prediction_page(
    request: Request, explanation_id: str, asked: AskedQuery, explainer: ExplainerDep, owner: OwnerDep
) -> Response:
    """What the network saw, and one class's map."""
    page = _map_page(request, explainer, explanation_id, asked)
    return render(
        contexts.PredictionPage(
            **page.values(),
            owned=explainer.owns(explanation_id, owner),
            close_call=is_close(page.explanation),
            compare_url=_compare_url(request, page),
            panels_url=beside_url(page.explanation.id or "", page.view, page.shown.rival_index),
        )
    )


@router.get("/explanations/{explanation_id}/heatmap")
def heatmap_page(request: Request, explanation_id: str, asked: AskedQuery, explainer: ExplainerDep) -> Response:
    """One class's map, large."""
    page = _map_page(request, explainer, explanation_id, asked)
    if not page.explanation.model.exact:
        raise NotFound("This network has no exact map, so there is none to show.")
    return render(page)


def _compare_url(request: Request, page: contexts.MapPage) -> str | None:
    """The same class of the same photo under another model, if there is one."""
    entries = request.app.state.registry.entries()
    if not [entry for entry in entries if entry.id != page.explanation.model.id]:
        return None
    asked = {"explanation": page.explanation.id, "class": f"index:{page.view.index}"}
    return f"/compare?{urlencode(asked, safe=':')}"


def _map_page(request: Request, explainer: Explainer, explanation_id: str, asked: Asked) -> contexts.MapPage:
    explanation = explainer.find(explanation_id)
    known = class_maps(explanation)
    index = known[0].index if asked.index is None else asked.index
    view = asked.view(index)
    selected = _class_map(explainer, explanation, known, index)
    natural = rival_of(index, known)
    rival = natural if view.versus is None else _class_map(explainer, explanation, known, view.versus)
    image, grid = explanation.image, None if explanation.grid is None else Grid(**explanation.grid.model_dump())
    against = None if view.versus is None else rival
    return contexts.MapPage(
        site=site(request),
        explanation=explanation,
        shown=show(selected, rival, view),
        described=described(selected, against, grid, (image.width, image.height)),
        view=view,
        links=links(explanation, view, request.scope["path"]),
        colormaps=colormap_groups(),
        shape=shape_of(explanation.image.width / explanation.image.height),
        account=account_of(explainer.spec(explanation.model.id)),
        known={"explanation": explanation.model_dump(mode="json"), "colormaps": colour_tables()},
    )


def _class_map(explainer: Explainer, explanation: Explanation, known: list[ClassMap], index: int) -> ClassMap:
    """A class's numbers and map: from the explanation, else from the stored numbers of all classes.

    Raises:
        Unusable: the network has no such class
    """
    for prediction in known:
        if prediction.index == index:
            return prediction
    if index >= explanation.model.classes:
        raise Unusable("This network has no such class.")
    numbers, labels = explainer.numbers(explanation.id or ""), explainer.spec(explanation.model.id).labels
    return class_map(numbers, labels, index)


def links(explanation: Explanation, view: View, here: str) -> contexts.Links:
    """The addresses that belong to an explanation in its present view."""
    page = explanation.page_url or ""
    api = f"/api/v1/explanations/{explanation.id}"
    drawing = {
        "class": view.index,
        "mode": view.mode,
        "colormap": view.colormap,
        "opacity": view.opacity,
        "threshold": view.threshold,
        "smooth": str(view.cells == "smooth").lower(),
        "grey": "true",
    } | ({} if view.versus is None else {"versus": view.versus})
    return contexts.Links(
        form=here,
        api=api,
        heatmap=f"{api}/heatmap.png?{urlencode(drawing | {'legend': 'false'})}",
        picture=f"{api}/heatmap.png?{urlencode(drawing | {'legend': 'true'})}",
        thumbnail=f"{api}/thumbnail",
        scores=f"{api}/scores",
        labels=f"/api/v1/models/{explanation.model.id}/labels",
        alone=f"{page}/heatmap?{view.query()}",
        back=f"{page}?{view.query()}",
        choices=tuple(f"?{view.query(prediction.index)}" for prediction in explanation.predictions),
        file_name=f"camscope-{(explanation.id or '')[:8]}",
    )


@router.get("/explanations/{explanation_id}/delete")
def delete_page(request: Request, explanation_id: str, explainer: ExplainerDep, owner: OwnerDep) -> Response:
    """Ask once more."""
    explanation = explainer.find(explanation_id)
    if not explainer.owns(explanation_id, owner):
        raise NotFound("There is no such explanation of yours; it may have been deleted.")
    page = contexts.DeletePage(
        site=site(request),
        label=explanation.predictions[0].label,
        thumbnail_url=links(explanation, View(0), "").thumbnail,
        page_url=explanation.page_url or "",
    )
    return render(page)


@router.post("/explanations/{explanation_id}/delete")
def delete(explanation_id: str, explainer: ExplainerDep, owner: OwnerDep) -> Response:
    """Delete it, then show the history."""
    explainer.delete(explanation_id, owner)
    return RedirectResponse("/explanations", 303)
