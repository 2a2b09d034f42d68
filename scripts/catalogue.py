"""Keep the catalogues of translations up to date, and say what has no translation.

A catalogue holds every sentence of the sources once, in the order of the files, without line numbers and dates, so
that a change of the sources changes as little as possible in it. Translations of sentences that are gone go with them.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.languages import DEFAULT_LANGUAGE, LANGUAGES
from app.text import catalogue_path
from scripts.told_sentences import told_sentences

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {"gettext": None, "_": None, "ngettext": (1, 2)}
SOURCES = (("app", [("**.py", "python")]), ("templates", [("**.html", "jinja2")]))
COMMANDS = "cli"  # the command line speaks English
ID = str | tuple[str, str]


@dataclass
class Sentence:
    """One of the sources: its English, or the two forms of it, and the files it is in."""

    english: ID
    files: set[str] = field(default_factory=set)


def sources() -> list[Sentence]:
    """Every sentence that is shown, by the first file it is in."""
    found: dict[ID, Sentence] = {}
    for name, english in _said():
        found.setdefault(english, Sentence(english)).files.add(name)
    return sorted(found.values(), key=lambda one: min(one.files))


def _said() -> Iterator[tuple[str, ID]]:
    for folder, methods in SOURCES:
        for name, _, english, *_ in extract_from_dir(ROOT / folder, methods, keywords=KEYWORDS):
            yield f"{folder}/{name}", english if isinstance(english, str) else (english[0], english[1])
    files = [path for top in ("app", "model") for path in sorted((ROOT / top).rglob("*.py"))]
    files = [path for path in files if not path.name.startswith(COMMANDS)]
    for english, places in told_sentences(files).items():
        for place in places:
            yield Path(place).resolve().relative_to(ROOT).as_posix(), english


def read(language: str) -> Catalog:
    """The catalogue as it is; empty where there is none."""
    path = catalogue_path(language)
    return read_po(BytesIO(path.read_bytes() if path.is_file() else b""), locale=language, abort_invalid=True)


def missing(language: str) -> list[ID]:
    """What has no translation, in the order of the sources."""
    known = read(language)
    return [one.english for one in sources() if not _is_whole(known.get(one.english))]


def gone(language: str) -> list[str]:
    """What is translated, and said nowhere."""
    said = {one.english if isinstance(one.english, str) else one.english[0] for one in sources()}
    ids = [message.id if isinstance(message.id, str) else message.id[0] for message in read(language) if message.id]
    return [one for one in ids if one not in said]


def _is_whole(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    return bool(message.string) if isinstance(message.string, str) else all(message.string or ("",))


def drawn(language: str) -> str:
    """The catalogue's file as it should be: what is known of it, and every sentence of the sources."""
    known, path = read(language), catalogue_path(language)
    head = path.read_text().split("\n\n")[0] if path.is_file() else _head(language)
    fresh = Catalog(locale=language)
    for one in sources():
        before = known.get(one.english)
        comments = before.user_comments if before else ()
        places = [(name, 0) for name in sorted(one.files)]
        fresh.add(one.english, before.string if before else "", locations=places, user_comments=comments)
    body = BytesIO()
    write_po(body, fresh, width=0, omit_header=True, include_lineno=False)
    return f"{head}\n\n{body.getvalue().decode()}".rstrip() + "\n"


def _head(language: str) -> str:
    plurals = Catalog(locale=language).plural_forms
    lines = (f"Language: {language}", "Content-Type: text/plain; charset=UTF-8", f"Plural-Forms: {plurals}")
    return "\n".join(['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in lines)])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.catalogue", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--missing", action="store_true", help="change nothing, only say what has no translation")
    only_missing = parser.parse_args().missing
    for language in (one for one in LANGUAGES if one != DEFAULT_LANGUAGE):
        if not only_missing:
            path = catalogue_path(language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(drawn(language))
        lacking = missing(language)
        for english in lacking:
            print(f"{language}: {english if isinstance(english, str) else ' | '.join(english)}")
        print(f"{language}: {len(lacking)} of {len(sources())} sentences have no translation.", file=sys.stderr)


if __name__ == "__main__":
    main()
