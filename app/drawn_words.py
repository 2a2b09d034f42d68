"""Words on pictures that the server draws, in the one font that Pillow brings: it has the letters of English alone
(docs/decisions/0147-words-on-pictures-are-english.md).
"""

import unicodedata
from dataclasses import replace
from functools import cache

from PIL import ImageDraw, ImageFont

from app.shown import ClassMap
from app.text import MINUS

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
SIMPLER = str.maketrans({MINUS: "-", "–": "-", "—": "-", "×": "x", "ß": "ss", "æ": "ae", "ø": "o", "ł": "l"})
NO_LETTER = "\uffff"


def simplified(words: str) -> str:
    """The same in letters of English, accents taken off; others stay, and cannot be drawn."""
    apart = unicodedata.normalize("NFKD", words.translate(SIMPLER))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def drawable(one: ClassMap) -> ClassMap:
    """The class under a name that can be drawn: its label, else what the API knows it by; no row of empty boxes."""
    label = simplified(one.label)
    return replace(one, label=label if all(map(_is_drawn, label)) else f"index:{one.index}")


@cache
def _is_drawn(letter: str) -> bool:
    font = ImageFont.load_default(16)
    return letter.isspace() or bytes(font.getmask(letter)) != bytes(font.getmask(NO_LETTER))


def fitted(line: str, pen: ImageDraw.ImageDraw, font: Font, width: int) -> str:
    """A line that fits a width in pixels, its end cut off where it has to be."""
    line = simplified(line)
    if pen.textlength(line, font=font) <= width:
        return line
    while line and pen.textlength(f"{line}…", font=font) > width:
        line = line[:-1]
    return f"{line}…" if line else ""
