"""Words on pictures that the server draws: in letters that its font has."""

import pytest
from PIL import Image, ImageDraw, ImageFont

from app.drawn_words import drawable, fitted, simplified
from app.shown import ClassMap


def named(label: str) -> str:
    return drawable(ClassMap(285, label, 0.5, 1.0, 0.0, None)).label


@pytest.mark.parametrize(
    ("label", "drawn"),
    [
        ("Egyptian cat", "Egyptian cat"),
        ("Ägyptische Straßenkatze", "Agyptische Strassenkatze"),
        ("chat égyptien – “tigré”", "chat egyptien - “tigre”"),
        ("이집트고양이", "index:285"),
        ("кот", "index:285"),
        ("cat 猫", "index:285"),
        ("", ""),
    ],
)
def test_a_class_is_named_in_letters_that_can_be_drawn(label: str, drawn: str) -> None:
    assert named(label) == drawn


def test_numbers_keep_their_sign() -> None:
    assert simplified("−2.3 × 4") == "-2.3 x 4"


def test_a_line_that_is_too_long_is_cut() -> None:
    pen, font = ImageDraw.Draw(Image.new("RGB", (8, 8))), ImageFont.load_default(14)
    assert fitted("short", pen, font, 200) == "short"
    cut = fitted("a very long name of a class", pen, font, 80)
    assert cut.endswith("…")
    assert pen.textlength(cut, font=font) <= 80
    assert fitted("long", pen, font, 1) == ""
