"""Places in an owner's history, as a text to come back with."""

import base64
import binascii
from datetime import UTC, datetime, timedelta

from app.errors import Unusable
from app.rows import ExplanationRow


def encode_cursor(row: ExplanationRow) -> str:
    """The place of an explanation: what follows it comes next."""
    microseconds = (row.created_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{microseconds}.{row.id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """The moment and the id of the explanation at a place.

    Raises:
        Unusable: not a cursor of ours
    """
    try:
        moment, explanation_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(".")
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(moment)), explanation_id
    except (binascii.Error, ValueError, OverflowError):
        raise Unusable("'cursor': use the value of 'next' of an earlier answer, unchanged.") from None
