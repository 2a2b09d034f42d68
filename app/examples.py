"""The photos one can try without having one at hand: static/examples/, with their credits."""

from functools import cache

from PIL import Image

from app.contexts import Example
from app.errors import NotFound
from app.paths import STATIC_DIR
from app.text import gettext

EXAMPLES_DIR = STATIC_DIR / "examples"


def _words() -> dict[str, tuple[str, str]]:
    """Title and credit by file name, in the order shown."""
    return {
        "chelsea": (gettext("A cat"), "Stefan van der Walt, CC0"),
        "coffee": (gettext("A coffee"), "Rachel Michetti, CC0"),
        "rocket": (gettext("A rocket"), gettext("SpaceX, public domain")),
        "astronaut": (gettext("An astronaut"), gettext("NASA, public domain")),
    }


@cache
def _size(name: str) -> tuple[int, int]:
    with Image.open(EXAMPLES_DIR / f"{name}.jpg") as photo:
        return photo.size


def examples() -> tuple[Example, ...]:
    """All of them."""
    return tuple(
        Example(name, title, credit, f"/static/examples/{name}.jpg", *_size(name))
        for name, (title, credit) in _words().items()
    )


def read_example(name: str) -> bytes:
    """The file of the example with that name.

    Raises:
        NotFound: there is none
    """
    if name not in _words():
        raise NotFound("There is no such example photo.")
    return (EXAMPLES_DIR / f"{name}.jpg").read_bytes()
