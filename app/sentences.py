"""The sentences that scripts show, and those they share with the server: each has a key, and {names} to fill in.

A part of the pages has a module of its own here, sentences_<part>.py, with the one function `sentences`.
"""

import json

from app import (
    sentences_album,
    sentences_asking,
    sentences_asking_network,
    sentences_camera,
    sentences_comparing,
    sentences_explaining,
    sentences_learning,
    sentences_panels,
    sentences_training,
    sentences_where,
    sentences_zones,
)

PARTS = (
    sentences_explaining,
    sentences_asking,
    sentences_asking_network,
    sentences_training,
    sentences_zones,
    sentences_comparing,
    sentences_panels,
    sentences_album,
    sentences_camera,
    sentences_where,
    sentences_learning,
)


def sentences() -> dict[str, str]:
    """All of them, by key."""
    return {key: words for part in PARTS for key, words in part.sentences().items()}


def sentence(key: str, **values: str) -> str:
    """One of them, with its names filled in."""
    return sentences()[key].format(**values)


def script_text() -> str:
    """All of them as JSON, for static/js/text.js."""
    return json.dumps(sentences(), ensure_ascii=False)
