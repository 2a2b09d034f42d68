"""From stored numbers to the JSON contract.

Numbers in logits keep float32's full precision, in its shortest decimal form, so that
mean(cam) + bias = logit can be checked from the JSON alone; the residual is computed from
the very numbers that are sent.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from app import schemas
from app.copies import STORED_SIDE
from app.decimals import all_as_sent, as_sent
from app.numbers import Numbers
from app.rows import ExplanationRow
from model.classifier import Explanation as ClassifierAnswer
from model.geometry import Grid, peak
from model.photos import fit_within
from model.regions import Box, boxes
from model.spec import ModelSpec

API = "/api/v1"
COORDINATE_DIGITS = 6
Choice = dict[str, Any]
"""What the database keeps of a class: index, probability, and the box as left, top, right, bottom, threshold."""


@dataclass(frozen=True)
class Model:
    """The bundle that an explanation names, there or gone."""

    id: str
    name: str
    spec: ModelSpec

    def info(self) -> schemas.ModelInfo:
        """For JSON."""
        spec = self.spec
        return schemas.ModelInfo(
            id=self.id,
            name=self.name,
            classes=spec.classes,
            head=spec.head.value,
            activation=spec.activation,
            exact=spec.exact,
        )


def computed_row(
    explained: ClassifierAnswer, photo_size: tuple[int, int], sha256: str, bundle_id: str
) -> ExplanationRow:
    """What the database would hold of a new answer; as yet without id, owner, predictions and timing."""
    stored_width, stored_height = fit_within(photo_size, STORED_SIDE)
    return ExplanationRow(
        id="",
        created_at=datetime.now(UTC),
        bundle_id=bundle_id,
        photo_sha256=sha256,
        photo_width=photo_size[0],
        photo_height=photo_size[1],
        stored_width=stored_width,
        stored_height=stored_height,
        scale=explained.scale,
        input_width=explained.input_width,
        input_height=explained.input_height,
        stretch=explained.stretch,
        grid=None if explained.grid is None else asdict(explained.grid),
    )


def grid_of(row: ExplanationRow) -> Grid | None:
    """Where the cells lie on the photo, in full precision."""
    return None if row.grid is None else Grid(**row.grid)


def size_of(row: ExplanationRow) -> tuple[int, int]:
    """(width, height) of the upright photo, in pixels."""
    return row.photo_width, row.photo_height


def choices(
    row: ExplanationRow, numbers: Numbers, indices: Sequence[int], known: Sequence[Choice] = ()
) -> list[Choice]:
    """What the database keeps of the classes that were asked for.

    Args:
        row: of the explanation
        numbers: all classes
        indices: the classes
        known: choices of the same numbers; their boxes are not computed again
    """
    grid = grid_of(row)
    kept = {choice["index"]: choice for choice in known}
    missing = [index for index in indices if index not in kept]
    found: Sequence[Box | None] = [None] * len(missing)
    if numbers.maps is not None and grid is not None and missing:
        found = boxes(numbers.maps[missing], grid, size_of(row))
    for index, probability, box in zip(missing, as_sent(numbers.probabilities[missing]), found, strict=True):
        corners = None if box is None else [box.left, box.top, box.right, box.bottom, box.threshold]
        kept[index] = {"index": index, "probability": probability, "box": corners}
    return [kept[index] for index in indices]


def explanation(row: ExplanationRow, model: Model, numbers: Numbers) -> schemas.Explanation:
    """The whole answer; a row without an id is one that was not kept."""
    indices = [choice["index"] for choice in row.predictions]
    grid = grid_of(row)
    return schemas.Explanation(
        id=row.id or None,
        created_at=row.created_at,
        model=model.info(),
        image=image_info(row),
        input=schemas.InputInfo(
            width=row.input_width, height=row.input_height, scale=row.scale, stretch=round(row.stretch, 6)
        ),
        grid=grid and grid_info(grid),
        predictions=_predictions(row, model, numbers, indices),
        cams_url=f"{_url(row)}/cams.npy" if row.id and row.grid else None,
        page_url=f"/explanations/{row.id}" if row.id else None,
        timing_ms=schemas.TimingInfo(**{stage: round(ms, 3) for stage, ms in row.timing.items()}),
    )


def summary(row: ExplanationRow, model: Model) -> schemas.ExplanationSummary:
    """One line of the history."""
    top = row.predictions[0]
    return schemas.ExplanationSummary(
        id=row.id,
        created_at=row.created_at,
        model=model.info(),
        image=image_info(row),
        top=schemas.TopPrediction(
            index=top["index"], label=model.spec.labels[top["index"]], probability=top["probability"]
        ),
        url=_url(row),
        page_url=f"/explanations/{row.id}",
        thumbnail_url=f"{_url(row)}/thumbnail",
    )


def scores(numbers: Numbers) -> schemas.Scores:
    """Every class's numbers."""
    return schemas.Scores(
        logits=as_sent(numbers.logits),
        probabilities=as_sent(numbers.probabilities),
        bias=None if numbers.maps is None else as_sent(numbers.bias),
    )


def _url(row: ExplanationRow) -> str:
    return f"{API}/explanations/{row.id}"


def image_info(row: ExplanationRow) -> schemas.ImageInfo:
    """The photo, for JSON."""
    return schemas.ImageInfo(
        width=row.photo_width,
        height=row.photo_height,
        sha256=row.photo_sha256,
        url=f"{_url(row)}/image" if row.id else None,
        stored_width=row.stored_width,
        stored_height=row.stored_height,
    )


def grid_info(grid: Grid) -> schemas.GridInfo:
    """Where the cells lie, for JSON."""
    lengths = {name: round(getattr(grid, name), COORDINATE_DIGITS) for name in ("cell_width", "cell_height")}
    corner = {name: round(getattr(grid, name), COORDINATE_DIGITS) for name in ("left", "top")}
    return schemas.GridInfo(rows=grid.rows, columns=grid.columns, **lengths, **corner)


def _predictions(
    row: ExplanationRow, model: Model, numbers: Numbers, indices: Sequence[int]
) -> list[schemas.Prediction]:
    chosen = list(indices)
    grid = grid_of(row)
    cams: Sequence[Any] = [None] * len(chosen)
    if numbers.maps is None:
        logits, biases = all_as_sent(numbers.logits[chosen], numbers.bias[chosen])
    else:
        logits, biases, cams = all_as_sent(numbers.logits[chosen], numbers.bias[chosen], numbers.maps[chosen])
    predictions = []
    for choice, logit, bias, cam in zip(row.predictions, logits, biases, cams, strict=True):
        index = choice["index"]
        strongest = None
        if numbers.maps is not None and grid is not None:
            strongest = peak(numbers.maps[index], grid, size_of(row))
        predictions.append(
            schemas.Prediction(
                index=index,
                label=model.spec.labels[index],
                probability=choice["probability"],
                logit=logit,
                bias=None if cam is None else bias,
                residual=None if cam is None else residual(cam, bias, logit),
                cam=cam,
                peak=strongest
                and schemas.PeakInfo(
                    x=round(strongest.x, COORDINATE_DIGITS),
                    y=round(strongest.y, COORDINATE_DIGITS),
                    value=max(map(max, cam)),  # the peak's own value, as it is sent
                ),
                box=_box(choice["box"]),
                heatmap_url=f"{_url(row)}/heatmap.png?class={index}" if row.id and cam is not None else None,
            )
        )
    return predictions


def residual(cam: Sequence[Sequence[float]], bias: float, logit: float) -> float:
    """mean(cam) + bias - logit, of the numbers as they are sent."""
    return math.fsum(itertools.chain.from_iterable(cam)) / (len(cam) * len(cam[0])) + bias - logit


def _box(corners: list[Any] | None) -> schemas.BoxInfo | None:
    if corners is None:
        return None
    return schemas.BoxInfo(**dict(zip(("left", "top", "right", "bottom", "threshold"), corners, strict=True)))
