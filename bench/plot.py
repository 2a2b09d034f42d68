"""The figures as a picture: one for light pages, one for dark ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.bars import BY_KEY
from bench.results import Result

OURS = "Camscope"
SHARES = {
    "batched/bare": "64 decoded photos",
    "http/bare": "HTTP, store=false",
    "http/bare-store": "HTTP, store=true",
    "folder/bare": "folder to files",
    "folder/evaluate": "folder to an evaluation",
}
LEFT_OUT = ("in colour", "as Camscope has it")
BESIDE = "One photo, JPEG to map: milliseconds"
NEAR = "Share of the bare rate; line: the bar"


@dataclass(frozen=True)
class Palette:
    """Colours of a page; each readable on its ground."""

    text: str
    ground: str
    ours: str
    others: str
    limit: str


PALETTES = {
    "speed.svg": Palette(text="#1f2328", ground="#ffffff", ours="#0b66c3", others="#a9b1bb", limit="#b3261e"),
    "speed-dark.svg": Palette(text="#e6edf3", ground="#0d1117", ours="#58a6ff", others="#6e7681", limit="#ff8a80"),
}


def draw(results: Mapping[str, Result], folder: Path) -> None:
    """Write speed.svg and speed-dark.svg, their ground clear; nothing where nothing was measured for them."""
    times = times_of(results)
    shares = {key: result.bars[key] for result in results.values() for key in SHARES if key in result.bars}
    if not times and not shares:
        return
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "camscope", "font.family": "sans-serif"})
    for name, palette in PALETTES.items():
        figure = Figure(figsize=(8.5, 0.9 + 0.3 * max(len(times), len(shares))), layout="constrained")
        panels = figure.subplots(1, bool(times) + bool(shares), squeeze=False)[0]
        for panel, bars in zip(panels, [shown for shown in (times, shares) if shown], strict=True):
            panel.set_ylim(len(bars) - max(len(times), len(shares)) - 0.5, len(bars) - 0.5)  # bars of one breadth
        if times:
            draw_times(panels[0], times, palette)
        if shares:
            draw_shares(panels[-1], shares, palette)
        figure.savefig(folder / name, transparent=True, metadata={"Date": None})


def times_of(results: Mapping[str, Result]) -> dict[str, float]:
    """Milliseconds from a JPEG to a map, slowest first; without what is there for information."""
    if "one-photo" not in results:
        return {}
    rows = [row for row in results["one-photo"].rows if not row.name.endswith(LEFT_OUT)]
    return {row.name: row.value for row in sorted(rows, key=lambda row: -row.value)}


def draw_times(axes: Axes, times: Mapping[str, float], palette: Palette) -> None:
    """A bar for each contestant."""
    colours = [palette.ours if name == OURS else palette.others for name in times]
    drawn = axes.barh(list(times), list(times.values()), color=colours)
    axes.bar_label(drawn, [f"{value:.1f}" for value in times.values()], padding=3, color=palette.text, fontsize=9)
    finish(axes, BESIDE, max(times.values()) * 1.15, palette)


def draw_shares(axes: Axes, shares: Mapping[str, float], palette: Palette) -> None:
    """A bar for each share of the bare network's rate, with a mark where its limit is."""
    keys = list(shares)[::-1]
    names, values = [SHARES[key] for key in keys], [shares[key] for key in keys]
    drawn = axes.barh(names, values, color=palette.ours)
    axes.bar_label(drawn, [f"{value:.2f}" for value in values], padding=-28, color=palette.ground, fontsize=9)
    for place, key in enumerate(keys):
        limit = BY_KEY[key].limit
        axes.plot([limit, limit], [place - 0.4, place + 0.4], color=palette.limit, linewidth=2)
    finish(axes, NEAR, max(1.0, *values) * 1.15, palette)


def finish(axes: Axes, title: str, most: float, palette: Palette) -> None:
    """Title, no frame, no scale: each bar has its number."""
    axes.set_title(title, fontsize=10, color=palette.text, loc="left")
    axes.set_xlim(0, most)
    axes.xaxis.set_visible(False)
    axes.tick_params(axis="y", length=0, colors=palette.text, labelsize=9)
    axes.spines[:].set_visible(False)
