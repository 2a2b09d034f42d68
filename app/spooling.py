"""Where uploads lie while their requests run: in memory as long as there is room, else on disk."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from starlette.formparsers import MultiPartParser

from app.units import MIB

LARGEST_BYTES = 8 * MIB  # most photos, of 12 megapixels too, are smaller
ROOM_BYTES = 128 * MIB  # for all together
WITHOUT_ROOM_BYTES = MIB

_has_room: ContextVar[bool] = ContextVar("has_room", default=False)


class Room:
    """Memory that the bodies of requests may take together; used in one event loop."""

    def __init__(self, size: int | None = None) -> None:
        """Have so many bytes; default ROOM_BYTES."""
        self.left = ROOM_BYTES if size is None else size

    @contextlib.contextmanager
    def taken(self, announced: int) -> Iterator[None]:
        """Have room for a request's body until it is answered, if there is any left.

        Args:
            announced: how long the body will be, in bytes; 0 where nobody knows
        """
        fits = 0 < announced <= self.left
        self.left -= announced * fits
        token = _has_room.set(fits)
        try:
            yield
        finally:
            _has_room.reset(token)
            self.left += announced * fits


def spool_in_memory() -> None:
    """Have the framework's parser of forms ask for room; it has no other way to be told."""
    asks = property(lambda _: LARGEST_BYTES if _has_room.get() else WITHOUT_ROOM_BYTES)
    MultiPartParser.spool_max_size = asks  # type: ignore[assignment]
