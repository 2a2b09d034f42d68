"""Write the tables of settings into README.md, between two markers: `python -m scripts.document_settings`."""

from itertools import groupby
from pathlib import Path

from app.config import SettingRow, setting_rows

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- settings: made by scripts/document_settings.py -->", "<!-- end of settings -->"


def tables() -> str:
    """Every setting, its default and its sentence, as a Markdown table for each heading."""
    return "\n\n".join(
        "\n".join([f"### {heading}", "", "| variable | default | meaning |", "| --- | --- | --- |", *map(line, rows)])
        for heading, rows in groupby(setting_rows(), lambda row: row.heading)
    )


def line(row: SettingRow) -> str:
    """A setting as a line of its table."""
    return f"| `{row.variable}` | {f'`{row.default}`' if row.default else ''} | {row.sentence} |"


def documented(text: str) -> str:
    """The README with the tables of today's settings in it."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(documented(README.read_text()))
