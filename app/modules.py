"""A page's script and all that it imports, put together into one: a browser asks once, not a hundred times.

Nothing is built: the modules of static/js are taken as they lie on the disk, in the moment a page is drawn, and what is
edited is what is served (docs/decisions/0127-a-pages-modules-are-joined.md).
"""

import hashlib
import os
import re
from dataclasses import dataclass
from functools import lru_cache

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import NotFound
from app.paths import STATIC_DIR

SCRIPTS = STATIC_DIR / "js"
PAGE = re.compile(r"page-[a-z-]+\.js")
# Of these a module is imported while they run, and must be the one that others have: docs/decisions/0137.
APART = ("page-album.js", "page-upload.js")

NEIGHBOUR = re.compile(r'^import (?:(\w+)|\{([^}]*)\}) from "\./([\w-]+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (default )?((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
EXPORTED_AGAIN = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b.*|\bimport\.meta\b|</script|<!--", re.MULTILINE)

DIGITS = 16  # of an address

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Joined:
    """Scripts that belong together.

    Attributes:
        source: of all of them, each in a scope of its own
        names: of the files in it, what is asked for before who asks
        address: where it is served; another source has another one
    """

    source: str
    names: tuple[str, ...]
    address: str


def joined(entry: str) -> Joined:
    """What a script of static/js needs to run, as its files are now.

    Raises:
        FileNotFoundError: it, or what it imports, is not there
        ValueError: a file has a form of import or export that is not known here, or imports itself in the end
    """
    with os.scandir(SCRIPTS) as files:
        return _joined(entry, frozenset((file.name, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=64)
def _joined(entry: str, _: frozenset[tuple[str, int]]) -> Joined:
    sources: dict[str, str] = {}
    _collect(entry, sources, ())
    source = "\n".join(_scope(name, text) for name, text in sources.items())
    digest = hashlib.sha256(source.encode()).hexdigest()[:DIGITS]
    return Joined(source, tuple(sources), f"/static/joined/{digest}/{entry}")


def script_address(page: str) -> str:
    """Where a page finds its script."""
    return f"/static/js/{page}" if page in APART else joined(page).address


def preloaded(page: str) -> tuple[str, ...]:
    """The scripts that a page's own imports one by one, so that a browser fetches all of them at once."""
    return joined(page).names[:-1] if page in APART else ()


def _collect(name: str, sources: dict[str, str], asking: tuple[str, ...]) -> None:
    """Read a file, after all that it imports."""
    if name in asking:
        raise ValueError(f"{name} imports itself: {' > '.join(asking)}")
    source = (SCRIPTS / name).read_text("utf-8")
    for _, _, other in NEIGHBOUR.findall(source):
        if f"{other}.js" not in sources:
            _collect(f"{other}.js", sources, (*asking, name))
    sources[name] = source


def _scope(name: str, source: str) -> str:
    """A module as a function that is called at once, and answers with what it exports.

    Raises:
        ValueError: it has a form of import or export that is not known here
    """
    exports = [f"default: {own}" if default else own for default, _, own in EXPORT.findall(source)]
    exports += [own.strip() for names in EXPORTED_AGAIN.findall(source) for own in names.split(",") if own.strip()]
    body = EXPORTED_AGAIN.sub("", EXPORT.sub(r"\2", NEIGHBOUR.sub(_taken, source)))
    if unknown := LEFT.search(body):
        raise ValueError(f"{name}: {unknown[0]}")
    return f"// {name}\nconst {_variable(name)} = (() => {{\n{body}\nreturn {{ {', '.join(exports)} }};\n}})();\n"


def _taken(found: re.Match[str]) -> str:
    whole, parts, module = found.groups()
    names = f"default: {whole}" if whole else parts.replace(" as ", ": ")
    return f"const {{ {names.strip()} }} = {_variable(f'{module}.js')};"


def _variable(name: str) -> str:
    return f"${name.removesuffix('.js').replace('-', '_')}"


@router.get("/static/joined/{digest}/{entry}")
def get_joined(digest: str, entry: str) -> Response:
    """Kept by browsers for good. A page that is older than the scripts gets the present ones, which are not kept."""
    if not PAGE.fullmatch(entry) or not (SCRIPTS / entry).is_file():
        raise NotFound
    script = joined(entry)
    is_present = script.address == f"/static/joined/{digest}/{entry}"
    keeping = "public, max-age=31536000, immutable" if is_present else "no-store"
    return Response(script.source, media_type="text/javascript", headers={"Cache-Control": keeping})
