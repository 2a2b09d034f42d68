"""Write the table of settings into README.md, between its two markers: `python -m scripts.document_settings`."""

from pathlib import Path

from app.config import setting_rows

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- settings: made by scripts/document_settings.py -->", "<!-- end of settings -->"


def table() -> str:
    """Every setting, its default and its sentence, as a Markdown table."""
    rows = [
        f"| `{row.variable}` | {f'`{row.default}`' if row.default else ''} | {row.sentence} |" for row in setting_rows()
    ]
    return "\n".join(["| variable | default | meaning |", "| --- | --- | --- |", *rows])


def documented(text: str) -> str:
    """The README with the table of today's settings in it."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(documented(README.read_text()))
