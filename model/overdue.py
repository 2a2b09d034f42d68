"""Passes through a network that take too long are ended, as far as ONNX Runtime lets them be: between two of its steps.

A network that loops for ever, by fault or by malice, is ended so; a step that never comes back is not.
"""

import contextlib
import itertools
import time
from collections.abc import Iterator

import onnxruntime

SILENT = 4  # what goes wrong is raised; ONNX Runtime need not write it to the terminal as well

_numbers = itertools.count()
_running: dict[int, tuple[float, onnxruntime.RunOptions]] = {}


@contextlib.contextmanager
def noted() -> Iterator[onnxruntime.RunOptions]:
    """Options for one pass, by which it can be ended while it runs."""
    options = onnxruntime.RunOptions()
    options.log_severity_level = SILENT
    number = next(_numbers)
    _running[number] = time.monotonic(), options
    try:
        yield options
    finally:
        del _running[number]


def end_overdue(seconds: float) -> int:
    """End the passes of this process that run for longer than some seconds; who waits for them gets an error.

    Returns:
        how many were told to end
    """
    latest = time.monotonic() - seconds
    overdue = [options for began, options in list(_running.values()) if began < latest]
    for options in overdue:
        options.terminate = True
    return len(overdue)
