"""The pages' own modules inside a file that is opened from a disk.

There an address like "./geometry.js" leads nowhere, so each module is a `data:` address in an import map, and asks
for the others by a bare name (docs/decisions/0142-reports-embed-the-pages-modules.md).
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup

from app.paths import STATIC_DIR
from app.security import policy
from app.sentences import sentences

NEIGHBOUR = re.compile(r'(?<=from |port )"\./([\w-]+\.js)"')
PREFIX = "camscope/"


@dataclass(frozen=True)
class Scripts:
    """What a file carries to run an entry module and all that it imports.

    Attributes:
        importmap: JSON, the content of a <script type="importmap">
        start: the content of a <script type="module">
        sources: all modules' text, by name
    """

    importmap: Markup
    start: Markup
    sources: dict[str, str]

    def sentences_json(self) -> str:
        """The sentences that these modules ask for, for static/js/text.js."""
        together = "".join(self.sources.values())
        return json.dumps({key: words for key, words in sentences().items() if f'"{key}"' in together})


@cache
def embedded_scripts(entry: str) -> Scripts:
    """A module of static/js and everything it imports."""
    sources: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in sources:
            sources[name] = (STATIC_DIR / "js" / name).read_text()
            waiting += NEIGHBOUR.findall(sources[name])
    imports = {f"{PREFIX}{name}": _address(source) for name, source in sorted(sources.items())}
    start = Markup(f'import "{PREFIX}{entry}";')  # noqa: S704 (our own)
    return Scripts(Markup(json.dumps({"imports": imports})), start, sources)  # noqa: S704 (our own files)


def _address(source: str) -> str:
    renamed = NEIGHBOUR.sub(rf'"{PREFIX}\1"', source)
    return f"data:text/javascript;base64,{base64.b64encode(renamed.encode()).decode()}"


def sources_policy(styles: str, scripts: Scripts | None) -> str:
    """A Content-Security-Policy for a file that has these inside: it runs and shows that, and asks nobody."""
    run = "'none'" if scripts is None else f"{_hash(scripts.importmap)} {_hash(scripts.start)} data:"
    allowed = {
        "default-src": "'none'",
        "script-src": run,
        "style-src": _hash(styles),
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return policy(allowed)


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
