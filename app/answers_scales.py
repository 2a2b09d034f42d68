"""From a photo at another scale to the JSON contract."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from app import answers
from app.answers import API, image_info
from app.classes import DEFAULT_TOP_K, chosen
from app.decimals import as_sent
from app.looks import UPLOADED
from app.rows import ExplanationRow
from app.scale_account import DIGITS, account, view_info
from app.scale_looks import ScaleLook
from app.scales import AtScale, Offer
from app.schemas import Explanation
from app.schemas_scales import (
    OfferInfo,
    OfferPage,
    RasterInfo,
    ScaledInfo,
    ScaledPrediction,
    ScaledTiming,
)
from model.scales import FUSED

MOST_PREDICTIONS = 20  # their boxes are found anew each time


def explanation(known: AtScale) -> Explanation:
    """The same as an explanation of its own, which is not kept: it has no addresses."""
    row, look = known.row, known.found.look
    made = _row_of(row, known.found)
    top = min(DEFAULT_TOP_K, known.model.spec.classes)
    indices = chosen(look.numbers.logits, top, [choice["index"] for choice in row.predictions])[:MOST_PREDICTIONS]
    made.predictions = answers.choices(made, look.numbers, indices)
    return answers.explanation(made, known.model, look.numbers)


def scaled_info(known: AtScale) -> ScaledInfo:
    """The whole answer."""
    row, found, look = known.row, known.found, known.found.look
    told = explanation(known)
    here = url(row.id, found.name)
    views = as_sent(found.logits[:, [prediction.index for prediction in told.predictions]].T)
    return ScaledInfo(
        explanation_id=row.id,
        scale=_scale(found.name),
        model=told.model,
        image=image_info(row),
        pixels=look.pixels,
        input=told.input,
        grid=told.grid,
        exact=known.model.spec.exact and len(found.told) == 1,
        account=account(known.model.spec, len(found.told), look.pixels == UPLOADED),
        predictions=[
            ScaledPrediction(**dict(prediction) | {"heatmap_url": _heatmap(known, prediction.index), "logits": logits})
            for prediction, logits in zip(told.predictions, views, strict=True)
        ],
        views=[view_info(one) for one in found.told],
        url=here,
        cams_url=f"{here}/cams.npy" if look.grid else None,
        scores_url=f"{here}/scores",
        timing_ms=ScaledTiming(**dict(told.timing_ms), passes=len(found.told)),
    )


def url(explanation_id: str, name: str) -> str:
    """Where a choice is found."""
    return f"{API}/explanations/{explanation_id}/scales/{name}"


def offers(explanation_id: str, found: Sequence[Offer]) -> OfferPage:
    """All choices."""
    return OfferPage(
        items=[
            OfferInfo(
                scale=_scale(offer.name),
                width=offer.size[0],
                height=offer.size[1],
                grid=offer.grid and RasterInfo(rows=offer.grid.rows, columns=offer.grid.columns),
                passes=offer.passes,
                estimated_ms=None if offer.estimated_ms is None else round(offer.estimated_ms, DIGITS),
                measured_ms=None if offer.measured_ms is None else round(offer.measured_ms, DIGITS),
                known=offer.is_known,
                url=url(explanation_id, offer.name),
            )
            for offer in found
        ]
    )


def _scale(name: str) -> float | Literal["fused"]:
    return "fused" if name == FUSED else float(name)


def _heatmap(known: AtScale, index: int) -> str | None:
    if known.found.look.grid is None:
        return None
    return f"{API}/explanations/{known.row.id}/heatmap.png?class={index}&scale={known.found.name}"


def _row_of(row: ExplanationRow, found: ScaleLook) -> ExplanationRow:
    """What the database would hold of this answer, were it an explanation of its own."""
    look = found.look
    return ExplanationRow(
        id="",
        created_at=row.created_at,
        photo_sha256=row.photo_sha256,
        photo_width=row.photo_width,
        photo_height=row.photo_height,
        stored_width=row.stored_width,
        stored_height=row.stored_height,
        scale=look.input.scale,
        input_width=look.input.width,
        input_height=look.input.height,
        stretch=look.input.stretch,
        grid=None if look.grid is None else asdict(look.grid),
        timing=found.times,
    )
