"""`camscope models`: the model folders there are."""

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.config import Settings
from app.embedded import ensure_embedded
from model.bundle import Bundle, read_bundle
from model.embedded import NAME, embedded_path
from model.errors import BundleError
from model.findings import listed
from model.int8 import is_int8
from model.manifest import MANIFEST


def run(settings: Settings) -> int:
    """Print the model folders, tab-separated where no person reads; those that are refused are named below.

    Returns:
        the exit status: 1 where a folder is refused
    """
    rows, refused = [], []
    for path in folders(settings):
        try:
            rows.append(row(read_bundle(path)))
        except BundleError as error:
            refused.append(str(error))
    console = Console()
    if rows and console.is_terminal:
        console.print(table(rows))
    elif rows:
        sys.stdout.writelines("\t".join(cells) + "\n" for cells in rows)
    else:
        console.print(
            f"There is no model folder yet. `camscope serve` makes the embedded one ({NAME}); "
            f"`camscope export NETWORK --out {settings.models_folder}/NETWORK` makes another."
        )
    for reason in refused:
        Console(stderr=True).print(f"refused: {escape(reason)}", soft_wrap=True)
    return 1 if refused else 0


def folders(settings: Settings) -> list[Path]:
    """The folders named in the settings, the embedded one, and those in the models folder."""
    found = [*settings.model, embedded_path(settings.cache_dir)]
    if settings.models_folder.is_dir():
        found += sorted(settings.models_folder.iterdir())
    named = set(settings.model)
    return [path for path in dict.fromkeys(found) if path in named or (path / MANIFEST).is_file()]


def folder_of(asked: Path, settings: Settings) -> Path:
    """A model folder by its path, else by the name or the id that `camscope models` prints.

    The embedded network is made where it is asked for by name and not there yet.

    Raises:
        BundleError: there is none
    """
    if asked.exists():
        return asked
    if asked == Path(NAME):
        return ensure_embedded(settings.cache_dir)
    there = folders(settings)
    if found := next((path for path in there if Path(path.name) == asked), None):
        return found
    ids = {_id_of(path): path for path in there}
    if found := ids.get(str(asked)):
        return found
    raise BundleError(f"{asked}: there is no such model; {listed(sorted({NAME, *filter(None, ids)}))} can be named.")


def _id_of(folder: Path) -> str | None:
    with contextlib.suppress(BundleError):
        return read_bundle(folder).id
    return None


def row(bundle: Bundle) -> list[str]:
    """One line: id, head, number of classes, whether its maps are exact, folder."""
    spec = bundle.spec
    exact = "exact maps" if spec.exact else "no exact maps"
    if is_int8(bundle.provenance):
        exact += ", int8"
    return [bundle.id, spec.head, f"{spec.classes} classes", exact, str(bundle.path)]


def table(rows: Sequence[Sequence[str]]) -> Table:
    """The lines for people; nothing is cut off, so that ids and folders can be copied."""
    made = Table(show_header=False, box=None, pad_edge=False)
    for _ in rows[0]:
        made.add_column(overflow="fold")
    for cells in rows:
        made.add_row(*(escape(cell) for cell in cells))
    return made
