"""Words and numbers as people read them: gettext for sentences, Babel for numbers and dates.

English is the language of the sources. A translation is a catalogue in
``app/locale/<language>/LC_MESSAGES/camscope.mo``; names of classes are data and stay as
they are. static/js/numbers.js writes numbers by the same rules.
"""

import gettext as _gettext
import json
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


def sentences() -> dict[str, str]:
    """The sentences that scripts show, and those they share with the server, by key; {names} are filled in later."""
    return _of_explanations() | _of_trainings() | _of_comparisons()


def _of_explanations() -> dict[str, str]:
    """What is said around a photo and its maps, and of the server."""
    _ = gettext
    return {
        "against": _("{label} rather than {other}"),
        "cell": _("row {row}, column {column}: {value} logits"),
        "classes-found": _("{count} found"),
        "classes-none": _("No class has a name like that."),
        "copied": _("Link copied"),
        "checking-model": _("Checking the model …"),
        "names-found": _("{count} found"),
        "sending-model": _("Sending the model …"),
        "delete-failed": _("It could not be deleted. {reason}"),
        "explaining": _("Looking at the photo …"),
        "legend-against": _("for {label}"),
        "legend-negative": _("takes from the logit"),
        "legend-positive": _("adds to the logit"),
        "legend-zero": _("or less: adds nothing"),
        "loading-failed": _("The maps could not be loaded. {reason}"),
        "nothing": _("This map is zero everywhere: no part of the picture adds to or takes from this score."),
        "nothing-positive": _(
            "No part of the picture adds to “{label}”: its map is nowhere above zero, so there is nothing to show "
            "here. Choose “adds and takes away” to see what speaks against it."
        ),
        "one-photo": _("One photo at a time: the first was taken."),
        "proof": _("mean of this map {mean} + bias {bias} = logit {logit}"),
        "proof-margin": _("mean of the two maps’ difference {mean} + bias {bias} = margin {logit}"),
        "proof-off": _("off by {residual}"),
        "unreachable": _("The server cannot be reached. Is it still running?"),
        "no-reason": _("The server answered with error {status} and gave no reason. Try again in a little while."),
        "sending": _("Sending the photo …"),
        "in-logits": _("{value} logits"),
        "shown": _("Map of {title}; probability {probability}"),
        "classes-more": _("The {shown} most probable of {count}; write more of the name to see others."),
        "not-copied": _("Copy it from the address bar"),
        "classes-failed": _("The other classes could not be loaded. {reason}"),
    }


def _of_trainings() -> dict[str, str]:
    """What is said while pictures are sent and networks trained."""
    _ = gettext
    return {
        "again-soon": _("{reason} It is tried again by itself."),
        "archive-sending": _("Sending {name}: {share}"),
        "archive-taken": _("{name} is with the server."),
        "archive-unpacking": _("Unpacking {name} …"),
        "begin-classes": _("A training needs pictures of two classes at least."),
        "begin-ready": _("{pictures} pictures of {classes} classes are with the server."),
        "begin-sending": _("On the way: {count}. A training that is started now waits for them."),
        "class-bar": _("Pictures of {label} on their way"),
        "class-files": _("Choose pictures of {label}"),
        "class-folder": _("A folder of pictures of {label}"),
        "class-picture": _("picture"),
        "class-pictures": _("pictures"),
        "class-remove": _("Remove {label}"),
        "class-sending": _("pictures; sending, {done} of {total}"),
        "class-sent": _("Pictures of {label} with the server: {count}"),
        "class-unnamed": _("this class"),
        "class-wants-name": _("pictures; waiting until the class has a name: {count}"),
        "connection-lost": _("The server cannot be reached. This page goes on by itself as soon as it can."),
        "name-taken": _("There is a class called “{name}” already."),
        "no-picture": _("is no picture."),
        "refused": _("{count} not taken"),
        "which-class": _("Drop pictures on their class; dropped elsewhere, each folder of pictures becomes a class."),
    }


def _of_comparisons() -> dict[str, str]:
    """What is said of two networks and one photo."""
    _ = gettext
    return {
        "moved": _("{share} of what adds to “{label}” lies elsewhere than before."),
        "region-drawn": _("your region"),
        "share-none": _(
            "In {region}, {area} of the photo, lies {before} of what adds to “{label}” before and {after} after; "
            "a dash means that nothing adds to it."
        ),
        "share-same": _("In {region}, {area} of the photo, lies {before} of what adds to “{label}”, as before."),
        "share-more": _(
            "In {region}, {area} of the photo, lay {before} of what adds to “{label}”; now it is {after}, "
            "{points} points more."
        ),
        "share-fewer": _(
            "In {region}, {area} of the photo, lay {before} of what adds to “{label}”; now it is {after}, "
            "{points} points less."
        ),
        "compared-cell": _("here: before {before}, after {after}, change {change} logits"),
        "comparison-failed": _("The maps could not be loaded. {reason}"),
        "no-region": _("Draw a region on a map, or type its edges, to see how much of the evidence lies in it."),
        "region-wrong": _(
            "The left edge must lie left of the right one, the top above the bottom, and some of it on the photo."
        ),
        "shift": _("in all {value} logits"),
    }


def sentence(key: str, **values: str) -> str:
    """One of the shared sentences, with its names filled in."""
    return sentences()[key].format(**values)


def script_text() -> str:
    """The sentences as JSON, for static/js/text.js."""
    return json.dumps(sentences(), ensure_ascii=False)
