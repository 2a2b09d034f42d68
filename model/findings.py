"""What is worth telling about a set of labelled pictures: a sentence to read, and every name it speaks of."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

NAMED = 5


@dataclass(frozen=True)
class Finding:
    """One remark on a set of pictures.

    Attributes:
        sentence: for people; a long list of names is shortened in it, with a count
        names: all of them, as they are shown
    """

    sentence: str
    names: tuple[str, ...] = ()


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """'a', 'b' and 'c'; of many the first few and how many more there are."""
    shown = [f"'{name}'" for name in names[:most]]
    if more := len(names) - len(shown):
        return f"{', '.join(shown)} and {more:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """1 picture, 1,000 pictures."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def shown_name(name: str) -> str:
    """A file name that can be printed and stored anywhere: what has no letter of its own is escaped.

    Line breaks and other control characters, and bytes that are no UTF-8, become backslash escapes.
    """
    if name.isprintable():
        return name
    return "".join(one if not _unshowable(one) else _escape(one) for one in name)


def _unshowable(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps a byte of a file name that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
