"""Words and numbers as people read them: gettext for sentences, Babel for numbers and dates.

English is the language of the sources. A translation is a catalogue in
``app/locale/<language>/LC_MESSAGES/camscope.mo``; names of classes are data and stay as
they are. static/js/numbers.js writes numbers by the same rules.
"""

import gettext as _gettext
import math
from datetime import datetime
from functools import cache
from pathlib import Path

from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent

DEFAULT_LANGUAGE = "en"
LOCALE_DIR = Path(__file__).resolve().parent / "locale"
MINUS = "\N{MINUS SIGN}"
MOST_DECIMALS = 8
MORE_DECIMALS = 4
LEAST_SHARE = 0.001


@cache
def translations(language: str = DEFAULT_LANGUAGE) -> _gettext.NullTranslations:
    """The catalogue of a language; the sources' own sentences where there is none."""
    return _gettext.translation("camscope", LOCALE_DIR, [language], fallback=True)


def gettext(sentence: str) -> str:
    """A sentence in the language of the pages."""
    return translations().gettext(sentence)


def ngettext(one: str, many: str, count: int) -> str:
    """A sentence that counts something."""
    return translations().ngettext(one, many, count)


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


def fixed(value: float, digits: int | None = None, language: str = DEFAULT_LANGUAGE) -> str:
    """A number with a true minus sign; its size chooses the decimals where none are given."""
    places = decimals(value) if digits is None else digits
    pattern = "0." + "0" * places if places else "0"
    shown = format_decimal(value, format=pattern, locale=language).replace("-", MINUS)
    return shown if any(digit in shown for digit in "123456789") else shown.replace(MINUS, "")


def signed(value: float, digits: int | None = None, language: str = DEFAULT_LANGUAGE) -> str:
    """A number that always says which way it points: +1.20, −0.31, 0.00."""
    shown = fixed(value, digits, language)
    return f"+{shown}" if value > 0 and any(digit in shown for digit in "123456789") else shown


def percent(fraction: float, language: str = DEFAULT_LANGUAGE) -> str:
    """61.2%; never all or nothing where it is not: <0.1%, >99.9%."""
    shown = min(max(fraction, LEAST_SHARE), 1 - LEAST_SHARE) if 0 < fraction < 1 else fraction
    mark = "" if abs(shown - fraction) < LEAST_SHARE / 2 else "<" if fraction < shown else ">"
    return mark + format_percent(shown, format="#,##0.0%", locale=language)


def share(fraction: float, language: str = DEFAULT_LANGUAGE) -> str:
    """61%"""
    return format_percent(fraction, format="#,##0%", locale=language)


def plain(value: float) -> str:
    """As short as it can be said: 1, 1.5."""
    return f"{value:g}"


def tiny(value: float) -> str:
    """How far something is off, to one digit: 1e-6."""
    if value == 0:
        return "0"
    digit, exponent = f"{abs(value):.0e}".split("e")
    return f"{digit}e{'-' if exponent.startswith('-') else '+'}{exponent[1:].lstrip('0') or '0'}"


def moment(when: datetime, language: str = DEFAULT_LANGUAGE) -> str:
    """22 Nov 2026, 10:02 UTC"""
    return format_datetime(when, "d MMM y, HH:mm 'UTC'", locale=language)
