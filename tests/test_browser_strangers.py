"""What strangers write is text on every page that shows it: nothing runs, nothing is added."""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.config import Settings
from app.training_child import Order
from model.bundle import read_bundle, write_bundle
from model.classifier import Classifier
from model.manifest import METRICS, REPORT
from tests.attacks import ATTACKS, intruders
from tests.browsing import ContextMaker, explain_quickly, serve, wait_for_map
from tests.bundles import make_bundle
from tests.fake_trainer import ROOT
from tests.measured import make_metrics
from tests.test_browser_access import open_everything

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]

NAME = ATTACKS[1]
SAID = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from model.runs import Failed, Note, StageBegun, append_event
from tests.attacks import ATTACKS
events = Path(sys.argv[2])
append_event(events, StageBegun(stage="check"))
for attack in ATTACKS:
    append_event(events, Note(message=attack))
append_event(events, Failed(message=ATTACKS[0] + ATTACKS[1]))
sys.exit(1)
"""


def hostile_bundle(folder: Path, name: str) -> Path:
    """A model folder whose every text is an attack."""
    made = read_bundle(make_bundle(folder / "made", name=name, labels=ATTACKS))
    measured = make_metrics(ATTACKS, name=NAME, base=NAME, mistakes=(), problems=ATTACKS, settings={NAME: NAME})
    provenance = {
        "source": NAME, "layers": [], "parameters": NAME, "base": {"id": NAME, "name": NAME},
        "training": {"kept": "network"}, "weights": {"package": NAME}, "made_with": dict.fromkeys(ATTACKS, NAME),
        "data": {"name": NAME, "counts": {"train": 1, "held_out": 1, "val": 1}}, "metrics": {"accuracy": NAME},
    }  # fmt: skip
    report = f"<!doctype html><title>{NAME}</title><body onload=alert(10)>{''.join(ATTACKS)}".encode()
    accounts = {METRICS: measured.model_dump_json().encode(), REPORT: report}
    write_bundle(
        folder / name, name=name, graph=made.graph, spec=made.spec.model_copy(update={"architecture": NAME}),
        head=made.head, network=None, provenance=provenance, accounts=accounts,
    )  # fmt: skip
    return folder / name


def training_command(order: Order) -> list[str]:
    """A training that says nothing but attacks."""
    return [sys.executable, "-c", SAID, str(ROOT), str(order.events)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over models of strangers."""
    folder = tmp_path_factory.mktemp("strangers")
    named = [Classifier.open(hostile_bundle(folder, name), threads=1) for name in ("first", "second")]
    settings = Settings(data_dir=folder / "data", cache_dir=folder / "cache", models_dir=folder / "watched")
    hostile_bundle(folder / "watched", "third")
    yield from serve(settings, named, training_command)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo that says attacks in its metadata."""
    image = Image.new("RGB", (96, 64), "red")
    exif = Image.Exif()
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298):
        exif[tag] = "".join(ATTACKS[:4])
    image.save(tmp_path / "photo.jpg", exif=exif, comment="".join(ATTACKS).encode("utf-8", "replace"))
    return tmp_path / "photo.jpg"


def look(page: Page, address: str, asks_more: bool = False) -> None:
    """Go there, wait for what the page still asks for, unfold all, and look for what does not belong."""
    page.goto(address)
    if asks_more:
        page.wait_for_load_state("networkidle")
    open_everything(page)
    assert intruders(page) == [], address


@pytest.fixture
def visitor(make_context: ContextMaker) -> Iterator[Page]:
    """A page, of which no dialog may come."""
    page = make_context().new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("filechooser", lambda _: None)
    yield page
    assert dialogs == []


def test_labels_names_and_metadata_are_text_wherever_they_are_shown(visitor: Page, photo: Path) -> None:
    result = explain_quickly(visitor, photo, model="first", classes=ATTACKS[3])
    look(visitor, result, asks_more=True)
    wait_for_map(visitor)
    visitor.evaluate("for (const one of document.querySelectorAll('.prediction a, .prediction button')) one.click()")
    visitor.get_by_role("searchbox").first.fill("evil")
    visitor.wait_for_load_state("networkidle")
    assert intruders(visitor) == []
    shown = visitor.content()
    assert "&lt;script class=evil" in shown  # it is there, as text
    entry = visitor.request.get("/api/v1/models/first").json()["id"]
    compared, hostile = f"/compare?explanation={result[-32:]}", quote(NAME)
    addresses = [
        f"{result}/heatmap?class=1", "/explanations", f"{result}/delete", compared, f"{compared}&model=second", "/",
        "/models", "/models/first", "/models/third", f"/models/third?q={quote(ATTACKS[0])}", "/models/third/delete",
        "/train", "/docs", f"/models/{entry}",
    ]  # fmt: skip
    addresses += [
        f"/?model={hostile}", f"/compare?explanation={hostile}", f"/{hostile}", f"/explanations?cursor={hostile}",
        f"{result}?class=0&colormap={hostile}", f"{result}?class={hostile}", f"/train?dataset={hostile[:60]}",
    ]  # fmt: skip
    for address in addresses:
        look(visitor, address, asks_more=address.startswith((compared, "/docs")))


def test_deleting_asks_with_the_label_as_text(visitor: Page, photo: Path) -> None:
    explain_quickly(visitor, photo)
    look(visitor, "/explanations")
    visitor.locator("[data-delete]").first.click()
    expect(visitor.get_by_role("dialog")).to_be_visible()
    assert intruders(visitor) == []


def test_a_report_of_strangers_runs_nothing_and_asks_nobody(chromium: Browser, site: str) -> None:
    context = chromium.new_context(base_url=site)  # not watched: the browser tells of all that it refuses there
    page = context.new_page()
    happened: list[str] = []
    page.on("dialog", lambda dialog: (happened.append(dialog.message), dialog.dismiss()))
    page.on("response", lambda answer: happened.append(answer.url))
    page.goto("/api/v1/models/third/report")
    page.wait_for_load_state("networkidle")
    assert page.locator("b.evil").count() > 0  # it is shown
    assert happened == [f"{site}/api/v1/models/third/report"]
    context.close()


def test_file_names_and_refusals_are_text(visitor: Page, photo: Path, tmp_path: Path) -> None:
    hostile = tmp_path / '"><img class=evil src=evil onerror=alert(11)>.jpg'
    hostile.write_bytes(b"no picture")
    visitor.goto("/")
    visitor.get_by_label("Choose a photo").set_input_files(hostile)
    visitor.get_by_role("button", name="Explain this photo").click()
    expect(visitor.get_by_role("alert")).to_be_visible()
    assert intruders(visitor) == []
    visitor.get_by_label("Choose a photo").set_input_files(photo)
    visitor.locator("summary").first.click()
    visitor.get_by_label("Classes to explain as well").fill(ATTACKS[0].replace("evil", "evil-one"))
    visitor.get_by_role("button", name="Explain this photo").click()
    expect(visitor.get_by_role("alert")).to_contain_text("there is no class")
    assert intruders(visitor) == []


def test_refusals_of_forms_without_scripts_are_text(make_context: ContextMaker, photo: Path, tmp_path: Path) -> None:
    page = make_context(java_script_enabled=False).new_page()
    page.on("filechooser", lambda _: None)
    page.goto("/")
    page.get_by_label("Choose a photo").set_input_files(photo)
    page.locator("summary").first.click()
    page.get_by_label("Classes to explain as well").fill("</textarea><script class=evil>alert(12)</script>")
    page.get_by_role("button", name="Explain this photo").click()
    expect(page.get_by_role("alert")).to_contain_text("there is no class")
    assert page.locator(".evil").count() == 0
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("<b class=evil>/<b class=evil>.exe", b"x")
    page.goto("/models")
    page.locator("input[type=file]").first.set_input_files(archive)
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.locator(".evil").count() == 0


def test_what_a_training_says_is_text(visitor: Page, photo: Path) -> None:
    visitor.goto("/train")
    dataset = visitor.request.post("/api/v1/datasets").json()["id"]
    for number, label in enumerate((ATTACKS[0], ATTACKS[1], ATTACKS[2]) * 2):
        image = photo.with_name(f"{number}.png")
        Image.new("RGB", (24, 16), (number * 40, 9, 9)).save(image)
        file = {"name": f"{ATTACKS[0]}.png", "mimeType": "image/png", "buffer": image.read_bytes()}
        answer = visitor.request.post(f"/api/v1/datasets/{dataset}/pictures", multipart={"label": label, "image": file})
        assert answer.status == 201, answer.text()
    look(visitor, f"/train?dataset={dataset}")
    expect(visitor.locator("[data-class]").first).to_be_visible()
    assert intruders(visitor) == []
    answer = visitor.request.post("/api/v1/trainings", data={"name": "attacked", "dataset": dataset})
    assert answer.status == 201, answer.text()
    page_url = answer.json()["page_url"]
    look(visitor, page_url)
    expect(visitor.locator("main")).to_contain_text("<script class=evil>", timeout=60_000)
    assert intruders(visitor) == []
    look(visitor, page_url)
    look(visitor, "/train")
    look(visitor, f"/train?again={page_url[-32:]}")
