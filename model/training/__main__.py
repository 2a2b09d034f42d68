"""Make the embedded network's bundle: `python -m model.training CACHE_DIR`.

The server runs this in a child process, so that it never loads torch itself.
"""

import sys
import time
from pathlib import Path

from model.embedded import NAME
from model.errors import ModelError


def main(arguments: list[str]) -> int:
    """Exit status 0 when the bundle is there, 1 when it cannot be made, 2 for wrong usage."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m model.training CACHE_DIR\n")
        return 2
    started = time.perf_counter()
    say(f"Preparing the embedded network {NAME}; this is done once.")
    try:
        from model.training.default import prepare_default  # noqa: PLC0415 (torch takes seconds: say something first)

        path = prepare_default(Path(arguments[0]), report=lambda step: say(f"  {step} …"))
    except (ModelError, ImportError) as error:
        say(f"It could not be prepared: {error}")
        return 1
    say(f"{path} is there after {time.perf_counter() - started:.1f} s.")
    return 0


def say(line: str) -> None:
    """Write a line for whoever waits at the terminal."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
