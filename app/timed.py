"""How long a network took for a photo, as far as it is known."""

from sqlalchemy import select

from app.database import Database
from app.rows import ExplanationRow


def ms_per_pixel(database: Database, row: ExplanationRow) -> float | None:
    """What a network took for one pixel of its input: of this photo, else of the last one that it computed.

    An explanation whose numbers were found, since somebody had asked before, took none.

    Args:
        database: has the explanations
        row: one of them

    Returns:
        milliseconds in the network, by pixels of the input; None where it computed nothing that is still there
    """
    if not row.timing["forward"]:
        last = (
            select(ExplanationRow)
            .where(ExplanationRow.bundle_id == row.bundle_id, ExplanationRow.timing["forward"].as_float() > 0)
            .order_by(ExplanationRow.created_at.desc())
            .limit(1)
        )
        with database.reading() as session:
            found = session.scalars(last).first()
        if found is None:
            return None
        row = found
    forward_ms: float = row.timing["forward"]
    return forward_ms / (row.input_width * row.input_height)
