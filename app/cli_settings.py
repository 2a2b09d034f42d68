"""Settings for a command: the environment, and what was given as options."""

import typer
from pydantic import ValidationError

from app.config import PREFIX, SERVER_ALONE, Settings


def load_settings(**options: object) -> Settings:
    """The settings, with the options that were given in place of the environment's values.

    Raises:
        typer.BadParameter: a value cannot be used; names the variable and what it takes
    """
    try:
        return Settings(**{name: value for name, value in options.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        source = f"--{name}" if options.get(name) is not None else f"{PREFIX}{name.upper()}"
        given = "" if name in SERVER_ALONE else f", not {first['input']!r}"
        raise typer.BadParameter(f"{source}: {first['msg']}{given}") from None
