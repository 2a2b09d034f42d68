"""Which scripts a page's own script imports, so that a browser fetches all of them at once, not one after the other."""

import re
from functools import cache

from app.paths import STATIC_DIR

IMPORT = re.compile(r'^(?:import|export)\b[^;]*?\bfrom "\./([\w-]+\.js)";', re.MULTILINE)


@cache
def imported(script: str) -> tuple[str, ...]:
    """The scripts that a script of static/js imports, and what those import, in the order they are met.

    Args:
        script: the file's name

    Returns:
        names without the script's own; none for a script that is not there
    """
    path = STATIC_DIR / "js" / script
    found: dict[str, None] = {}
    waiting = IMPORT.findall(path.read_text("utf-8"))[::-1] if path.is_file() else []
    while waiting:
        name = waiting.pop()
        if name not in found and name != script:
            found[name] = None
            waiting += IMPORT.findall((STATIC_DIR / "js" / name).read_text("utf-8"))[::-1]
    return tuple(found)
