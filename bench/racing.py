"""Contestants in random order, each warmed just before it is timed, round after round.

A noisy machine is then noisy for everybody: the ratio of two contestants is taken within a round,
and the median of those over the rounds is what is told.
"""

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Turn = Callable[[], float]
"""One contestant's turn in a round: warms up, measures, returns a figure (seconds, requests per second …)."""

WARM_S, TIMED_S = 0.03, 0.1  # at least, and at least one call


@dataclass(frozen=True)
class Race:
    """What contestants came to: a figure of each in each round."""

    figures: Mapping[str, Sequence[float]]

    def median(self, name: str) -> float:
        """Of a contestant's figures."""
        return statistics.median(self.figures[name])

    def quartiles(self, name: str) -> tuple[float, float]:
        """Lower and upper, of a contestant's figures."""
        figures = self.figures[name]
        if len(figures) < 2:
            return figures[0], figures[0]
        lower, _, upper = statistics.quantiles(figures, n=4, method="inclusive")
        return lower, upper

    def ratio(self, name: str, over: str) -> float:
        """One contestant's figure over another's: the median of the rounds' ratios."""
        pairs = zip(self.figures[name], self.figures[over], strict=True)
        return statistics.median(one / other for one, other in pairs)

    def best(self, names: Sequence[str], most: bool = False) -> str:
        """The contestant with the least median, or the most."""
        return (max if most else min)(names, key=self.median)


def timed(call: Callable[[], object], items: int = 1, setup: Callable[[], object] | None = None) -> Turn:
    """A turn that calls something again and again, first unmeasured; its figure is seconds per item.

    Args:
        call: what is measured
        items: that one call deals with
        setup: called before the turn, unmeasured
    """

    def turn() -> float:
        if setup:
            setup()
        _repeat(call, WARM_S)
        return _repeat(call, TIMED_S) / items

    return turn


def _repeat(call: Callable[[], object], at_least_s: float) -> float:
    """Call for so long, once at least; seconds per call."""
    begun = time.perf_counter()
    calls = 0
    while True:
        call()
        calls += 1
        passed = time.perf_counter() - begun
        if passed >= at_least_s:
            return passed / calls


def race(turns: Mapping[str, Turn], rounds: int, order: random.Random, say: Callable[[str], None]) -> Race:
    """Let every contestant take a turn in each round, in an order drawn anew each time.

    Args:
        turns: of the contestants, by name
        rounds: at least 1
        order: what the order is drawn from
        say: told how far it is, five times or so
    """
    figures: dict[str, list[float]] = {name: [] for name in turns}
    names = list(turns)
    begun = time.perf_counter()
    for done in range(1, rounds + 1):
        order.shuffle(names)
        for name in names:
            figures[name].append(turns[name]())
        if done in (1, rounds) or done % max(1, rounds // 5) == 0:
            say(f"    round {done} of {rounds}, {time.perf_counter() - begun:.0f} s")
    return Race(figures)
