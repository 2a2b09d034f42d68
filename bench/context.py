"""What every section is given."""

import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.racing import Race, Turn, race


def say(line: str) -> None:
    """Progress, on the error stream: what is printed to the output is the report alone."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Context:
    """What every section is given.

    Attributes:
        rounds: of every race
        threads: everybody's, in one forward pass: all cores that this process may use
        bundle: model folder of the embedded network
        square: the same weights with one input, 224 x 224, for contestants that share an input
        cache_dir: holds the embedded network; CAMSCOPE_CACHE_DIR of servers and commands that are started
        photos: a folder of real photos, sources of what is measured with; None takes the examples
        training: a folder with train/ and val/; None where there is none
        scratch: a folder to fill; it goes when all is done
        order: what the order of turns is drawn from
        say: called with a line of progress
    """

    rounds: int
    threads: int
    bundle: Path
    square: Path
    cache_dir: Path
    photos: Path | None
    training: Path | None
    scratch: Path
    order: random.Random
    say: Callable[[str], None] = say

    def race(self, turns: Mapping[str, Turn], rounds: int | None = None) -> Race:
        """Let contestants take turns, with progress told; see bench.racing."""
        return race(turns, rounds or self.rounds, self.order, self.say)
