"""`camscope backup` and `camscope restore`: a copy of the data folder, and back."""

from pathlib import Path
from typing import Annotated

import typer

TargetArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="Becomes the backup; must not be there yet.")]
SourceArgument = Annotated[Path, typer.Argument(metavar="FOLDER", help="A backup that `camscope backup` has made.")]


def backup(target: TargetArgument) -> None:
    """Copy photos, explanations, models and trainings into a new folder; the server may go on running."""
    from app.backup import back_up
    from app.cli_explain import progress
    from app.cli_settings import load_settings

    made = back_up(load_settings().data_dir, target, progress)
    typer.echo(f"{_counted(made.explanations, made.models)} are backed up in {target}")
    if made.left_out:
        typer.echo(f"{made.left_out:,} that were deleted meanwhile are not among them")
    typer.echo(f"Put them back, into an empty data folder: camscope restore {target}")


def restore(source: SourceArgument) -> None:
    """Put a backup into a data folder that is empty or not there; nothing is overwritten."""
    from app.backup import restore as put_back
    from app.cli_explain import progress
    from app.cli_settings import load_settings

    data_dir = load_settings().data_dir
    made = put_back(source, data_dir, progress)
    typer.echo(f"{_counted(made.explanations, made.models)} of {made.made_at} are restored in {data_dir}")


def _counted(explanations: int, models: int) -> str:
    named = f"{explanations:,} explanation{'' if explanations == 1 else 's'}"
    return f"{named} and {models:,} model{'' if models == 1 else 's'}"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)
