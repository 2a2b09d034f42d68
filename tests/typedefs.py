"""The types in a script's comments (JSDoc), read as far as static/js/contract.js writes them.

Objects, lists, alternatives, several types at once, words in quotes, names of other types. `@property {T} [name]` and
`name?: T` may be missing.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

TOKEN = re.compile(r'"[^"]*"|\w+|\[\]|\S')
COMMENT = re.compile(r"/\*\*(.*?)\*/", re.DOTALL)
LINE_START = re.compile(r"^\s*\*", re.MULTILINE)
WORD = re.compile(r"\w+")
ELSEWHERE = re.compile(r'import\("\./(\w+\.js)"\)\.(\w+)')
PLAIN = ("number", "string", "boolean", "null")


@dataclass(frozen=True)
class Property:
    """What an object has under a name."""

    type: "Type"
    optional: bool = False


@dataclass(frozen=True)
class Type:
    """A type: any of these.

    Attributes:
        plain: names of PLAIN
        words: those it can be, with nothing else
        items: of a list
        fields: of an object, by name
    """

    plain: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    items: "Type | None" = None
    fields: dict[str, Property] | None = field(default=None, hash=False)

    def __or__(self, other: "Type") -> "Type":
        assert self.items is None or other.items is None, "two kinds of lists"
        assert self.fields is None or other.fields is None, "two kinds of objects"
        return Type(
            self.plain | other.plain,
            self.words | other.words,
            self.items or other.items,
            self.fields if other.fields is None else other.fields,
        )

    def __and__(self, other: "Type") -> "Type":
        assert self.fields is not None
        assert other.fields is not None
        assert not self.fields.keys() & other.fields.keys(), "the same field twice"
        return Type(fields=self.fields | other.fields)


class Reader:
    """Reads one type from its words."""

    def __init__(self, text: str, known: "Typedefs") -> None:
        self.known = known
        self.text = text
        self.ahead = TOKEN.findall(text)[::-1]

    @property
    def next(self) -> str:
        """The token to be read next."""
        return self.ahead[-1] if self.ahead else ""

    def whole(self) -> Type:
        """The type, with nothing behind it."""
        found = self.union()
        assert not self.ahead, self.text
        return found

    def take(self, sign: str) -> bool:
        """Step over a sign if it is next; whether it was."""
        return self.next == sign and bool(self.ahead.pop())

    def expect(self, sign: str) -> None:
        """Step over a sign that has to be next."""
        assert self.take(sign), f"{sign!r} expected, not {self.next!r}: {self.text}"

    def union(self) -> Type:
        """One type or another."""
        found = self.intersection()
        while self.take("|"):
            found |= self.intersection()
        return found

    def intersection(self) -> Type:
        """Several at once."""
        found = self.listed()
        while self.take("&"):
            found &= self.listed()
        return found

    def listed(self) -> Type:
        """One, or a list of it, or a list of those."""
        found = self.single()
        while self.take("[]"):
            found = Type(items=found)
        return found

    def single(self) -> Type:
        """One without signs behind it."""
        if self.take("("):
            found = self.union()
            self.expect(")")
            return found
        if self.take("{"):
            return Type(fields=self.object())
        word = self.ahead.pop()
        if word.startswith('"'):
            return Type(words=frozenset({word.strip('"')}))
        return Type(plain=frozenset({word})) if word in PLAIN else self.known[word]

    def object(self) -> dict[str, Property]:
        """The fields up to the closing brace."""
        fields: dict[str, Property] = {}
        while not self.take("}"):
            name = self.ahead.pop()
            optional = self.take("?")
            self.expect(":")
            assert name not in fields, f"{name} twice"
            fields[name] = Property(self.union(), optional)
            self.take(",")
        return fields


def braced(text: str) -> tuple[str, str]:
    """What stands in the braces that a text begins with, and what follows them."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if depth == 0:
            return text[1:at], text[at + 1 :].strip()
    raise AssertionError(f"a brace is open: {text}")


class Typedefs:
    """The types that a script's comments define, each read when it is asked for."""

    def __init__(self, script: Path) -> None:
        comments = [" ".join(LINE_START.sub("", one).split()) for one in COMMENT.findall(script.read_text("utf-8"))]
        found = [braced(one.removeprefix("@typedef ")) for one in comments if one.startswith("@typedef ")]
        self.folder = script.parent
        self.written = {WORD.match(rest)[0]: (inside, rest) for inside, rest in found}  # type: ignore[index]

    def __getitem__(self, name: str) -> Type:
        inside, rest = self.written[name]
        if elsewhere := ELSEWHERE.fullmatch(inside):
            return Typedefs(self.folder / elsewhere[1])[elsewhere[2]]
        if inside != "object":
            return Reader(inside, self).whole()
        fields: dict[str, Property] = {}
        for part in rest.split("@property ")[1:]:
            kind, words = braced(part)
            given = words.split()[0]
            assert given.strip("[]") not in fields, f"{given} twice in {name}"
            fields[given.strip("[]")] = Property(Reader(kind, self).whole(), given.startswith("["))
        return Type(fields=fields)
