"""The `camscope` command, also as `python -m app`."""

import sys

from app.loading import uncollected


def main() -> None:
    """Run it."""
    try:
        with uncollected():
            from app import cli
    except KeyboardInterrupt:
        sys.exit(130)
    cli.main()


if __name__ == "__main__":
    main()
