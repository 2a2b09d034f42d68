"""The pages' own modules inside a file that is opened from a disk, where "./geometry.js" leads nowhere."""

import base64
import hashlib
import json
from dataclasses import dataclass

from markupsafe import Markup

from app.modules import joined
from app.security import policy
from app.sentences import sentences


@dataclass(frozen=True)
class Scripts:
    """What a file carries to run an entry module and all that it imports.

    Attributes:
        source: the content of a <script type="module">
    """

    source: Markup

    def sentences_json(self) -> str:
        """The sentences that these modules ask for, for static/js/text.js."""
        return json.dumps({key: words for key, words in sentences().items() if f'"{key}"' in self.source})


def embedded_scripts(entry: str) -> Scripts:
    """A module of static/js and everything it imports."""
    return Scripts(Markup(joined(entry).source))  # noqa: S704 (our own files)


def sources_policy(styles: str, scripts: Scripts | None) -> str:
    """A Content-Security-Policy for a file that has these inside: it runs and shows that, and asks nobody."""
    allowed = {
        "default-src": "'none'",
        "script-src": "'none'" if scripts is None else _hash(scripts.source),
        "style-src": _hash(styles),
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return policy(allowed)


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
