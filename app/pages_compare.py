"""The pages of comparisons: thin routes that put what was asked for into a context and draw it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from app import answers_compare, contexts
from app.answers import API
from app.api_compare import LONGEST_LABEL, ComparerDep
from app.compared import Choice, Match, by_probability, read_region
from app.comparing import Comparer, SideBySide
from app.comparison_told import tell
from app.contexts_compare import CompareForm, CompareLinks, ComparePage, ComparePhotosPage, Option
from app.deps import ExplainerDep, OwnerDep
from app.explanations import Explainer
from app.looks import Side
from app.pages_explanation import HISTORY_LENGTH
from app.registry import Entry
from app.shown import shape_of
from app.templating import render, site
from app.text import gettext, percent
from model.comparison import Pair
from model.scores import top_classes

router = APIRouter(include_in_schema=False)

MOST_KNOWN, MOST_OTHERS, LIKELIEST = 60, 100, 5
Edge = Annotated[str, Field(max_length=30)]


class Asked(BaseModel):
    """The query of the page; an empty value is one left out."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    explanation: Annotated[str, Field(max_length=64)] = ""
    model: Annotated[str, Field(max_length=300)] = ""
    label: Annotated[str, Field(max_length=LONGEST_LABEL)] = Field("", alias="class")
    named: Annotated[str, Field(max_length=LONGEST_LABEL)] = ""
    other: Annotated[str, Field(max_length=LONGEST_LABEL)] = ""
    region: Annotated[str, Field(max_length=200)] = ""
    left: Edge = ""
    top: Edge = ""
    right: Edge = ""
    bottom: Edge = ""
    swap: Annotated[str, Field(pattern=r"^(true|false|)$")] = ""
    cursor: Annotated[str, Field(max_length=200)] = ""

    @property
    def choice(self) -> Choice:
        """Which class, and where; a name that was typed counts before the one in the list.

        Raises:
            Unusable: the region is none
        """
        edges = (self.left, self.top, self.right, self.bottom)
        region = ",".join(edges) if any(map(str.strip, edges)) else self.region
        return Choice(
            self.named.strip() or self.label or None, self.other or None, read_region(region) if region else None
        )


@router.get("/compare")
async def compare_page(
    request: Request, asked: Annotated[Asked, Query()], comparer: ComparerDep, explainer: ExplainerDep, owner: OwnerDep
) -> Response:
    """One photo under two networks; without a photo, which of one's own it is to be."""
    if not asked.explanation:
        return await run_in_threadpool(_photos_page, request, asked, comparer, explainer, owner)
    swap = asked.swap == "true" if asked.swap else None
    found = await comparer.compare(request, asked.explanation, asked.model or None, asked.choice, swap)
    return await run_in_threadpool(_page, request, found, comparer, asked)


def _page(request: Request, found: SideBySide, comparer: Comparer, asked: Asked) -> Response:
    page = ComparePage(
        site=site(request),
        comparison=answers_compare.comparison(found),
        told=tell(found),
        form=_form(found, comparer.others(""), asked),
        links=_links(found),
        shape=shape_of(found.row.photo_width / found.row.photo_height),
    )
    return render(page)


def _form(found: SideBySide, entries: list[Entry], asked: Asked) -> CompareForm:
    compared = found.compared
    known = by_probability(found.before.look, found.after.look, compared.shared)[:MOST_KNOWN]
    index = compared.before.numbers.index
    own = [pair for pair in compared.shared if pair.before == index]
    if own and own[0] not in known:
        known.append(own[0])
    only_before = _unshared(found.before, {pair.before for pair in compared.shared}, index)
    only_after = _unshared(found.after, {pair.after for pair in compared.shared}, None)
    by_name = asked.named.strip() or asked.label
    after_chosen = compared.match is Match.NONE and bool(by_name) and not asked.other and _is_after(found, by_name)
    drawn = [f"{edge:.10g}" for edge in _drawn(found)] or [""] * 4
    return CompareForm(
        model=found.other.model.id,
        swap=asked.swap,
        models=tuple(Option(entry.id, entry.name) for entry in entries),
        known=tuple(_known_option(found, pair) for pair in known),
        before_only=only_before,
        after_only=only_after,
        chosen=compared.after.numbers.label if after_chosen else f"index:{index}",
        other=f"index:{compared.after.numbers.index}" if asked.other else "",
        others=_others(found),
        edges=(drawn[0], drawn[1], drawn[2], drawn[3]),
    )


def _is_after(found: SideBySide, label: str) -> bool:
    """Whether the label that was asked for is the class after's, not the class before's."""
    ours, theirs = found.compared.before.numbers.label, found.compared.after.numbers.label
    return label.casefold() == theirs.casefold() != ours.casefold()


def _drawn(found: SideBySide) -> list[float]:
    for measured in found.compared.regions:
        if measured.kind == "drawn":
            region = measured.region
            return [region.left, region.top, region.right, region.bottom]
    return []


def _known_option(found: SideBySide, pair: Pair) -> Option:
    first, second = found.before.look.numbers.probabilities, found.after.look.numbers.probabilities
    shares = {"before": percent(float(first[pair.before])), "after": percent(float(second[pair.after]))}
    label = found.before.model.spec.labels[pair.before]
    return Option(f"index:{pair.before}", f"{label} · " + gettext("%(before)s, then %(after)s") % shares)


def _unshared(side: Side, shared: set[int], chosen: int | None) -> tuple[Option, ...]:
    """A network's likeliest classes that the other does not know, and the chosen one if it is such a class."""
    numbers, labels = side.look.numbers, side.model.spec.labels
    indices = [index for index in top_classes(numbers.logits, len(labels)) if index not in shared]
    listed = indices[:LIKELIEST]
    if chosen in indices and chosen not in listed:
        listed.append(chosen)
    return tuple(
        Option(labels[index] if chosen is None else f"index:{index}", _ranked_title(side, index)) for index in listed
    )


def _others(found: SideBySide) -> tuple[Option, ...]:
    """The network after's likeliest classes, with the chosen one."""
    labels = found.after.model.spec.labels
    indices = top_classes(found.after.look.numbers.logits, min(MOST_OTHERS, len(labels)))
    chosen = found.compared.after.numbers.index
    listed = indices if chosen in indices else [*indices, chosen]
    return tuple(Option(f"index:{index}", _ranked_title(found.after, index)) for index in listed)


def _ranked_title(side: Side, index: int) -> str:
    return f"{side.model.spec.labels[index]} · {percent(float(side.look.numbers.probabilities[index]))}"


def _links(found: SideBySide) -> CompareLinks:
    base = f"{API}/explanations/{found.row.id}"
    query = answers_compare.query(found)
    here = {"explanation": found.row.id, "model": found.other.model.id, "swap": str(found.swapped).lower()}
    theirs = {pair.after: pair.before for pair in found.compared.shared}
    labels = found.after.model.spec.labels
    region = {"region": ",".join(f"{edge:.10g}" for edge in drawn)} if (drawn := _drawn(found)) else {}

    ours, theirs_index = found.compared.before.numbers.index, found.compared.after.numbers.index
    turned = {"class": f"index:{theirs_index}", "swap": str(not found.swapped).lower()}
    if found.compared.match is Match.CHOSEN:
        turned["other"] = f"index:{ours}"

    def choosing(label: str, **more: str) -> str:
        return f"/compare?{urlencode(here | {'class': label} | region | more, safe=':,')}"

    return CompareLinks(
        explanation=f"/explanations/{found.row.id}",
        api=f"{base}/comparison?{query}",
        picture=f"{base}/comparison.png?{query}",
        swapped=f"/compare?{urlencode(here | turned | region, safe=':,')}",
        as_one=choosing(f"index:{ours}", other=f"index:{theirs_index}"),
        panels={
            name: f"{base}/comparison.png?{query}&panel={name}&legend=false"
            for name in ("before", "after", "difference")
        },
        choices={
            "before": tuple(choosing(f"index:{one.index}") for one in answers_compare.ranked(found.before)),
            "after": tuple(
                choosing(f"index:{theirs[one.index]}" if one.index in theirs else labels[one.index])
                for one in answers_compare.ranked(found.after)
            ),
        },
        file_name=f"camscope-{found.row.id[:8]}-compared",
    )


def _photos_page(request: Request, asked: Asked, comparer: Comparer, explainer: Explainer, owner: str) -> Response:
    """Which photo: one's own, newest first."""
    others = comparer.others("")
    network = next((entry for entry in others if asked.model in (entry.id, entry.name)), None)
    history = explainer.history(owner, HISTORY_LENGTH, asked.cursor or None)
    entries = tuple(
        contexts.Entry.of(
            item, f"/compare?{urlencode({'explanation': item.id} | ({'model': network.id} if network else {}))}"
        )
        for item in history.items
        if network is None or item.model.id != network.id
    )
    older = None
    if history.next is not None:
        older = f"/compare?{urlencode({'model': asked.model, 'cursor': history.next})}"
    page = ComparePhotosPage(
        site=site(request), network=network.name if network else "", entries=entries, older_url=older
    )
    return render(page)
