"""What is left of a picture file once everything that its pixels do not need is taken out."""

from collections.abc import Callable
from dataclasses import dataclass

from model.errors import BrokenPhoto

Size = tuple[int, int]
MAX_PARTS = 200_000
MAX_PROFILE_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Contents:
    """A picture, ready to be decoded; nothing of its pixels was read yet.

    Attributes:
        data: a file of the same format that has one picture and nothing beside it
        size: (width, height) by its header, as stored, before any turning
        orientation: EXIF's, 1 to 8
        profile: an ICC profile of its colours, which may be broken; none for sRGB
        place: for a picture that covers a part of its canvas, its left and top; `size` is the canvas's
        shrinks: whether it can be decoded smaller, as most JPEG files can
        is_whole: whether the data has all rows, where decoding does not tell; it costs another inflating, or two
            other decodings
        ended: the data with its end in place, which may be missing
    """

    data: bytes
    size: Size
    orientation: int = 1
    profile: bytes | None = None
    place: Size | None = None
    shrinks: bool = False
    is_whole: Callable[[], bool] | None = None
    ended: Callable[[], bytes] | None = None


def damaged(kind: str) -> BrokenPhoto:
    """The refusal of a file that breaks its format's rules."""
    return BrokenPhoto(f"This {kind} picture is damaged and cannot be read.")


def too_many_parts(kind: str) -> BrokenPhoto:
    """The refusal of a file whose parts would take longer to walk than its pixels to decode."""
    return BrokenPhoto(f"This {kind} picture is in too many parts; save it again and try once more.")
