"""The `camscope` command, also as `python -m app`."""

from app.loading import uncollected


def main() -> None:
    """Run it."""
    with uncollected():
        from app import cli
    cli.main()


if __name__ == "__main__":
    main()
