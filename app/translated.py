"""Sentences that were said in English before it was known who reads them: refusals, and what a training noted.

They are whole and have their values inside. The catalogue has them with {0}, {1} … in the values' places
(scripts/told_sentences.py finds them in the sources), so that the values can be told from the rest.
"""

import re
from functools import cache

from app.languages import language
from app.text import gettext, translations

PLACE = re.compile(r"\\\{\d+\\\}")
LONGEST = 1000  # letters; what is longer is no sentence of ours


def translated(sentence: str) -> str:
    """An English sentence in the language of the page; as it is where the catalogue has none like it."""
    whole = gettext(sentence) if sentence else sentence
    if whole != sentence or len(sentence) > LONGEST:
        return whole
    for pattern, words in _known(language()):
        if found := pattern.fullmatch(sentence):
            return words.format(*found.groups())
    return sentence


@cache
def _known(spoken: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """What a language's sentences with values look like in English, those first that say most beside their values."""
    messages: dict[object, object] = getattr(translations(spoken), "_catalog", {})
    found = [
        (re.compile(PLACE.sub("(.*?)", re.escape(english)), re.DOTALL), words)
        for english, words in messages.items()
        if isinstance(english, str) and isinstance(words, str) and "{0}" in english
    ]
    return tuple(sorted(found, key=lambda one: -len(one[0].pattern)))
