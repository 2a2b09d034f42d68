"""The catalogues hold every sentence of the sources, translated, with the same places for values."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from app.languages import DEFAULT_LANGUAGE, LANGUAGES
from app.text import catalogue_path
from scripts import catalogue
from scripts.told_sentences import told_sentences

PLACES = re.compile(r"%\(\w+\)s|%%|(?<!%)\{\w*\}")
TRANSLATED = [language for language in LANGUAGES if language != DEFAULT_LANGUAGE]


def messages(language: str) -> list[Message]:
    return [message for message in catalogue.read(language) if message.id]


def forms(message: Message) -> list[tuple[str, str]]:
    """English and translation, of each form; languages may have fewer of them."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    return [(message.id[1], words) for words in message.string]


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_is_missing(language: str) -> None:
    assert catalogue.missing(language) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_is_translated_that_is_said_no_more(language: str) -> None:
    assert catalogue.gone(language) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_file_is_as_the_script_writes_it(language: str) -> None:
    assert catalogue_path(language).read_text() == catalogue.drawn(language), "run python -m scripts.catalogue"


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_places_of_the_english(language: str) -> None:
    for message in messages(language):
        for english, words in forms(message):
            assert sorted(PLACES.findall(words)) == sorted(PLACES.findall(english)), english


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_are_written_like_the_english(language: str) -> None:
    for message in messages(language):
        for english, words in forms(message):
            assert words == words.strip(), english
            assert words[-1:] != " ", english
            assert ("  " in words) == ("  " in english), english
            assert words.count("“") == words.count("”"), english


def test_korean_is_korean() -> None:
    """Nothing but names, signs and commands stays as it is."""
    same = {message.id for message in messages("ko") if not re.search("[가-힣]", str(message.string))}
    english = {one for one in same if re.search(r"[A-Za-z]{2}", PLACES.sub("", str(one)))}
    assert english == {
        "API",
        "Id",
        "3 × 3 / 1, same",
        "ants=ant",
        "%(before)s and %(after)s",
        "{done} of {total}",
        "{epoch} of {planned}",
        "{size} MB",
        "{size} kB",
    }


def test_asked_for_help_it_writes_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("written")

    monkeypatch.setattr(Path, "write_text", refuse)
    monkeypatch.setattr("sys.argv", ["catalogue", "--help"])
    with pytest.raises(SystemExit, match="0"):
        catalogue.main()
    assert "--missing" in capsys.readouterr().out


def test_a_refusal_is_found_wherever_its_words_are(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text(
        'WORDS = "From a constant."\n'
        "def words(a):\n    return f'From a function: {a}.'\n"
        "def refuse(a, b):\n"
        "    raise Unusable(f'{a} of {b + 1} in an f-string.')\n"
        "    raise errors.NotFound('Plain.' if a else WORDS)\n"
        "    raise BrokenPhoto(words(a))\n"
        "    raise Busy(3, 'Come back in {seconds} s.')\n"
        "    raise ValueError('Not for people.')\n"
        "    return noted('Noted.')\n"
    )
    found = told_sentences([source])
    mine = {sentence for sentence, places in found.items() if source.as_posix() in places}
    assert mine == {
        "From a constant.",
        "From a function: {0}.",
        "{0} of {1} in an f-string.",
        "Plain.",
        "Come back in {0} s.",
        "Noted.",
    }
    assert "Choose a photo first." not in found
    assert "'{0}' takes {1} or more." in found
    assert "Too many photos are waiting; try again in {0} s." in found
