"""Pages and the form without scripts, as a browser asks for them."""

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image

from app.examples import examples
from app.paths import STATIC_DIR
from app.shown import shape_of
from model.classifier import Classifier
from model.rendering import tables
from tests.bundles import make_bundle
from tests.conftest import ClientMaker

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HOSTILE = "<script>alert(1)</script>\" onload='x'"


def png(width: int = 64, height: int = 48, colour: tuple[int, int, int] = (200, 20, 20)) -> bytes:
    """A photo of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


def submit(client: TestClient, data: bytes | None = None, name: str = "photo.png", **fields: str) -> Response:
    """Send the form as a browser does, without following where it leads."""
    content = b"" if data is None else data
    files = {"image": (name if data is not None else "", content, "application/octet-stream")}
    return client.post("/explanations", data=fields, files=files, headers=BROWSER, follow_redirects=False)


def explained(client: TestClient, data: bytes | None = None, **fields: str) -> str:
    """The path of the page of an explained photo."""
    answer = submit(client, data or png(), **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def get(client: TestClient, path: str) -> Response:
    return client.get(path, headers=BROWSER)


class Elements(HTMLParser):
    """Every element of a page: its tag and its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str) -> Iterator[dict[str, str | None]]:
        """The attributes of the elements with a tag."""
        return (attributes for name, attributes in self.found if name == tag)


@pytest.fixture
def pages(client: TestClient) -> dict[str, str]:
    """Every page, by what it is."""
    page = explained(client)
    paths = {
        "upload": "/",
        "prediction": page,
        "against": f"{page}?class=1&versus=2&mode=positive&cells=grid&opacity=1&threshold=0.5",
        "heatmap": f"{page}/heatmap?class=3",
        "history": "/explanations",
        "delete": f"{page}/delete",
        "error": "/no/such/page",
    }
    return {name: get(client, path).text for name, path in paths.items()} | {"refused": submit(client, b"x").text}


def test_nothing_is_inline(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        for tag, attributes in Elements(page).found:
            assert tag != "style", name
            assert "style" not in attributes, (name, attributes)
            assert not [key for key in attributes if key.startswith("on")], (name, attributes)
            assert tag != "script" or attributes.get("src"), name


def test_every_page_is_told_apart(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        assert page.startswith("<!doctype html>"), name
        assert len(re.findall(r"<h1\b", page)) == 1, name
        assert len(re.findall(r"<main\b", page)) == 1, name
        assert re.search(r'<html lang="en"', page), name
        assert re.search(r"<title>[^<]+ · Camscope</title>", page), name


def test_what_pages_refer_to_is_there(client: TestClient, pages: dict[str, str]) -> None:
    wanted = {
        attributes[key]
        for page in pages.values()
        for tag, attributes in Elements(page).found
        for key in ("href", "src", "action", "data-cams-url", "data-scores-url",
                    "data-labels-url", "data-colormaps-url")
        if key in attributes and not (tag == "form" and attributes.get("method") == "post")
    }  # fmt: skip
    for address in sorted(filter(None, wanted)):
        if address.startswith("#"):
            continue
        assert address.startswith(("/", "?")), address
        assert not address.startswith("//"), address
        if address.startswith("/"):
            assert client.get(address).status_code == 200, address


def test_every_field_has_a_name_and_every_reference_an_end(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        elements = Elements(page)
        ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
        assert len(ids) == len(set(ids)), name
        for _, attributes in elements.found:
            for key in ("for", "aria-labelledby", "aria-describedby"):
                assert set((attributes.get(key) or "").split()) <= set(ids), (name, attributes)


def test_the_form_leads_to_the_page_of_the_photo(client: TestClient) -> None:
    page = get(client, explained(client))
    assert page.status_code == 200
    assert re.search(r"<h1[^>]*>red</h1>", page.text)


@pytest.mark.parametrize("example", [example.name for example in examples()])
def test_examples_need_no_upload(client: TestClient, example: str) -> None:
    assert submit(client, example=example).status_code == 303


@pytest.mark.parametrize(
    ("data", "fields", "status", "words"),
    [
        (None, {}, 400, "Choose a photo first."),
        (None, {"example": "no such"}, 404, "no such example"),
        (b"just words", {}, 415, "JPEG"),
        (png()[:-30], {}, 422, ""),
        (png(), {"scale": "7"}, 422, "input size"),
        (png(), {"classes": "unicorn"}, 422, "unicorn"),
        (png(), {"model": "no such"}, 422, ""),
    ],
)  # fmt: skip
def test_a_refusal_keeps_the_form_and_what_was_entered(
    client: TestClient, data: bytes | None, fields: dict[str, str], status: int, words: str
) -> None:
    entered = {"scale": "1.5", "classes": "green\nblue", **fields}
    answer = submit(client, data, **entered)
    assert answer.status_code == status
    elements = Elements(answer.text)
    assert words in answer.text
    alert = re.search(r"<p [^>]*data-alert>([^<]+)</p>", answer.text)
    assert alert is not None
    assert f">{entered['classes']}</textarea>" in answer.text.replace("&#34;", '"')
    checked = [one["value"] for one in elements.named("input") if one.get("name") == "scale" and "checked" in one]
    assert checked == ([entered["scale"]] if entered["scale"] == "1.5" else [])


def test_a_refusal_is_still_the_first_page(client: TestClient) -> None:
    links = Elements(submit(client).text).named("a")
    assert [link["href"] for link in links if "aria-current" in link] == ["/"]


def test_too_many_bytes_are_refused_on_the_form(make_client: ClientMaker) -> None:
    client = make_client(max_upload_mb=0.01)
    noise = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)).save(noise, "PNG")
    answer = submit(client, noise.getvalue())
    assert answer.status_code == 413
    assert re.search(r"data-alert>[^<]+<", answer.text)


def test_another_site_cannot_send_the_form(client: TestClient) -> None:
    answer = client.post(
        "/explanations", data={"example": "coffee"}, headers={**BROWSER, "sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403


def test_what_was_entered_is_shown_as_text(client: TestClient) -> None:
    answer = submit(client, png(), classes=HOSTILE, model=HOSTILE)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_labels_are_shown_as_text(make_client: ClientMaker, tmp_path: Path) -> None:
    path = make_bundle(tmp_path, name="hostile", labels=(HOSTILE, "b" * 200, "c", "d", "e"))
    client = make_client(classifiers=[Classifier.open(path, threads=1)])
    page = explained(client)
    for path_of in (page, f"{page}/heatmap", "/explanations", f"{page}/delete"):
        text = get(client, path_of).text
        assert "<script>alert" not in text
        assert not [one for _, one in Elements(text).found if "onload" in one]


@pytest.mark.parametrize(
    "query",
    ["class=-1", "class=x", "class=5", "versus=5", "versus=x", "mode=odd", "opacity=2", "opacity=nan", "threshold=-1",
     "cells=round", "class=99999999999999999999999"],
)  # fmt: skip
def test_a_view_that_is_none_is_refused(client: TestClient, query: str) -> None:
    answer = get(client, f"{explained(client)}?{query}")
    assert answer.status_code == 422
    assert "text/html" in answer.headers["content-type"]


@pytest.mark.parametrize(
    ("query", "colormap"),
    [("", "RdBu_r"), ("mode=positive", "viridis"), ("mode=positive&colormap=RdBu_r", "viridis"),
     ("colormap=nothing", "RdBu_r"), ("mode=positive&colormap=jet", "jet")],
)  # fmt: skip
def test_a_colour_map_fits_its_mode(client: TestClient, query: str, colormap: str) -> None:
    page = get(client, f"{explained(client)}?{query}").text
    assert re.findall(r'<option value="(\w+)" selected>', page) == [colormap]


def test_colours_are_named_as_people_see_them(client: TestClient) -> None:
    page = get(client, explained(client)).text
    titles = re.findall(r'<option value="(\w+)"[^>]*>([^<]+)</option>', page)
    assert ("RdBu_r", "blue, white, red (RdBu_r)") in titles
    assert [name for name, _ in titles] == [name for names in tables().values() for name in names]
    assert all(title.endswith(f" ({name})") for name, title in titles)


def test_a_class_compared_with_itself_stands_alone(client: TestClient) -> None:
    page = get(client, f"{explained(client)}?class=1&versus=1").text
    assert "margin" not in page.split("data-proof-sum")[1][:200]


def test_the_proof_is_in_the_page(client: TestClient) -> None:
    path = explained(client)
    top = client.get(f"/api/v1{path}").json()["predictions"][0]
    page = get(client, path).text
    numbers = re.search(r"mean of this map (\S+) \+ bias (\S+) = logit (\S+?)<", page)
    assert numbers is not None
    shown = [float(number.replace("−", "-")) for number in numbers.groups()]
    assert shown == pytest.approx([np.mean(top["cam"]), top["bias"], top["logit"]], abs=6e-3)


def test_a_network_without_exact_maps_says_so(make_client: ClientMaker, tmp_path: Path) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind="fc"), threads=1)])
    path = explained(client)
    page = get(client, path).text
    assert "This network has no exact map" in page
    assert "heatmap.png" not in page
    assert "cams.npy" not in page
    assert get(client, f"{path}/heatmap").status_code == 404


@pytest.mark.parametrize("kind", ["gap", "gap_norm", "conv", "sum", "gmp"])
def test_every_head_has_its_page(make_client: ClientMaker, tmp_path: Path, kind: str) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind=kind), threads=1)])
    assert get(client, f"{explained(client)}?class=4&versus=0").status_code == 200


def test_one_logit_stands_for_two_classes(make_client: ClientMaker, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path, labels=("car", "truck"), activation="sigmoid", single_logit=True)
    client = make_client(classifiers=[Classifier.open(bundle, threads=1)])
    page = get(client, explained(client)).text
    assert page.count('class="prediction"') == 2


def test_only_the_owner_may_delete(make_client: ClientMaker) -> None:
    client = make_client()
    path = explained(client)
    assert f"{path}/delete" in get(client, path).text
    client.cookies.clear()
    assert f"{path}/delete" not in get(client, path).text
    assert get(client, f"{path}/delete").status_code == 404
    assert client.post(f"{path}/delete", headers=BROWSER).status_code == 404
    assert get(client, path).status_code == 200


def test_deleting_leads_to_the_history(client: TestClient) -> None:
    path = explained(client)
    answer = client.post(f"{path}/delete", headers=BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/explanations")
    assert get(client, path).status_code == 404


def test_an_empty_history_invites(client: TestClient) -> None:
    assert "Nothing here yet" in get(client, "/explanations").text


def test_older_ones_are_on_the_next_page(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pages_explanation.HISTORY_LENGTH", 2)
    paths = [explained(client) for _ in range(3)]
    first = get(client, "/explanations").text
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older is not None
    second = get(client, older.group(1).replace("&amp;", "&")).text
    assert [path for path in paths if f'href="{path}"' in first] == paths[1:]
    assert [path for path in paths if f'href="{path}"' in second] == paths[:1]
    assert 'rel="next"' not in second
    assert get(client, "/explanations?cursor=nonsense").status_code == 422


def test_an_error_page_has_its_status_its_sentence_and_the_request(client: TestClient) -> None:
    answer = get(client, "/explanations/00000000000000000000000000000000")
    assert answer.status_code == 404
    assert answer.headers["x-request-id"] in answer.text
    assert "may have been deleted" in answer.text


def test_the_theme_is_the_visitors(client: TestClient) -> None:
    for cookie, theme in (("dark", "dark"), ("light", "light"), ('"><script>', "auto")):
        page = client.get("/", headers={**BROWSER, "cookie": f"camscope_theme={cookie}"}).text
        assert f'data-theme="{theme}"' in page
    assert 'data-theme="auto"' in get(client, "/").text


def test_several_networks_are_a_choice(make_client: ClientMaker, classifier: Classifier, tmp_path: Path) -> None:
    assert 'name="model"' not in get(make_client(), "/").text
    other = Classifier.open(make_bundle(tmp_path, name="other", labels=tuple("vwxyz")), threads=1)
    client = make_client(classifiers=[classifier, other])
    assert 'name="model"' in get(client, "/").text
    for called in ("other", other.bundle.id):
        assert f'<option value="{other.bundle.id}" selected' in get(client, f"/?model={called}").text
    assert (
        " selected" not in re.findall(r'<select[^>]* name="model".*?</select>', get(client, "/?model=x").text, re.S)[0]
    )
    page = get(client, explained(client, model=other.bundle.id)).text
    assert "by other" in page


@pytest.mark.parametrize(
    ("ratio", "shape"), [(1.5, "landscape"), (1, "upright"), (0.4, "upright"), (7, "stretched"), (1 / 7, "stretched")]
)
def test_frames_follow_the_photos_shape(ratio: float, shape: str) -> None:
    assert shape_of(ratio) == shape


def test_examples_are_small_and_credited() -> None:
    credited = (STATIC_DIR / "examples" / "CREDITS.md").read_text()
    for example in examples():
        file = STATIC_DIR / "examples" / f"{example.name}.jpg"
        assert file.stat().st_size <= 200_000
        assert f"`{example.name}.jpg`" in credited
        with Image.open(file) as photo:
            assert photo.size == (example.width, example.height)
