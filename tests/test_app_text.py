"""Numbers as people read them, and no visible word outside gettext."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from app import text
from app.paths import STATIC_DIR, TEMPLATES_DIR
from app.templating import environment

TEMPLATES = sorted(TEMPLATES_DIR.iterdir())
SCRIPTS = sorted((STATIC_DIR / "js").glob("*.js"))
NAMES = {"Camscope", "PNG", "NPY", "JSON", "CSV", "HTML", "COCO", "VOC", "Pascal", "XML"}  # the same in every language
SEEN_ATTRIBUTES = {"alt", "title", "placeholder", "aria-label", "aria-roledescription", "label", "content"}
MACHINE_LISTS = {"data-module", "data-take"}
MACHINE_CONTENT = {"width=device-width, initial-scale=1", "light dark"}
NAMING_BLOCKS = re.compile(r"{% block (?:page_class|script) %}[\w.-]*{% endblock %}")  # of a class, of a file
WORD = re.compile(r"[^\W\d_]{2,}")
LITERAL = re.compile(r""""((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`""")
PUT_IN = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
PROSE = re.compile(r"[A-Za-z]{2,}[,.!?…]? [A-Za-z]{2,}|[A-Za-z][.!?…]$|^[A-Z][a-z]+$")
CODE = re.compile(
    r"^(?:use strict|([a-z]+)( \1--[\w${}-]+)+|<\?xml[^>]*>|[MZhvlL\d. -]+|"
    r"\[data-[^ ]*\]|Arrow\w+|Enter|Escape|\./[\w-]+\.js|2d|[a-z]+__[a-z]+( [a-z]+)+|tbody tr|input, select|th, td)$"
)
FOUND = ("text", "find", "element", "given", "join")  # calls whose words are keys or places, or are told apart already
SHOWN = re.compile(r"\.(?:textContent|innerText|title|placeholder|alt|ariaLabel|innerHTML)\s*\+?=\s*([^;]+)")


class BareWords(HTMLParser):
    """Words of a template's own text and of its attributes that people see or hear."""

    def __init__(self, skeleton: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(skeleton)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes."""
        for name, value in attrs:
            is_question = name.startswith("data-") and " " in (value or "").strip() and name not in MACHINE_LISTS
            if (name in SEEN_ATTRIBUTES or is_question) and value not in MACHINE_CONTENT:
                self.handle_data(value or "")

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        """Look at the text."""
        self.found += [word for word in WORD.findall(data) if word not in NAMES]


def skeleton(source: str) -> str:
    """A template without its expressions and statements."""
    words = NAMING_BLOCKS.sub("", source)
    return "".join(value for _, kind, value in environment().lex(words) if kind == "data")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_bare_word_in_templates(path: object) -> None:
    assert BareWords(skeleton(path.read_text())).found == []  # type: ignore[attr-defined]


def test_bare_words_would_be_found() -> None:
    wrong = '<p>Hello {{ name }}</p><img alt="A cat"><input placeholder="{{ _("x") }} here" data-ask="Are you sure">'
    assert BareWords(skeleton(wrong)).found == ["Hello", "cat", "here", "Are", "you", "sure"]


def literals(source: str) -> list[str]:
    """The string literals of a script, without its comments and what templates put in."""
    return [PUT_IN.sub("0", "".join(parts)) for parts in LITERAL.findall(COMMENT.sub("", source))]


def bare_sentences(source: str) -> list[str]:
    """Literals that look like words for people, and whatever is shown without going through text()."""
    prose = [one for one in literals(source) if PROSE.search(one) and not CODE.match(one) and one not in NAMES]
    shown = [value for value in SHOWN.findall(COMMENT.sub("", source)) if any(map(WORD.search, literals(strip(value))))]
    return prose + shown


def strip(value: str) -> str:
    """An expression without its lookups, its calls of text(), its comparisons and what templates put in."""
    while call := re.search(rf"\b(?:{'|'.join(FOUND)})\(", value):
        depth, end = 1, call.end()
        while depth and end < len(value):
            depth += {"(": 1, ")": -1}.get(value[end], 0)
            end += 1
        value = value[: call.start()] + value[end:]
    return re.sub(r'[!=]== "[^"]*"|\$\{[^{}]*\}', "", value)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_bare_sentence_in_scripts(path: object) -> None:
    assert bare_sentences(path.read_text()) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "wrong",
    ['alert("Something went wrong")', "element.textContent = 'deleted';", 'say("Done.")', "x = `The photo ${name}`;",
     'button.title = ok ? "yes" : "no";', 'say("Deleted")'],
)  # fmt: skip
def test_bare_sentences_would_be_found(wrong: str) -> None:
    assert bare_sentences(wrong)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(9.124, "9.12"), (-31.42, "−31.42"), (812.34, "812.3"), (12345.6, "12346"), (0.0512, "0.0512"), (0, "0.00"),
     (-1e-12, "0.00000000"), (1e-9, "0.00000000"), (99.996, "100.00")],
)  # fmt: skip
def test_the_size_of_a_number_chooses_its_decimals(value: float, shown: str) -> None:
    assert text.fixed(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(1.2, "+1.20"), (-0.31, "−0.310"), (0, "0.00"), (-0.0, "0.00")])
def test_signs_are_always_said(value: float, shown: str) -> None:
    assert text.signed(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0.0%"), (1, "100.0%"), (0.612, "61.2%"), (1e-6, "<0.1%"), (0.99999, ">99.9%"), (0.001, "0.1%")],
)
def test_shares_are_never_all_or_nothing_by_rounding(value: float, shown: str) -> None:
    assert text.percent(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (1.2e-6, "1e-6"), (-3e-7, "3e-7"), (2.0, "2e+0"), (1e-10, "1e-10")]
)
def test_small_differences_have_one_digit(value: float, shown: str) -> None:
    assert text.tiny(value) == shown


def test_moments_are_utc() -> None:
    assert text.moment(datetime(2026, 3, 4, 5, 6, tzinfo=UTC)) == "4 Mar 2026, 05:06 UTC"


def test_an_unknown_language_falls_back_to_the_sources() -> None:
    assert text.translations("xx").gettext("Delete") == "Delete"


@pytest.mark.parametrize(
    ("parts", "digits"),
    [((9.09, 0.03, 9.12), 2), ((5.7652, -0.0145, 5.7507), 3), ((0, 0, 0), 2), ((1.0, 1.0, 5.0), 2)],
)
def test_a_sum_holds_as_it_is_written_where_a_few_more_decimals_can_do_that(
    parts: tuple[float, float, float], digits: int
) -> None:
    assert text.summing_decimals(*parts) == digits
