"""Where the pages' files lie: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

PACKAGE_DIR = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    """The folder of that name in the installed package, else the one beside it in the checkout."""
    packed = PACKAGE_DIR / name
    return packed if packed.is_dir() else PACKAGE_DIR.parent / name


STATIC_DIR = _folder("static")
TEMPLATES_DIR = _folder("templates")
MIGRATIONS_DIR = PACKAGE_DIR / "migrations"
