"""`camscope models`: the model folders there are."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.config import Settings
from model.bundle import Bundle, read_bundle
from model.embedded import NAME, embedded_path
from model.errors import BundleError
from model.manifest import MANIFEST


def run(settings: Settings) -> int:
    """Print a table of the model folders; those that are refused are named below it.

    Returns:
        the exit status: 1 where a folder is refused
    """
    table = Table("name", "id", "head", "classes", "exact map", "made", "folder", title="Model folders")
    refused = []
    for path in folders(settings):
        try:
            table.add_row(*row(read_bundle(path)))
        except BundleError as error:
            refused.append(str(error))
    console = Console()
    if table.row_count:
        console.print(table)
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


def row(bundle: Bundle) -> list[str]:
    """One line of the table."""
    spec = bundle.spec
    made = f"{bundle.created_at:%Y-%m-%d}"
    texts = [bundle.name, bundle.id, spec.head, f"{spec.classes:,}", "yes" if spec.exact else "no", made]
    return [escape(text) for text in (*texts, str(bundle.path))]
