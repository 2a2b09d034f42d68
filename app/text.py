"""Words and numbers as people read them: gettext for sentences, Babel for numbers and dates.

English is the language of the sources. A translation is a catalogue in
``app/locale/<language>/LC_MESSAGES/camscope.po``, which `python -m scripts.catalogue` keeps; names of
classes are data and stay as they are. static/js/numbers.js writes numbers by the same rules.
"""

import gettext as _gettext
import io
import math
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from app.languages import DEFAULT_LANGUAGE, LANGUAGES, language, speaking

LOCALE_DIR = Path(__file__).resolve().parent / "locale"
MINUS = "\N{MINUS SIGN}"
MOST_DECIMALS = 8
MORE_DECIMALS = 4
LEAST_SHARE = 0.001
MOMENT_PARTS = {"day": "d", "month": "MMM", "year": "y", "hour": "HH", "minute": "mm"}


def catalogue_path(spoken: str) -> Path:
    """The catalogue of a language."""
    return LOCALE_DIR / spoken / "LC_MESSAGES" / "camscope.po"


@cache
def translations(spoken: str = DEFAULT_LANGUAGE) -> _gettext.NullTranslations:
    """The catalogue of a language; the sources' own sentences where there is none."""
    path = catalogue_path(spoken)
    if not path.is_file():
        return _gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=spoken))
    compiled.seek(0)
    return _gettext.GNUTranslations(compiled)


def read_catalogues() -> None:
    """Read all of them, and how their languages write numbers, so that no visitor waits for that."""
    for spoken in LANGUAGES:
        translations(spoken)
        with speaking(spoken):
            moment(datetime.now(UTC))


def gettext(sentence: str) -> str:
    """A sentence in the language of the page."""
    return translations(language()).gettext(sentence)


def noted(sentence: str) -> str:
    """The same sentence: it is said in English here, and app/translated.py translates it where it is shown."""
    return sentence


def ngettext(one: str, many: str, count: int) -> str:
    """A sentence that counts something."""
    return translations(language()).ngettext(one, many, count)


def decimals(size: float) -> int:
    """Decimals that show a value of this size well: 2 for 9.12 and 31.42, 1 for 812.3, 4 for 0.0512."""
    magnitude = abs(size)
    if magnitude == 0 or not math.isfinite(magnitude):
        return 2
    exponent = math.floor(math.log10(magnitude))
    return min(MOST_DECIMALS, max(0, 3 - exponent if exponent >= 1 else 2 - exponent))


def summing_decimals(first: float, second: float, total: float) -> int:
    """Decimals with which first + second = total also holds as it is written, if a few more can do that."""
    fewest = decimals(max(abs(first), abs(second), abs(total)))
    for digits in range(fewest, fewest + MORE_DECIMALS):
        first_shown, second_shown, total_shown = (
            math.floor(value * 10**digits + 0.5) for value in (first, second, total)
        )
        if first_shown + second_shown == total_shown:
            return digits
    return fewest


def fixed(value: float, digits: int | None = None) -> str:
    """A number with a true minus sign; its size chooses the decimals where none are given."""
    places = decimals(value) if digits is None else digits
    pattern = "0." + "0" * places if places else "0"
    shown = format_decimal(value, format=pattern, locale=language()).replace("-", MINUS)
    return shown if any(digit in shown for digit in "123456789") else shown.replace(MINUS, "")


def signed(value: float, digits: int | None = None) -> str:
    """A number that always says which way it points: +1.20, −0.31, 0.00."""
    shown = fixed(value, digits)
    return f"+{shown}" if value > 0 and any(digit in shown for digit in "123456789") else shown


def percent(fraction: float) -> str:
    """61.2%; never all or nothing where it is not: <0.1%, >99.9%."""
    shown = min(max(fraction, LEAST_SHARE), 1 - LEAST_SHARE) if 0 < fraction < 1 else fraction
    mark = "" if abs(shown - fraction) < LEAST_SHARE / 2 else "<" if fraction < shown else ">"
    return mark + format_percent(shown, format="#,##0.0%", locale=language())


def share(fraction: float) -> str:
    """61%"""
    return format_percent(fraction, format="#,##0%", locale=language())


def plain(value: float) -> str:
    """As short as it can be said: 1, 1.5."""
    return f"{value:g}"


def tiny(value: float) -> str:
    """How far something is off, to one digit: 1e-6."""
    if value == 0:
        return "0"
    digit, exponent = f"{abs(value):.0e}".split("e")
    return f"{digit}e{'-' if exponent.startswith('-') else '+'}{exponent[1:].lstrip('0') or '0'}"


def moment(when: datetime) -> str:
    """22 Nov 2026, 10:02 UTC"""
    parts = {name: format_datetime(when, pattern, locale=language()) for name, pattern in MOMENT_PARTS.items()}
    return moment_words().format(**parts) + " UTC"


def moment_words() -> str:
    """The order in which the parts of a moment are written."""
    return gettext("{day} {month} {year}, {hour}:{minute}")
