"""The room of the location, put together."""

from collections.abc import Sequence
from typing import Any

from fastapi.concurrency import run_in_threadpool

from app.answers_learn_location import covered_info
from app.contexts_learn_location import Located
from app.learn_cells import maps_of
from app.learn_flattened import Flattened, flatten
from app.learn_location import (
    CoverAsked,
    Covered,
    ShuffleAsked,
    Shuffled,
    choices,
    cover_part,
    see,
    shuffle,
)
from app.learn_location_told import (
    RowAsked,
    cover_shown,
    everything,
    flat_lines,
    row_choices,
    row_filled,
    row_shown,
    shuffle_shown,
    two_ways,
)
from app.learn_visit import Looked, Picked, Visit, asked_once


class LocationAsked(ShuffleAsked, CoverAsked, RowAsked):
    """The query of the room: the fields of its forms."""

    @property
    def fields(self) -> dict[str, str]:
        """As they stand in the forms."""
        return {name: str(value) for name, value in self.model_dump(mode="json", by_alias=True).items()}


@asked_once
async def locate(visit: Visit, asked: LocationAsked) -> Located:
    """All that the room shows.

    Raises:
        AppError, ModelError: 404, 422, 429, 503, 504
    """
    still = await see(visit)
    mixed = await shuffle(visit, still, asked)
    covered = await cover_part(visit, still, asked)
    flat = await flatten(visit, asked.seed)
    return await run_in_threadpool(_located, visit.picked, mixed, covered, flat, asked)


def _located(picked: Picked, mixed: Shuffled, covered: Covered, flat: Flattened, asked: LocationAsked) -> Located:
    still, labels = mixed.still, picked.entry.spec.labels
    maps, named = maps_of(still.answer), row_choices(still, labels)
    row = row_filled(still, asked, named)
    return Located(
        rows=maps.shape[1],
        columns=maps.shape[2],
        channels=len(maps.features),
        facts=facts(still, labels) | {"cover": covered_info(picked, covered).model_dump(mode="json")},
        classes=named,
        asked=asked.fields | row.model_dump(mode="json", exclude={"part"}) | _cover_fields(covered),
        shuffle=shuffle_shown(mixed, labels),
        ways=two_ways(mixed, labels),
        cover=cover_shown(covered, labels),
        row=row_shown(still, row),
        flat=flat_lines(flat),
        photos=len(flat.names),
        everything=everything(still),
    )


def _cover_fields(covered: Covered) -> dict[str, str]:
    return {name: str(value) for name, value in vars(covered.part).items()}


def facts(looked: Looked, labels: Sequence[str]) -> dict[str, Any]:
    """What scripts start from."""
    maps = maps_of(looked.answer)
    shown = choices(looked.answer)
    return {
        "channels": len(maps.features),
        "rows": maps.shape[1],
        "columns": maps.shape[2],
        "classes": [
            {
                "index": index,
                "label": labels[index],
                "logit": float(looked.answer.logits[index]),
                "bias": float(looked.answer.bias[index]),
            }
            for index in shown
        ],
    }
