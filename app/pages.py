"""The pages: thin routes that put what was asked for into a context and draw it."""

import contextlib
import io
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData, UploadFile

from app import contexts
from app.accounts import account_of
from app.answers_panels import beside_url
from app.colours import colormap_groups
from app.deps import ExplainerDep, OwnerDep
from app.errors import AppError, Malformed, NotFound, Unusable
from app.examples import examples, read_example
from app.explanations import Explainer
from app.limits import MAX_FIELD_BYTES, MAX_FIELDS
from app.questions import Wish
from app.schemas import Explanation, Problem
from app.shown import ClassMap, View, class_maps, default_colormap, is_close, rival_of, shape_of, show
from app.templating import render, site
from app.text import gettext, plain
from model.rendering import Mode, tables
from model.spec import SCALES

router = APIRouter(include_in_schema=False)

ACCEPT = "image/jpeg,image/png,image/webp,image/gif,image/bmp,.mpo"
HISTORY_LENGTH = 24


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


@router.get("/")
def upload_page(request: Request, model: Annotated[str, Query(max_length=300)] = "") -> Response:
    """Choose a photo; the network `model`, by its id or name, is chosen already."""
    if model:
        with contextlib.suppress(AppError):
            model = request.app.state.registry.find(model).id
    request.state.entered = contexts.Entered(model=model)
    return _upload_page(request, None, 200)


@router.post("/explanations")
async def submit(request: Request, explainer: ExplainerDep, owner: OwnerDep) -> Response:
    """The form without scripts: explain the photo or the example, then go to its page."""
    async with request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES) as form:
        request.state.entered = _entered(form)
        image = await _photo(form)
        explanation = await explainer.explain(request, image, _wish(request.state.entered), owner)
    return RedirectResponse(explanation.page_url or "/", 303)


def _entered(form: FormData) -> contexts.Entered:
    """What was typed beside the photo."""
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    lines = [value for value in form.getlist("classes") if isinstance(value, str)]
    return contexts.Entered(typed.get("model", ""), typed.get("scale", "1"), "\n".join(lines))


def _wish(entered: contexts.Entered) -> Wish:
    if entered.scale not in map(plain, SCALES):
        raise Unusable("The input size must be one of the choices.")
    classes = tuple(line.strip() for line in entered.classes.splitlines() if line.strip())
    return Wish(model=entered.model or None, classes=classes, scale=float(entered.scale))


async def _photo(form: FormData) -> UploadFile:
    """The chosen example's file, else the uploaded one."""
    name = form.get("example")
    if isinstance(name, str) and name:
        return UploadFile(io.BytesIO(await run_in_threadpool(read_example, name)), filename=f"{name}.jpg")
    image = form.get("image")
    if not isinstance(image, UploadFile) or not (image.filename or image.size):
        raise Malformed("Choose a photo first.")
    return image


def network_choices(request: Request) -> tuple[contexts.Choice, ...]:
    """The networks there are, the server's first one first."""
    entries = request.app.state.registry.entries()
    return tuple(contexts.Choice(entry.id, entry.name, entry.spec.classes) for entry in entries)


def _upload_page(request: Request, refusal: str | None, status: int) -> Response:
    settings = request.app.state.settings
    page = contexts.UploadPage(
        site=site(request, "/"),
        refusal=refusal,
        form=getattr(request.state, "entered", contexts.Entered()),
        models=network_choices(request),
        scales=tuple(map(plain, SCALES)),
        examples=examples(),
        accept=ACCEPT,
        max_upload_mb=plain(settings.max_upload_mb),
        max_megapixels=plain(settings.max_megapixels),
    )
    return render(page, status)


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
    return contexts.MapPage(
        site=site(request),
        explanation=explanation,
        shown=show(selected, rival, view),
        view=view,
        links=links(explanation, view, request.scope["path"]),
        colormaps=colormap_groups(),
        shape=shape_of(explanation.image.width / explanation.image.height),
        account=account_of(explainer.spec(explanation.model.id)),
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
    numbers = explainer.numbers(explanation.id or "")
    maps, bias, logit = numbers.maps, float(numbers.bias[index]), float(numbers.logits[index])
    return ClassMap(
        index=index,
        label=explainer.spec(explanation.model.id).labels[index],
        probability=float(numbers.probabilities[index]),
        logit=logit,
        bias=None if maps is None else bias,
        cam=None if maps is None else maps[index],
    )


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


def error_page(request: Request, problem: Problem) -> Response:
    """A refusal as a page; of the upload form, the form again with what was entered."""
    if request.method == "POST" and request.scope["path"] == "/explanations":
        return _upload_page(request, problem.detail, problem.status)
    page = contexts.ErrorPage(
        site=site(request),
        status=problem.status,
        title=problem.title,
        detail=problem.detail,
        advice=advice(problem.status),
        request_id=problem.request_id,
    )
    return render(page, problem.status)


def advice(status: int) -> str:
    """What somebody who got this status can do."""
    match status:
        case 404:
            return gettext("Check the address, or look for the photo in your history.")
        case 400 | 413 | 415 | 422:
            return gettext("Go back, change what is named above and try again.")
        case 429 | 503 | 504 | 507:
            return gettext("Nothing is lost. Try again in a little while.")
        case 401 | 403 | 405:
            return gettext("Start again from the first page.")
    return gettext("Try again. If it happens again, tell whoever runs this server the number below.")
