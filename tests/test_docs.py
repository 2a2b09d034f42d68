"""What the documents say exists: settings, files, commands, options, routes."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from app.cli import app as command_line
from app.config import PREFIX, setting_rows
from app.main import create_app
from scripts import document_settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
GUIDES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
CONFIGURATION = ["Dockerfile", "compose.yaml", "compose.caddy.yaml", "Makefile", ".ci/run"]
TOP_LEVEL = ("app/", "bench/", "docs/", "model/", "scripts/", "static/", "templates/", "tests/")


def commands() -> dict[str, set[str]]:
    """Every command and its options."""
    root = typer.main.get_command(command_line)
    assert isinstance(root, TyperGroup)
    return {
        name: {option for parameter in command.params for option in parameter.opts}
        for name, command in root.commands.items()
    }


def code_lines(text: str) -> Iterator[str]:
    """Lines of the fenced blocks, a backslash at the end joining two."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        yield from block.replace("\\\n", " ").splitlines()


def calls(text: str) -> Iterator[list[str]]:
    """The words of every `camscope …` line in blocks (after a prompt or not) and in inline code."""
    inline = re.findall(r"`(camscope [^`]+)`", text)
    for line in [*code_lines(text), *inline]:
        words = re.sub(r"^\$ ", "", line.strip())
        if words.startswith("camscope "):
            yield shlex.split(words, comments=True)[1:]


def test_the_readme_lists_every_setting_as_it_is() -> None:
    expected = document_settings.documented(README)
    assert expected == README, "run: python -m scripts.document_settings"


def test_leaving_a_setting_out_would_be_seen() -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `{PREFIX}PORT`"))
    without = README.replace(row + "\n", "")
    assert document_settings.documented(without) != without


def test_every_setting_has_a_sentence() -> None:
    for row in setting_rows():
        assert row.sentence.endswith("."), row


@pytest.mark.parametrize("name", [*GUIDES, *CONFIGURATION])
def test_only_settings_that_exist_are_named(name: str) -> None:
    known = {row.variable for row in setting_rows()}
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+[A-Z]", (ROOT / name).read_text()))
    assert named <= known


@pytest.mark.parametrize("name", GUIDES)
def test_every_file_that_is_named_exists(name: str) -> None:
    text, folder = GUIDES[name], (ROOT / name).parent
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text) + re.findall(r'src(?:set)?="(?!https?:)([^"]+)"', text)
    missing = [link for link in links if not (folder / link).exists()]
    paths = [path for path in re.findall(r"`([^`\s]+)`", text) if path.startswith(TOP_LEVEL)]
    missing += [path for path in paths if not list(ROOT.glob(path.rstrip("/")))]
    assert not missing


@pytest.mark.parametrize("name", GUIDES)
def test_every_command_and_option_that_is_named_exists(name: str) -> None:
    known = commands()
    for words in calls(GUIDES[name]):
        if words[0].startswith("-"):
            continue
        assert words[0] in known, words
        used = {word.partition("=")[0] for word in words[1:] if word.startswith("-") and word != "-"}
        assert used <= known[words[0]] | {"--help", "-h"}, words


def test_the_readme_names_every_command() -> None:
    shown = {words[0] for words in calls(README)}
    assert set(commands()) <= shown


@pytest.mark.parametrize("name", GUIDES)
def test_every_make_target_that_is_named_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = GUIDES[name]
    named = {word for code in [*code_lines(text), *re.findall(r"`([^`]+)`", text)] for word in make_targets(code)}
    assert named <= targets


def make_targets(code: str) -> list[str]:
    words = code.split("#", maxsplit=1)[0].split()
    return [word for word in words[1:] if "=" not in word] if words[:1] == ["make"] else []


def test_every_route_that_is_named_exists() -> None:
    known = {re.sub(r"{\w+}", "{}", path) for path in create_app().openapi()["paths"]}
    named = {re.sub(r"{\w+}|…|[0-9a-f]{32}", "{}", path) for path in re.findall(r"/api/v1/[\w/{}….-]*[\w}…]", README)}
    assert named <= known


def test_every_target_of_make_is_explained() -> None:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # of `make test`
    shown = subprocess.run(["make", "help"], cwd=ROOT, env=outside, text=True, capture_output=True, check=True).stdout
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(phony.split()) == {line.split()[0] for line in shown.splitlines()}


def test_decisions_are_numbered_once() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers)
    for page in pages:
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", page.name)
        assert page.read_text().startswith("# ")


def test_every_promise_of_reliability_has_its_test() -> None:
    rows = [line for line in GUIDES["docs/reliability.md"].splitlines() if re.match(r"\| (?!fault|---)", line)]
    for row in rows:
        cells = row.strip("| ").split(" | ")
        assert len(cells) == 3, row
        named = re.findall(r"`(test_\w+)\.py::(test_\w+)`", cells[2])
        assert named, row
        for file, test in named:
            source = (ROOT / "tests" / f"{file}.py").read_text()
            assert re.search(rf"^(async )?def {test}\(", source, re.MULTILINE), f"{file}.py has no {test}"
