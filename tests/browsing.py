"""A real Chromium in front of a real server; every page is checked for what no test may cause.

The server runs in a thread over two tiny bundles: `colours`, whose maps are exact, and `mixed`,
whose head has none. Pages fail their test when a script threw, when the content security policy
was broken, or when a request left the host.
"""

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from app import serving
from app.config import Settings
from app.main import create_app
from app.training_child import Command, train_command
from model.classifier import Classifier
from scripts.browser import FLAGS, HOW, find_chromium
from tests.bundles import LABELS, make_bundle

START_TIMEOUT_S = 60
PATIENCE_MS = 20_000
LONG_NAME = "a name much longer than its neighbours, with a comma"
NAMES = (*LABELS, "sky blue", "grass", LONG_NAME, "sand", "coal", "rose", "stone", "leaf", "ice")
ContextMaker = Callable[..., BrowserContext]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --screenshots tests/test_browser_pictures.py` renews the README's pictures."""
    parser.addoption("--screenshots", action="store_true", help="write docs/images/*.png")


class Server(serving.Server):
    """uvicorn in a thread: no signal handlers, and its address is known once it listens."""

    def install_signal_handlers(self) -> None:
        """Leave them to pytest."""

    @property
    def url(self) -> str:
        """Where it listens."""
        port = self.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"


def serve(
    settings: Settings, classifiers: list[Classifier] | None, command: Command = train_command, port: int = 0
) -> Iterator[str]:
    """Run the app on a port, default a free one; yields its address and stops it afterwards."""
    app = create_app(settings, classifiers, command)
    server = Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    waiting = threading.Event()
    for _ in range(START_TIMEOUT_S * 50):
        if server.started or not thread.is_alive():
            break
        waiting.wait(0.02)
    assert server.started, "the server did not start"
    try:
        yield server.url
    finally:
        server.should_exit = True
        thread.join(START_TIMEOUT_S)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser that `make test` found or installed, else one that is here."""
    found = os.environ.get("CHROMIUM") or find_chromium()
    assert found, HOW
    return found


# Not for the whole session: while Playwright runs, no other test of its process can use asyncio.
@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """One Chromium for the tests of a file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def patience() -> Iterator[None]:
    """Expectations wait for a busy machine."""
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=None)


@dataclass(frozen=True)
class Bundles:
    """The served ones."""

    colours: Classifier
    mixed: Classifier


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Bundles:
    """Two tiny bundles, open."""
    folder = tmp_path_factory.mktemp("browsed")
    colours = make_bundle(folder, name="colours", labels=NAMES)
    mixed = make_bundle(folder, name="mixed", kind="fc")
    return Bundles(Classifier.open(colours, threads=1), Classifier.open(mixed, threads=1))


@pytest.fixture(scope="module")
def site(bundles: Bundles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the two bundles."""
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache", max_upload_mb=1)
    yield from serve(settings, [bundles.colours, bundles.mixed])


@pytest.fixture(scope="module")
def site_of_three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over three other bundles: two that share classes, one without maps."""
    folder = tmp_path_factory.mktemp("three")
    made = [
        make_bundle(folder, name="first"),
        make_bundle(folder, name="second", kind="sum", labels=("Blue", "green", "red", "pale", "dim")),
        make_bundle(folder, name="mapless", kind="fc"),
    ]
    yield from serve(Settings(data_dir=folder / "data"), [Classifier.open(path, threads=1) for path in made])


class Watch:
    """What a page did that it must not."""

    def __init__(self, context: BrowserContext, host: str) -> None:
        self.requests: list[str] = []
        self.faults: list[str] = []
        self._host = host
        context.on("request", lambda request: self._note(request.url))
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("console", self._hear)

    def _note(self, url: str) -> None:
        self.requests.append(url)
        if not url.startswith((self._host, "blob:", "data:")):
            self.faults.append(f"left the host: {url}")

    def _hear(self, message: ConsoleMessage) -> None:
        refused = message.text.startswith("Failed to load resource")  # a status that a test asked for
        if message.type == "error" and not refused:
            self.faults.append(message.text)


@pytest.fixture
def make_context(chromium: Browser, site: str) -> Iterator[ContextMaker]:
    """Visitors: `make_context(java_script_enabled=False)`; each is checked at the end."""
    visitors: list[tuple[BrowserContext, Watch]] = []

    def make(**options: object) -> BrowserContext:
        size = {"width": 1280, "height": 860}
        context = chromium.new_context(**{"viewport": size, "base_url": site, "reduced_motion": "reduce", **options})
        context.set_default_timeout(PATIENCE_MS)
        visitors.append((context, Watch(context, site)))
        return context

    yield make
    for context, _ in visitors:
        context.close()
    assert [fault for _, watch in visitors for fault in watch.faults] == []


@pytest.fixture
def page(make_context: ContextMaker) -> Page:
    """A visitor's page."""
    page = make_context().new_page()
    # Choosers are caught while somebody listens, and the browser is told so beside what it is told to press.
    page.on("filechooser", lambda _: None)
    return page


def paint(path: Path, width: int = 320, height: int = 240) -> Path:
    """A photo: a red and a blue half, a green square in the middle, darker downwards; its suffix says which kind."""
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    pixels[:, : width // 2] = (220, 30, 30)
    pixels[:, width // 2 :] = (30, 40, 220)
    pixels[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3] = (20, 200, 40)
    pixels //= np.linspace(1, 4, height, dtype=np.uint8)[:, None, None]
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small photo with a red, a blue and a green part."""
    return paint(tmp_path / "colours.png")


def explain(page: Page, photo: Path) -> str:
    """Explain a photo through the form; returns the address of its page."""
    page.goto("/")
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.get_by_role("button", name="Explain this photo").click()
    page.wait_for_url("**/explanations/*")
    return page.url.split("?")[0]


def explain_quickly(page: Page, photo: Path, **fields: str) -> str:
    """Explain a photo over the API, as the same visitor; returns the path of its page."""
    file = {"name": photo.name, "mimeType": "application/octet-stream", "buffer": photo.read_bytes()}
    answer = page.request.post("/api/v1/explanations", multipart={**fields, "image": file})
    assert answer.status == 201, answer.text()
    return str(answer.json()["page_url"])


def next_frame(page: Page) -> None:
    """Until what was just changed is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def wait_for_map(page: Page, drawn: str | None = None) -> None:
    """Until the map of the class (its index, a space, the index it is compared with) is on the canvas."""
    value = "" if drawn is None else f'="{drawn}"'
    page.wait_for_selector(f"canvas[data-map][data-drawn{value}]")


@pytest.fixture(scope="session")
def embedded_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded network's model folder, made once for all processes of a test run."""
    from model.training.default import prepare_default

    shared = tmp_path_factory.getbasetemp()
    return prepare_default((shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "embedded")
