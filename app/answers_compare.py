"""From a comparison to the JSON contract."""

from collections.abc import Sequence
from dataclasses import astuple
from urllib.parse import urlencode

from app import schemas
from app.answers import API, grid_info, image_info, residual
from app.compared import Compared, Measured, Seen
from app.comparing import SideBySide
from app.decimals import as_sent
from app.looks import Look, Side
from app.schemas_compare import (
    ComparedClass,
    ComparedInfo,
    ComparisonInfo,
    DifferenceInfo,
    EvidenceInfo,
    LookInfo,
    Ranked,
    RegionInfo,
    SharesInfo,
)
from model.cam import Array
from model.comparison import Comparison
from model.rendering import Mode, limit
from model.scores import top_classes

RANKED = 5
DIGITS = 6


def comparison(found: SideBySide) -> ComparisonInfo:
    """The whole answer."""
    return ComparisonInfo(
        explanation_id=found.row.id,
        image=image_info(found.row),
        picture_url=f"{API}/explanations/{found.row.id}/comparison.png?{query(found)}",
        page_url=f"/compare?{urlencode({'explanation': found.row.id})}&{query(found)}",
        **dict(compared_info(found.before, found.after, found.compared)),
    )


def compared_info(before: Side, after: Side, compared: Compared) -> ComparedInfo:
    """What two networks say of a photo, wherever it is."""
    change = compared.comparison
    return ComparedInfo(
        before=_look(before, compared.before),
        after=_look(after, compared.after),
        match=compared.match.value,
        shared_classes=len(compared.shared),
        limit=as_sent([compared.limit])[0],
        difference=None if change is None else _difference(change),
        moved=None if change is None else round(change.moved, DIGITS),
        regions=[_region(measured) for measured in compared.regions],
    )


def query(found: SideBySide, **more: str) -> str:
    """What leads to this very comparison: model, order, class, the other class where it has to be named, region."""
    compared = found.compared
    asked = {
        "model": found.other.model.id,
        "swap": str(found.swapped).lower(),
        "class": f"index:{compared.before.numbers.index}",
    }
    by_label = [pair.after for pair in compared.shared if pair.before == compared.before.numbers.index]
    if compared.match == "chosen" or (compared.match == "label" and compared.after.numbers.index not in by_label):
        asked["other"] = f"index:{compared.after.numbers.index}"
    for measured in compared.regions:
        if measured.kind == "drawn":
            asked["region"] = ",".join(f"{edge:.10g}" for edge in astuple(measured.region))
    return urlencode(asked | more, safe=":,")


def ranked(side: Side, count: int = RANKED) -> list[Ranked]:
    """A network's likeliest classes."""
    numbers = side.look.numbers
    return ranked_scores(numbers.logits, numbers.probabilities, side.model.spec.labels, count)


def ranked_scores(logits: Array, probabilities: Array, labels: Sequence[str], count: int = RANKED) -> list[Ranked]:
    """The likeliest classes of logits and probabilities, (K,)."""
    indices = top_classes(logits, count)
    sent = zip(indices, as_sent(logits[indices]), as_sent(probabilities[indices]), strict=True)
    return [
        Ranked(index=index, label=labels[index], probability=probability, logit=logit)
        for index, logit, probability in sent
    ]


def _look(side: Side, chosen: Seen) -> LookInfo:
    look = side.look
    return LookInfo(
        model=side.model.info(),
        pixels=look.pixels,
        input=look.input.info(),
        grid=look.grid and grid_info(look.grid),
        top=ranked(side),
        chosen=_chosen(look, chosen),
    )


def _chosen(look: Look, one: Seen) -> ComparedClass:
    index = one.numbers.index
    logit, bias, probability = (
        as_sent([values[index]])[0] for values in (look.numbers.logits, look.numbers.bias, look.numbers.probabilities)
    )
    cam = None if one.map is None else as_sent(one.map.values)
    return ComparedClass(
        index=index,
        label=one.numbers.label,
        probability=probability,
        logit=logit,
        bias=None if cam is None else bias,
        residual=None if cam is None else residual(cam, bias, logit),
        cam=cam,
        box=one.box and schemas.BoxInfo(**vars(one.box)),
        evidence=one.evidence and EvidenceInfo(given=one.evidence.given, taken=one.evidence.taken),
    )


def _difference(found: Comparison) -> DifferenceInfo:
    values = found.difference.values
    return DifferenceInfo(
        grid=grid_info(found.difference.grid),
        cam=as_sent(values),
        limit=as_sent([limit(values, Mode.SIGNED)])[0],
        exact=found.exact,
        shift=found.shift,
        residual=found.residual,
    )


def _region(measured: Measured) -> RegionInfo:
    region = measured.region
    return RegionInfo(
        kind=measured.kind.value,
        left=region.left,
        top=region.top,
        right=region.right,
        bottom=region.bottom,
        area=measured.area,
        before=SharesInfo(given=measured.before.given, taken=measured.before.taken),
        after=SharesInfo(given=measured.after.given, taken=measured.after.taken),
    )
