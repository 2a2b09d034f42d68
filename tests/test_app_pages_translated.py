"""No page has a word that its catalogue cannot reach.

The pages are drawn with a catalogue that puts every sentence between marks and leaves the values outside; what stands
outside then is data, or nobody gave it to gettext.
"""

import gettext
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from app import text, translated
from app.config import Settings
from app.languages import speaking
from app.main import create_app
from app.reports import draw_report
from model.classifier import Classifier
from model.rendering import tables
from tests import fake_trainer
from tests.bundles import LABELS, make_bundle
from tests.measured import make_metrics
from tests.pictures import picture
from tests.test_app_models import LAYERS, trained
from tests.test_app_text import NAMES
from tests.trainings import collect, ended, follow, start

KOREAN = {"accept": "text/html,*/*;q=0.8", "accept-language": "ko"}
SEEN = {"alt", "title", "placeholder", "aria-label", "label", "content"}
OPEN, CLOSE = "⟦", "⟧"
PLACES = re.compile(r"%\(\w+\)s|(?<!%)\{\w*\}")
MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
WORD = re.compile(r"[^\W\d_]{3,}")
MACHINE_CONTENT = re.compile(r"width=|light dark|\d+$")
# Names, units and data, the same in every language.
DATA = {
    *NAMES, *LABELS, "ants", "bees", "tiny", "flat", "insects", "made", "base", "UTC",
    "English", "한국어", "Stefan", "van", "der", "Walt", "Rachel", "Michetti", "CC0",
    "test", "colours", "val", "jpg", "gap", "true", "efficientnet", "lite",
    *(part for names in tables().values() for name in names for part in name.split("_")),
    *(part for layer in LAYERS for part in re.findall(r"[^\W\d_]+", f"{layer['name']} {layer['kind']}")),
}  # fmt: skip


PAGES = {
    "upload": "/",
    "history": "/explanations",
    "result": "/explanations/{one}",
    "adds only": "/explanations/{one}?mode=positive&class=1",
    "versus": "/explanations/{one}?class=0&versus=1",
    "map": "/explanations/{one}/heatmap",
    "no map": "/explanations/{flat}",
    "delete": "/explanations/{one}/delete",
    "models": "/models",
    "model": "/models/insects",
    "first model": "/models/tiny",
    "model with layers": "/models/insects?q=re",
    "delete model": "/models/insects/delete",
    "comparison": "/compare?explanation={one}&model=insects&left=1&top=1&right=30&bottom=30",
    "comparison of others": "/compare?explanation={one}&model=insects&class=blue&other=red",
    "no comparison": "/compare?explanation={one}&model=flat",
    "photos to compare": "/compare?model=insects",
    "many photos": "/gallery",
    "camera": "/camera",
    "panels": "/panels?panel={one}&panel={flat}&panel={one},against:1",
    "photos for panels": "/panels",
    "gone from panels": "/panels?panel=00000000000000000000000000000000&panel={one}",
    "train": "/train",
    "train again": "/train?dataset={pictures}",
    "training": "{training}",
    "docs": "/docs",
    "nowhere": "/nowhere",
    "wrong": "/explanations/{one}?opacity=7",
    "no such class": "/explanations/{one}?class=99",
    "gone": "/explanations/00",
}


class Marks(gettext.NullTranslations):
    """A language in which every sentence is itself between marks, without its values."""

    def gettext(self, message: str) -> str:
        return OPEN + PLACES.sub(lambda place: CLOSE + place[0] + OPEN, message) + CLOSE

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class Words(HTMLParser):
    """What people see or hear of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("style", "script", "code", "time")
        for name, value in attrs:
            asks = name.startswith("data-") and OPEN in (value or "") and name != "data-text"
            if (name in SEEN or asks) and value and not MACHINE_CONTENT.match(value):
                self.said.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data)


def bare(page: str) -> set[str]:
    """Words outside of the marks that are no data."""
    words = Words(page)
    left = MARKED.sub(" ", " ".join(words.said))
    return {word for word in WORD.findall(left) if word not in DATA and not re.fullmatch("[0-9a-f]+", word)}


@pytest.fixture(scope="module")
def marked() -> Iterator[None]:
    """Every language has marks for words."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "translations", lambda _=None: Marks())
        patch.setattr(translated, "translations", lambda _=None: Marks())
        yield
    translated._known.cache_clear()


@pytest.fixture(scope="module")
def visitor(classifier: Classifier, tmp_path_factory: pytest.TempPathFactory, marked: None) -> Iterator[TestClient]:
    """Somebody who reads Korean, at a server with two networks and a trained model."""
    folder = tmp_path_factory.mktemp("marked")
    settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache", batch_max=1, change_models="on")
    flat = Classifier.open(make_bundle(folder, name="flat", kind="fc"), threads=1)
    made = make_bundle(folder, name="made", labels=("ants", "bees"))
    trained(settings.models_folder)
    with ExitStack() as stack:
        app = create_app(settings, [classifier, flat], fake_trainer.command(made, "work", 2, 0.01))
        yield stack.enter_context(TestClient(app, base_url="http://localhost", headers=KOREAN))


@pytest.fixture(scope="module")
def kept(visitor: TestClient) -> dict[str, str]:
    """What there is to show: two explanations, one without maps, pictures and a training of them."""
    image = {"image": ("a.png", picture((200, 20, 20), size=(64, 48), kind="PNG"))}
    explained, flat = (
        visitor.post("/api/v1/explanations", files=image, data={"model": name}).json()["id"]
        for name in ("tiny", "flat")
    )
    training = start(visitor, name="insects2")
    follow(visitor, training["url"], ended)
    return {"one": explained, "flat": flat, "pictures": collect(visitor), "training": training["page_url"]}


@pytest.mark.parametrize("name", PAGES)
def test_every_word_of_a_page_can_be_translated(visitor: TestClient, kept: dict[str, str], name: str) -> None:
    page = visitor.get(PAGES[name].format(**kept)).text
    assert '<html lang="ko"' in page
    assert bare(page) == set()


@pytest.mark.parametrize("status", ["400", "413", "415", "422"])
def test_every_word_of_a_refused_upload_can_be_translated(visitor: TestClient, status: str) -> None:
    files = {
        "400": {},
        "413": {"image": ("a.png", bytes(21 * 2**20))},
        "415": {"image": ("a.png", b"no picture")},
        "422": {"image": ("a.png", picture((9, 9, 9), kind="PNG")[:60])},
    }[status]
    answer = visitor.post("/explanations", files=files)
    assert answer.status_code == int(status)
    assert bare(answer.text) == set()


def test_every_word_of_a_report_can_be_translated(marked: None) -> None:
    with speaking("ko"):
        page = draw_report(make_metrics(problems=())).decode()
    assert bare(page) == set()


def test_every_sentence_of_scripts_can_be_translated(visitor: TestClient) -> None:
    page = visitor.get("/").text
    found = re.search(r'<body data-text="([^"]*)"', page)
    assert found is not None
    sentences = json.loads(found[1].replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'"))
    assert len(sentences) > 50
    assert [key for key, words in sentences.items() if OPEN not in words] == []


def test_bare_words_would_be_found() -> None:
    page = f'<p>{OPEN}Photo of {CLOSE}red{OPEN} here{CLOSE}</p><b title="Sorry">{OPEN}x{CLOSE} wrong</b>'
    assert bare(page) == {"Sorry", "wrong"}
