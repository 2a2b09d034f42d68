"""The commands that need torch: `networks` and `export`."""

import typer


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
