"""A page's modules, put together into one script; those of pages that go over into each other stay apart."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app import modules
from app.modules import APART, joined, preloaded, script_address
from app.paths import STATIC_DIR
from tests.node import checked

PAGES = sorted(path.name for path in (STATIC_DIR / "js").glob("page-*.js"))
PARTS = {
    "leaf.js": "export const one = 1;\nexport default function leaf() {\n  return one;\n}\n",
    "branch.js": 'import leaf from "./leaf.js";\nimport { one as first } from "./leaf.js";\n'
    "const two = () => leaf() + first;\nexport { two };\n",
    "page-tree.js": 'import { two } from "./branch.js";\nimport leaf from "./leaf.js";\nprint(two() + leaf());\n',
}


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three modules instead of the pages' own."""
    for name, source in PARTS.items():
        (tmp_path / name).write_text(source)
    monkeypatch.setattr(modules, "SCRIPTS", tmp_path)
    return tmp_path


@pytest.mark.parametrize("script", PAGES)
def test_whatever_is_imported_is_there_before_who_asks_for_it(script: str) -> None:
    names = joined(script).names
    assert len(names) == len(set(names))
    assert names[-1] == script
    for place, name in enumerate(names):
        source = (STATIC_DIR / "js" / name).read_text()
        assert set(re.findall(r'^import .* from "\./([^"]+)"', source, re.MULTILINE)) <= set(names[:place]), name


@pytest.mark.parametrize("script", PAGES)
def test_what_is_put_together_is_a_module_that_asks_for_nothing(script: str) -> None:
    source = joined(script).source
    assert checked(source) == ""
    assert not re.search(r"^(import|export)\b", source, re.MULTILINE)


def test_modules_see_what_they_import_and_nothing_else(scripts: Path) -> None:
    assert joined("page-tree.js").names == ("leaf.js", "branch.js", "page-tree.js")
    source = joined("page-tree.js").source
    assert checked(f"const print = console.log;\n{source}\nconsole.log(typeof two);", run=True) == "3\nundefined\n"


def test_what_is_edited_is_served_without_a_new_start(scripts: Path) -> None:
    before = joined("page-tree.js")
    assert joined("page-tree.js") is before
    (scripts / "leaf.js").write_text(PARTS["leaf.js"].replace("one = 1", "one = 20"))
    after = joined("page-tree.js")
    assert "one = 20" in after.source
    assert after.address != before.address


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('import * as all from "./leaf.js";\n', "import \\* as all"),
        ('export * from "./leaf.js";\n', "export \\*"),
        ("const here = import.meta.url;\n", "import.meta"),
        ('const page = "</script>";\n', "</script"),
        ('import { two } from "./page-tree.js";\n', "imports itself"),
    ],
)
def test_a_form_that_is_not_known_is_refused(scripts: Path, source: str, told: str) -> None:
    (scripts / "branch.js").write_text(source)
    with pytest.raises(ValueError, match=told):
        joined("page-tree.js")


def test_modules_that_are_imported_at_run_time_are_in_no_script_that_is_put_together() -> None:
    sources = {path.name: path.read_text() for path in (STATIC_DIR / "js").glob("*.js")}
    code = {name: re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL) for name, source in sources.items()}
    asking = {name for name, source in code.items() if re.search(r"\bimport\(", source)}
    asked = {name for source in code.values() for name in re.findall(r'\bimport\("\./([\w-]+\.js)"\)', source)}
    assert asking
    assert asked
    for page in set(PAGES) - set(APART):
        assert not {*joined(page).names} & (asking | asked), page


def test_a_page_asks_for_one_script(client: TestClient) -> None:
    page = client.get("/explanations").text
    assert re.findall(r'<script type="module" src="([^"]+)"', page) == [joined("page-history.js").address]
    assert "modulepreload" not in page


@pytest.mark.parametrize("script", APART)
def test_a_page_whose_modules_stay_apart_asks_for_all_of_them_at_once(client: TestClient, script: str) -> None:
    page = client.get({"page-upload.js": "/", "page-album.js": "/gallery"}[script]).text
    links = re.findall(r'<link rel="modulepreload" href="/static/js/([^"]+)">', page)
    assert links == list(preloaded(script))
    assert set(links) | {script} == set(joined(script).names)
    assert f'src="/static/js/{script}"' in page


def test_a_script_is_kept_for_good_while_it_is_the_present_one(client: TestClient) -> None:
    address = script_address("page-map.js")
    answer = client.get(address)
    assert answer.text == joined("page-map.js").source
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    older = client.get(address.replace(address.split("/")[3], "0" * 16))
    assert older.text == answer.text
    assert older.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["viewer.js", "page-none.js", "..%2Fapi.js", "page-map.js%00"])
def test_no_other_file_is_put_together(client: TestClient, name: str) -> None:
    assert client.get(f"/static/joined/{'0' * 16}/{name}").status_code == 404
