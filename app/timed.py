"""How long a network takes for a photo, as far as it is known."""

from sqlalchemy import select

from app.database import Database
from app.rows import ExplanationRow

LAST = 16  # photos


def ms_per_pixel(database: Database, row: ExplanationRow) -> float | None:
    """What a network takes for one pixel of its input when it is warm and alone: the least it took of late.

    A first pass at a new size, and passes that share the cores, take several times as long and foretell nothing.
    An explanation whose numbers were found, since somebody had asked before, took none.

    Args:
        database: has the explanations
        row: one of them, which counts however old it is

    Returns:
        milliseconds in the network, by pixels of the input; None where it computed nothing that is still there
    """
    last = (
        select(ExplanationRow)
        .where(ExplanationRow.bundle_id == row.bundle_id, ExplanationRow.timing["forward"].as_float() > 0)
        .order_by(ExplanationRow.created_at.desc())
        .limit(LAST)
    )
    with database.reading() as session:
        known = [row, *session.scalars(last)]
    times = [one.timing["forward"] / (one.input_width * one.input_height) for one in known if one.timing["forward"]]
    return min(times, default=None)
