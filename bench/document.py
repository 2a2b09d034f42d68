"""Put the bars and the picture of a run into the README: `python -m bench.document [FOLDER …]`.

Of several folders, each from a run of other sections, the first also gives the machine.
"""

import json
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from bench import plot
from bench.bars import BARS, Bar
from bench.machine import sentence
from bench.report import Verdict, bars_table, busy
from bench.results import Result, Row

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
IMAGES = ROOT / "docs" / "images"
BEGIN = "<!-- bars, written by python -m bench.document -->"
WIDTH = 120  # of a line
END = "<!-- end of bars -->"


def documented(text: str, *summaries: Mapping[str, Any]) -> str:
    """A text with the bars of runs, as their summary.json have them, between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    found: dict[str, Verdict] = {}
    for kept in (kept for summary in summaries for kept in summary["bars"]):
        if kept["key"] not in found or found[kept["key"]][1] is None:  # one run may have failed where another did not
            found[kept["key"]] = verdict(kept)
    bars = bars_table([found[bar.key] for bar in BARS if bar.key in found])
    rounds = "; ".join(f"{run['settings']['rounds']} rounds of {', '.join(run['sections'])}" for run in summaries)
    measured = textwrap.fill(
        f"{sentence(summaries[0]['machine'])} {rounds}.", WIDTH, break_on_hyphens=False, break_long_words=False
    )
    warnings = [f"{', '.join(run['sections'])}: {line}" for run in summaries for line in busy(run["machine"])]
    lines = [BEGIN, *bars, "", measured, *(["", *warnings] if warnings else []), END]
    return before + "\n".join(lines) + after


def merged(*summaries: Mapping[str, Any]) -> dict[str, Result]:
    """The sections of runs, by name; of one that was run twice, the first."""
    sections = {name: kept for summary in reversed(summaries) for name, kept in summary["sections"].items()}
    return {name: Result(**{**kept, "rows": [Row(**row) for row in kept["rows"]]}) for name, kept in sections.items()}


def verdict(kept: Mapping[str, Any]) -> Verdict:
    """A bar and its figure, from summary.json."""
    return Bar(**{field.name: kept[field.name] for field in fields(Bar)}), kept["measured"]


def main() -> None:
    """Write the README's part, and the pictures beside its others."""
    folders = [Path(name) for name in sys.argv[1:]] or [ROOT / "bench" / "out"]
    summaries = [json.loads((folder / "summary.json").read_text()) for folder in folders]
    README.write_text(documented(README.read_text(), *summaries))
    plot.draw(merged(*summaries), IMAGES)


if __name__ == "__main__":
    main()
