"""A page names all scripts it will need."""

import re

import pytest
from fastapi.testclient import TestClient

from app.modules import imported
from app.paths import STATIC_DIR

PAGES = sorted(path.name for path in (STATIC_DIR / "js").glob("page-*.js"))


@pytest.mark.parametrize("script", PAGES)
def test_whatever_is_imported_is_named(script: str) -> None:
    named = imported(script)
    assert len(named) == len(set(named))
    for name in (script, *named):
        source = (STATIC_DIR / "js" / name).read_text()
        asked = set(re.findall(r'from "\./([^"]+)"', source))
        assert asked <= {*named, script}, name


def test_a_script_that_is_not_there_imports_nothing() -> None:
    assert imported("no-such.js") == ()


def test_a_page_asks_for_all_of_them_at_once(client: TestClient) -> None:
    page = client.get("/").text
    links = re.findall(r'<link rel="modulepreload" href="/static/js/([^"]+)">', page)
    assert links == list(imported("page-upload.js"))
    assert "upload.js" in links
