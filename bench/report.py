"""What was measured, in tables that read well in a terminal and in Markdown, and as JSON."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.bars import BARS, Bar, amount
from bench.machine import sentence
from bench.results import Result, Row

NOT_MEASURED = "not measured"
Verdict = tuple[Bar, float | None]
"""A bar and what was measured for it, if anything was."""


def report(
    results: Mapping[str, Result], machine: Mapping[str, Any], rounds: int, failures: Mapping[str, str] | None = None
) -> str:
    """The whole report: the bars first, then a table for each section, and why others failed."""
    failures = failures or {}
    lines = [
        "# Camscope beside the bare network and its peers",
        "",
        sentence(machine),
        f"{rounds} rounds.",
        *busy(machine),
        "",
    ]
    lines += bars_table(list(verdicts(results, failures)))
    for result in results.values():
        lines += ["", f"## {result.title}", ""]
        if result.rows:
            lines += [*section_table(result.rows), ""]
        if result.lines:
            lines += [*result.lines, ""]
        lines += [f"- {note}" for note in result.notes]
    for name, why in failures.items():
        lines += ["", f"## {name} failed", "", why]
    return "\n".join(lines) + "\n"


def busy(machine: Mapping[str, Any]) -> list[str]:
    """A warning where others were using the machine: torch's threads wait for each other most, so it loses most."""
    if machine["load"] <= machine["cores"] / 2:
        return []
    return ["**The machine was busy when this began. torch suffers most from that: ratios to the peers flatter.**"]


def verdicts(results: Mapping[str, Result], failed: Collection[str] = ()) -> Iterator[Verdict]:
    """The bars of the sections that were run, with what was measured; None where nothing was.

    Args:
        results: by section
        failed: sections that were run and have no result
    """
    measured = {key: value for result in results.values() for key, value in result.bars.items()}
    for bar in BARS:
        if bar.key in measured or ((bar.section in results or bar.section in failed) and not bar.optional):
            yield bar, measured.get(bar.key)


def bars_table(judged: Sequence[Verdict]) -> list[str]:
    """What, measured, bar, met or not."""
    rows = [(bar.what, told(bar, value), bar.wanted, "met" if good(bar, value) else "NOT MET") for bar, value in judged]
    if not rows:
        return []
    met = sum(good(bar, value) for bar, value in judged)
    return [*table(("what", "measured", "bar", ""), rows, ">>"), "", f"{met} of {len(rows)} bars met."]


def told(bar: Bar, value: float | None) -> str:
    """What was measured, in words."""
    return NOT_MEASURED if value is None else amount(value, bar.unit)


def good(bar: Bar, value: float | None) -> bool:
    """Whether a bar is met; one that was not measured is not."""
    return value is not None and bar.met(value)


def section_table(rows: Sequence[Row]) -> list[str]:
    """Ratios first, then absolute figures with their quartiles."""
    cells = [
        (
            row.name,
            "" if row.ratio is None else f"{row.ratio:.2f} x",
            row.against,
            f"{figure(row.value)} {row.unit}",
            "" if row.low is None or row.high is None else f"{figure(row.low)} – {figure(row.high)}",
            row.note,
        )
        for row in rows
    ]
    return table(("", "ratio", "to", "median", "quartiles", ""), cells, "> >>")


def figure(value: float) -> str:
    """Three digits or so."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: str) -> list[str]:
    """A Markdown table, its columns aligned for reading as it is; those that are empty are left out.

    Args:
        head: names of the columns
        rows: of cells
        right: for each column after the first, ">" where it is aligned to the right
    """
    shown = [place for place in range(len(head)) if any(row[place] for row in rows)]
    widths = {place: max(len(line[place]) for line in (head, *rows)) for place in shown}
    to_right = {place for place, side in enumerate(right, start=1) if side == ">"}

    def line(cells: Sequence[str]) -> str:
        padded = (cells[p].rjust(widths[p]) if p in to_right else cells[p].ljust(widths[p]) for p in shown)
        return f"| {' | '.join(padded)} |"

    rule = ("-" * (widths[p] + 1) + (":" if p in to_right else "-") for p in shown)
    return [line(head), f"|{'|'.join(rule)}|", *map(line, rows)]


def as_json(
    results: Mapping[str, Result],
    machine: Mapping[str, object],
    settings: Mapping[str, object],
    failures: Mapping[str, str] | None = None,
) -> str:
    """Everything, for programs."""
    failures = failures or {}
    bars = [{**asdict(bar), "measured": value, "met": good(bar, value)} for bar, value in verdicts(results, failures)]
    sections = {name: asdict(result) for name, result in results.items()}
    whole = {"machine": machine, "settings": settings, "bars": bars, "sections": sections, "failures": failures}
    return json.dumps(whole, indent=1, ensure_ascii=False, default=str) + "\n"
