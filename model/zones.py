"""Where in a photo most of what adds to a class lies, in ninths of the photo: for who does not see the map.

static/js/zones.js has the same rule; tests compare the two.
"""

from dataclasses import dataclass

from model.coverage import Region, Size
from model.evidence import PlacedMap, shares

SIDE = 3
ALIKE = 1e-9  # shares that differ by less are the same


@dataclass(frozen=True)
class Zone:
    """A ninth of the photo, 0 to 8 row by row, and its share of what adds to the class, 0 to 1."""

    number: int
    share: float


def zones(photo_size: Size) -> list[Region]:
    """The nine parts of a photo of (width, height), row by row."""
    width, height = (side / SIDE for side in photo_size)
    places = [divmod(number, SIDE) for number in range(SIDE * SIDE)]
    return [Region(width * c, height * r, width * (c + 1), height * (r + 1)) for r, c in places]


def strongest_zone(placed: PlacedMap, photo_size: Size) -> Zone | None:
    """The part of the photo with most of what adds to the class; of equal ones the first.

    Args:
        placed: the class's map
        photo_size: (width, height) its grid is laid on

    Returns:
        None where nothing adds to the class, or the same everywhere, as where the map is a single cell
    """
    given = [shares(placed, region, photo_size).given for region in zones(photo_size)]
    known = [share for share in given if share is not None]
    if not known or max(known) - min(known) < ALIKE:
        return None
    number = next(number for number, share in enumerate(known) if share > max(known) - ALIKE)
    return Zone(number, known[number])
