"""The page of an explained photo in a Chromium without a GPU: until it can be used, and how fast it answers.

A switch, or a step of a slider, is what the page's main thread does for it, script, styles, layout and painting, until
its frame is ready; the wait for the frame's turn is not counted. Beside it stands the processor time of that thread,
also for what is put off until later. A start is the time from the navigation, at a quarter of the processor's speed,
until the first map is drawn and a key is answered.
"""

import itertools
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Browser, CDPSession, Page, ViewportSize, sync_playwright

from bench import servers
from bench.context import Context
from bench.load import percentile
from bench.pictures import jpegs
from bench.results import Result, Row
from bench.uploads import ask
from scripts.browser import FLAGS, HOW, find_chromium

PHOTO = (520, 380)  # 19 x 14 cells at scale 2
FIELDS = (("store", "true"), ("scale", "2"))
WINDOW: ViewportSize = {"width": 1280, "height": 860}
SLOWDOWN = 4
STEPS = 36  # down a list of 20 classes, and up
ROUNDS_A_PASS = 10  # a pass is so many steps of each kind, in each question
WARMING = 2  # visits before a warm start
STARTED = "html[data-measured]"
ALL_KNOWN = "[data-module=search] input:enabled"
QUESTIONS = ("seen", "region", "versus", "truth", "where", "finer", "channels")
SLIDERS = {"where": "[data-where-threshold]"}
THRESHOLD = "[data-module=controls] [name=threshold]"
REGION = "region=b60_40_380_300"
PATIENCE_MS = 60_000
PROBE = Path(__file__).with_suffix(".js")
KINDS = {"switch": "class switch", "slide": "slider"}
Started = dict[str, float]
"""Seconds from the navigation, by what had happened."""


@dataclass(frozen=True)
class Steps:
    """ms of each step, by its kind: as the clock has it, and of the processor in the page's main thread."""

    wall: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    processor: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def note(self, kind: str) -> str:
        """What the median does not say."""
        median, most = (percentile(self.processor[kind], percent) for percent in (50, 95))
        return f"95 %: {percentile(self.wall[kind], 95):.1f}; processor {median:.1f}, 95 %: {most:.1f}"


def run(context: Context) -> Result:
    """Explain a photo, then open its page again and again, and use it."""
    with servers.camscope({"CAMSCOPE_CACHE_DIR": str(context.cache_dir)}) as server, chromium() as browser:
        answer = ask(server.url, jpegs(context.photos, 1, PHOTO)[0], FIELDS)
        url = urljoin(server.url, answer["page_url"])
        starts = {kind: [start(browser, url, kind) for _ in range(context.rounds)] for kind in ("cold", "warm")}
        found = {name: used(browser, url, name, max(1, context.rounds // ROUNDS_A_PASS)) for name in QUESTIONS}
        version = browser.version
    grid, classes = answer["grid"], answer["model"]["classes"]
    return Result(
        title="Pages",
        rows=[*start_rows(starts), *step_rows(found)],
        bars=bars(starts, found),
        notes=[
            f"Chromium {version} without a GPU, {WINDOW['width']} x {WINDOW['height']} pixels.",
            f"{classes:,} classes, {grid['columns']} x {grid['rows']} cells.",
            "A step: until its frame is ready, without the wait for its turn; processor: of the page's main thread.",
            f"A start: from the navigation, the processor slowed {SLOWDOWN} times; warm: from the browser's cache.",
        ],
    )


def bars(starts: Mapping[str, Sequence[Started]], found: Mapping[str, Steps]) -> dict[str, float]:
    """Of the question with the slowest steps, and of the first visit."""
    worst = {kind: max(percentile(one.wall[kind], 95) for one in found.values()) for kind in KINDS}
    usable = statistics.median(one["answers"] for one in starts["cold"])
    return {"pages/switch": worst["switch"], "pages/slide": worst["slide"], "pages/usable": usable}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that draws on the processor.

    Raises:
        RuntimeError: none is found
    """
    path = find_chromium()
    if path is None:
        raise RuntimeError(HOW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visitor(browser: Browser) -> Iterator[tuple[Page, CDPSession]]:
    """A browser's window that has seen nothing of the server yet; each of its pages carries the probe."""
    with browser.new_context(viewport=WINDOW) as context:
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(path=PROBE)
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        yield page, session


def start(browser: Browser, url: str, kind: str) -> Started:
    """Seconds from the navigation until the first map is drawn, and until a key is answered.

    Args:
        browser: that is open
        url: of the page
        kind: "cold", nothing in the browser's cache, or "warm", all of it
    """
    with visitor(browser) as (page, session):
        page.goto(urljoin(url, "/healthz"))  # the server's address, none of its scripts
        if kind == "warm":
            for _ in range(WARMING):
                page.goto(url)
                page.wait_for_selector(STARTED, state="attached")
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        page.goto(url)
        page.wait_for_selector(STARTED, state="attached")
        told: Started = page.evaluate("measuring.started")
        return {name: value / 1e3 for name, value in told.items()}


def used(browser: Browser, url: str, question: str, passes: int) -> Steps:
    """A page whose question is asked: class switches, and steps of the slider that belongs to it."""
    with visitor(browser) as (page, session):
        page.goto(f"{url}#{REGION}&ask={question}")
        page.wait_for_selector(STARTED, state="attached")
        page.wait_for_selector(ALL_KNOWN, state="attached")
        page.evaluate("document.querySelector('[data-more]')?.click()")  # all of the list
        steps = Steps()
        for kind, at in itertools.product(KINDS, range(passes * STEPS)):
            page.evaluate("measuring.quiet()")
            before = busy_ms(session)
            asked = [kind, at % STEPS / STEPS, SLIDERS.get(question, THRESHOLD)]
            steps.wall[kind].append(page.evaluate("(asked) => measuring.step(...asked)", asked))
            steps.processor[kind].append(busy_ms(session) - before)
        return steps


def busy_ms(session: CDPSession) -> float:
    """Processor time of the page's main thread until now."""
    metrics: dict[str, Any] = session.send("Performance.getMetrics")
    seconds: float = next(one["value"] for one in metrics["metrics"] if one["name"] == "TaskDuration")
    return 1e3 * seconds


def start_rows(starts: Mapping[str, Sequence[Started]]) -> list[Row]:
    """Of a cold and of a warm start, the first map and the first answer."""
    words = {"drawn": "first map", "answers": "a key is answered"}
    return [
        spread(f"{kind} start, {words[what]}", [one[what] for one in found], "s")
        for kind, found in starts.items()
        for what in words
    ]


def step_rows(found: Mapping[str, Steps]) -> list[Row]:
    """Of each question, both kinds of steps."""
    return [
        spread(f"{question}: {KINDS[kind]}", steps.wall[kind], "ms", steps.note(kind))
        for question, steps in found.items()
        for kind in KINDS
    ]


def spread(name: str, found: Sequence[float], unit: str, note: str = "") -> Row:
    """Median and quartiles."""
    low, high = (percentile(found, percent) for percent in (25, 75))
    return Row(name, statistics.median(found), unit, low=low, high=high, note=note)
