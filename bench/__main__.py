"""`python -m bench`: run the sections, print the tables, keep them as Markdown, JSON and a picture."""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from app.config import Settings
from app.embedded import ensure_embedded
from bench import machine, plot
from bench.context import Context, say
from bench.report import as_json, report
from bench.results import Result
from bench.sections import SECTIONS, run_all
from bench.square import write_square
from model.sessions import usable_cores

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench" / "out"
TRAINING_BESIDE = ROOT.parent / "shared" / "data" / "hymenoptera"


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """What was asked for; an unknown section ends with what there is."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", type=sections, default=list(SECTIONS), help=f"of {', '.join(SECTIONS)}; default all")
    parser.add_argument("--rounds", type=at_least_one, default=20, help="of every race; default 20")
    parser.add_argument("--threads", type=at_least_one, default=usable_cores(), help="everybody's; default all cores")
    parser.add_argument("--photos", type=folder, help="real photos to measure with; default Camscope's examples")
    parser.add_argument(
        "--training",
        type=folder,
        default=TRAINING_BESIDE if TRAINING_BESIDE.is_dir() else None,
        help="a folder with train/ and val/ to learn from",
    )
    parser.add_argument("--seed", type=int, default=None, help="of the order of turns; default another each time")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for report.md, summary.json and the pictures")
    parser.add_argument("--json", type=Path, help="write summary.json here, too")
    return parser.parse_args(arguments)


def sections(text: str) -> list[str]:
    """Names from a comma-separated list."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in names if name not in SECTIONS]:
        raise argparse.ArgumentTypeError(f"no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    return names or list(SECTIONS)


def at_least_one(text: str) -> int:
    """A count."""
    if (count := int(text)) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return count


def folder(text: str) -> Path:
    """One that exists."""
    if not (path := Path(text)).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no folder")
    return path.resolve()


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 where every section ran, whether or not it reached its bars; 1 where one failed."""
    chosen = options(arguments)
    described = machine.describe()
    settings = {"rounds": chosen.rounds, "threads": chosen.threads, "sections": chosen.only}
    results: dict[str, Result] = {}
    summary = chosen.out / "summary.json"
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name in ("summary.json", "report.md", *plot.PALETTES):
        (chosen.out / name).unlink(missing_ok=True)  # an earlier run's are not taken for this one's
    with tempfile.TemporaryDirectory(prefix="camscope-bench-") as scratch:
        context = prepare(chosen, Path(scratch))

        def keep(name: str, result: Result) -> None:
            results[name] = result
            summary.write_text(as_json(results, described, settings))

        failures = run_all(chosen.only, context, keep)
    summary.write_text(as_json(results, described, settings, failures))
    text = report(results, described, chosen.rounds, failures)
    (chosen.out / "report.md").write_text(text)
    plot.draw(results, chosen.out)
    if chosen.json:
        shutil.copy(summary, chosen.json)
    print(text)
    for name, why in failures.items():
        say(f"{name} FAILED: {why}")
    say(f"Kept in {chosen.out}")
    return 1 if failures else 0


def prepare(chosen: argparse.Namespace, scratch: Path) -> Context:
    """The networks, and what every section is given."""
    cache_dir = Settings().cache_dir.resolve()
    bundle = ensure_embedded(cache_dir)
    return Context(
        rounds=chosen.rounds,
        threads=chosen.threads,
        bundle=bundle,
        square=write_square(bundle, scratch / "square"),
        cache_dir=cache_dir,
        photos=chosen.photos,
        training=chosen.training,
        scratch=scratch,
        order=random.Random(chosen.seed),
    )


if __name__ == "__main__":
    sys.exit(main())
