"""The sections there are, and running them."""

import importlib
import sys
import time
import traceback
from collections.abc import Callable, Sequence

from bench.context import Context
from bench.results import Result

SECTIONS = {
    "one-photo": "bench.one_photo",
    "classes": "bench.classes",
    "batched": "bench.batched",
    "http": "bench.http_load",
    "start": "bench.start",
    "pages": "bench.pages",
    "folder": "bench.folder",
    "training": "bench.training",
    "corrections": "bench.corrections",
    "gpu": "bench.gpu",
    "localisation": "bench.localisation",
}


def run_all(names: Sequence[str], context: Context, keep: Callable[[str, Result], None]) -> dict[str, str]:
    """Run sections in the order of the registry, and hand over each result as soon as it is there.

    One that fails, or finds that contestants disagree, is told at once and at the end; the rest is run.

    Returns:
        what failed, by section
    """
    failures = {}
    for name, module in SECTIONS.items():
        if name not in names:
            continue
        context.say(f"==> {name}")
        begun = time.perf_counter()
        try:
            result: Result = importlib.import_module(module).run(context)
        except Exception as error:  # noqa: BLE001 (hours of measuring are not lost to one section)
            traceback.print_exc(file=sys.stderr)
            failures[name] = f"{type(error).__name__}: {error}"
            continue
        context.say(f"    {name} took {time.perf_counter() - begun:.0f} s")
        keep(name, result)
    return failures
