"""Which classes to explain: from labels and indices, as people write them, to indices."""

import difflib
import re
from collections import defaultdict
from collections.abc import Sequence

from app.errors import Unusable
from model.cam import Array
from model.scores import top_classes

DEFAULT_TOP_K = 5
BY_INDEX = re.compile(r"index:(\d{1,9})")
BETWEEN_NAMES = re.compile(r"[,;()\[\]]")
WORD = re.compile(r"\w+")
SUGGESTIONS = 3
LONGEST_LABEL = 200


def named_classes(labels: Sequence[str], wanted: Sequence[str], field: str = "classes") -> tuple[int, ...]:
    """The classes that were asked for, in that order.

    Args:
        labels: of the bundle
        wanted: labels, whatever their case, or "index:285"; a label that several classes share
            ("crane") means all of them
        field: what they were asked for in, to name it in a refusal

    Raises:
        Unusable: there is no such class; those that may have been meant are suggested
    """
    if not wanted:
        return ()
    indices: dict[str, list[int]] = defaultdict(list)
    for index, label in enumerate(labels):
        indices[label.strip().casefold()].append(index)
    found: list[int] = []
    for name in wanted:
        match = BY_INDEX.fullmatch(name.strip())
        if match is None:
            found += indices.get(name.strip().casefold()) or _unknown(name, labels, field)
        elif int(match[1]) < len(labels):
            found.append(int(match[1]))
        else:
            raise Unusable(f"'{field}': there is no class {match[1]}; indices go from 0 to {len(labels) - 1}.")
    return tuple(dict.fromkeys(found))


def _unknown(name: str, labels: Sequence[str], field: str) -> list[int]:
    close = _meant(name.strip()[:LONGEST_LABEL].casefold(), labels)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    raise Unusable(f"'{field}': there is no class {name[:80]!r}; use a label of the model, or 'index:0'.{hint}")


def _meant(name: str, labels: Sequence[str]) -> list[str]:
    """What can be written instead, quoted: that number as an index, labels with all the words, those spelled alike."""
    if name.isdecimal() and int(name) < len(labels):
        return [f"'index:{int(name)}' ({labels[int(name)]})"]
    called: dict[str, str] = {}
    for label in labels:
        for one in (label, *BETWEEN_NAMES.split(label)):
            called.setdefault(one.strip().casefold(), label)
    words = set(WORD.findall(name))
    holding = [one for one in called if words and words.issubset(WORD.findall(one))]
    close = [
        *difflib.get_close_matches(name, holding, SUGGESTIONS, cutoff=0),
        *difflib.get_close_matches(name, called, SUGGESTIONS),
    ]
    return [repr(label) for label in dict.fromkeys(called[one] for one in close)][:SUGGESTIONS]


def chosen(logits: Array, top_k: int, extra: Sequence[int]) -> list[int]:
    """The top k by probability, then the others asked for, each once."""
    return list(dict.fromkeys([*top_classes(logits, top_k), *extra]))
