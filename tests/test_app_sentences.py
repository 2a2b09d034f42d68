"""Sentences that scripts and server share."""

import json
import re

from app import sentences
from app.paths import PACKAGE_DIR, STATIC_DIR

SCRIPTS = sorted((STATIC_DIR / "js").glob("*.js"))


def test_scripts_and_server_know_the_same_sentences() -> None:
    asked = set()
    for path in SCRIPTS:
        calls = re.findall(r"\btext\(([^;]*?)\)", path.read_text())
        asked |= {key for call in calls for key in re.findall(r'"([a-z][a-z-]+)"', call)}
    for path in PACKAGE_DIR.glob("*.py"):
        asked |= set(re.findall(r'\bsentence\(\s*"([\w-]+)"', path.read_text()))
        asked |= {key for call in re.findall(r"\bsentence\(([^()]*)", path.read_text())
                  for key in re.findall(r'"([a-z][a-z-]+)"', call)}  # fmt: skip
    assert asked == set(sentences.sentences())


def test_sentences_reach_scripts_as_json() -> None:
    assert json.loads(sentences.script_text()) == sentences.sentences()


def test_a_sentence_fills_in_its_names() -> None:
    assert sentences.sentence("against", label="cat", other="{label}") == "cat rather than {label}"


def test_no_key_is_used_twice() -> None:
    keys = [key for part in sentences.PARTS for key in part.sentences()]
    assert len(keys) == len(set(keys))
