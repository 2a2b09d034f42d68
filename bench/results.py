"""What a section brings back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.bars import BY_KEY


@dataclass(frozen=True)
class Row:
    """One contestant's figures, as the table shows them.

    Attributes:
        name: who, or what, was measured
        value: median over the rounds
        unit: of the value: "ms", "photos/s", "requests/s", "s", "MB"
        ratio: the median of the rounds' ratios to the section's yardstick; None where there is none
        against: the yardstick
        low: lower quartile of the value over the rounds
        high: upper quartile
        note: in a few words, what a reader should know
    """

    name: str
    value: float
    unit: str
    ratio: float | None = None
    against: str = ""
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Result:
    """What a section measured.

    Attributes:
        title: of the section's table
        rows: of the table
        bars: what was measured for bars of bench.bars, by their key; what is left out counts as not measured
        notes: sentences under the table: the input, how many rounds, what could not be measured
        details: anything else worth keeping in summary.json; JSON values
        lines: a table of its own, in Markdown, where the figures are of another kind than a row's
    """

    title: str
    rows: Sequence[Row]
    bars: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    lines: Sequence[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if unknown := self.bars.keys() - BY_KEY.keys():
            raise ValueError(f"no such bars: {', '.join(sorted(unknown))}")


class Disagreement(Exception):
    """Contestants that should compute the same thing do not: whatever was timed is worth nothing."""
