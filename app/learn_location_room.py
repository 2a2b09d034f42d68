"""The room of the location, put together."""

from collections.abc import Sequence
from typing import Any

from fastapi.concurrency import run_in_threadpool

from app.answers_learn_location import covered_info, known_classes
from app.contexts_learn_location import Located
from app.learn_cells import maps_of
from app.learn_cover import CoverAsked, Covered, cover_all, cover_cells
from app.learn_cover_told import cover_shown
from app.learn_flattened import Flattened, flatten
from app.learn_flattened_told import flat_shown
from app.learn_location import ShuffleAsked, Shuffled, see, shuffle
from app.learn_location_told import everything, shuffle_shown, two_ways
from app.learn_pieces import is_widened
from app.learn_rows import RowAsked, row_choices, row_filled, rows_shown, shown_classes
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
    covered = await cover_cells(visit, still, asked)
    blank = await cover_all(visit, still)
    flat = await flatten(visit, still, mixed.order)
    return await run_in_threadpool(_located, visit.picked, mixed, covered, blank, flat, asked)


def _located(
    picked: Picked, mixed: Shuffled, covered: Covered, blank: Looked, flat: Flattened, asked: LocationAsked
) -> Located:
    still, labels = mixed.still, picked.entry.spec.labels
    maps, row = maps_of(still.answer), row_filled(still, asked)
    return Located(
        rows=maps.shape[1],
        columns=maps.shape[2],
        channels=len(maps.features),
        facts=facts(still, row, labels)
        | {"order": mixed.order, "cover": covered_info(picked, covered).model_dump(mode="json")},
        classes=row_choices(still, row, labels),
        asked=asked.fields | row.model_dump(mode="json", exclude={"part"}) | {"count": str(_count(covered, asked))},
        shuffle=shuffle_shown(mixed, labels),
        ways=two_ways(mixed, picked),
        cover=cover_shown(covered, blank, labels),
        rows_shown=rows_shown(still, row),
        flat=flat_shown(flat),
        everything=everything(still),
        widened=is_widened(still.input.photo_size),
    )


def _count(covered: Covered, asked: CoverAsked) -> int:
    """How many cells the form takes: as many as are covered, but where there are none."""
    return len(covered.cells) or asked.count or 1


def facts(looked: Looked, row: RowAsked, labels: Sequence[str]) -> dict[str, Any]:
    """What scripts start from."""
    maps = maps_of(looked.answer)
    known = known_classes(looked.answer, labels, shown_classes(looked, row))
    return {
        "channels": len(maps.features),
        "rows": maps.shape[1],
        "columns": maps.shape[2],
        "classes": [one.model_dump(mode="json") for one in known],
    }
