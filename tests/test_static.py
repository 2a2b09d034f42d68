"""Style sheets and scripts: two layers, one behaviour per file, nothing from elsewhere."""

import re
from pathlib import Path

import pytest

from app.paths import STATIC_DIR, TEMPLATES_DIR

SCRIPTS = sorted((STATIC_DIR / "js").glob("*.js"))
STYLES = sorted((STATIC_DIR / "css").glob("*.css"))
LONGEST_SCRIPT = 150
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\brgb\(|\bhsl\(", re.IGNORECASE)
ALLOWED_COLOURS = {"#ffffff", "#171615"}  # marks on a photo stand out against any photo, in either theme


def name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_scripts_are_short_and_say_what_they_do(path: Path) -> None:
    source = path.read_text()
    assert len(source.splitlines()) <= LONGEST_SCRIPT
    assert source.startswith("/* ") or path.name.startswith("page-")


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_one_module_asks_the_server_and_one_hears_it(path: Path) -> None:
    source = path.read_text()
    asks, hears = re.search(r"\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket", source), "EventSource" in source
    assert (bool(asks), hears) == (path.name == "api.js", path.name == "hearing.js")


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_what_scripts_import_is_there(path: Path) -> None:
    for imported in re.findall(r'from "([^"]+)"', path.read_text()):
        assert imported.startswith("./")
        assert (path.parent / imported).is_file(), imported


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_nothing_is_written_as_markup(path: Path) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", path.read_text())


def test_every_behaviour_asked_for_is_started_where_it_is() -> None:
    templates = ["upload", "prediction", "heatmap", "history", "train", "training", "panels", "album", "camera"]
    for template in [
        *templates,
        "learn_global_pooling",
        "learn_layers",
        "learn_location",
        "learn_pooling",
        "learn_translation",
    ]:
        source = (TEMPLATES_DIR / f"{template}.html").read_text()
        parts = [source, (TEMPLATES_DIR / "base.html").read_text()]
        parts += [(TEMPLATES_DIR / part).read_text() for part in re.findall(r'include "(_\w+\.html)"', source)]
        asked = {one for part in parts for names in re.findall(r'data-module="([^"]+)"', part) for one in names.split()}
        page = re.search(r"{% block script %}([\w-]+\.js)", source)
        assert page is not None
        script = (STATIC_DIR / "js" / page.group(1)).read_text()
        everywhere = (STATIC_DIR / "js" / "start.js").read_text().partition("ON_EVERY_PAGE = {")[2].partition("}")[0]
        own = " ".join(re.findall(r"\{([^}]*)\}", script.split("start.js")[-1]))
        started = set(re.findall(r"\b\w+\b", f"{own} {everywhere}"))
        assert asked <= started, template


def test_colours_have_one_home() -> None:
    for path in STYLES:
        if path.name == "tokens.css":
            continue
        found = {one for one in COLOUR.findall(path.read_text()) if one not in ALLOWED_COLOURS}
        assert found == set(), path.name


def test_every_variable_is_defined() -> None:
    source = "".join(path.read_text() for path in STYLES)
    used = set(re.findall(r"var\((--[\w-]+)", source))
    defined = set(re.findall(r"(?<![\w-])(--[\w-]+):", source))
    assert used <= defined
    assert defined <= used, "what nobody uses is not there"


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES, *sorted(STATIC_DIR.glob("*.svg"))], ids=name)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    addresses = re.findall(r"https?://[^\s\"')]+", path.read_text())
    assert [one for one in addresses if one != "http://www.w3.org/2000/svg"] == []


def test_every_class_in_templates_has_a_style_or_a_reader() -> None:
    styles = "".join(path.read_text() for path in STYLES)
    for path in TEMPLATES_DIR.glob("*.html"):
        for names in re.findall(r'class="([^"{]+)"', path.read_text()):
            for one in names.split():
                block = one.split("__")[0]
                assert f".{one}" in styles or f".{block}" in styles, (path.name, one)
