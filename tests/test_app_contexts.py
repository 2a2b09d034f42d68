"""What templates use and what they are given is the same, both ways."""

from dataclasses import FrozenInstanceError, fields

import pytest
from jinja2 import UndefinedError, meta

import app.cli_reports
import app.comparison_report
import app.evaluation_report
import app.gallery
import app.main
import app.reports  # noqa: F401 - the trainer draws it, no page
from app.contexts import ErrorPage, Page, Site
from app.paths import TEMPLATES_DIR
from app.templating import environment, render

SITE = Site(path="/", theme="auto", language="en", version="1", script_text="{}")
CSS_LAYERS = ("tokens.css", "base.css", "components.css")


def kinds(page: type[Page] = Page) -> list[type[Page]]:
    """Every kind of page, wherever it is declared."""
    below = [kind for subclass in page.__subclasses__() for kind in kinds(subclass)]
    return below if page is Page else [page, *below]


PAGES = kinds()


def sources(template: str) -> set[str]:
    """A template and all it extends and includes."""
    parsed = environment().parse((TEMPLATES_DIR / template).read_text())
    names = {name for name in meta.find_referenced_templates(parsed) if name}
    return {template}.union(*(sources(name) for name in names))


def used_names(template: str) -> set[str]:
    """Every name that a template and its parts take from outside."""
    found: set[str] = set()
    for name in sources(template):
        found |= meta.find_undeclared_variables(environment().parse((TEMPLATES_DIR / name).read_text()))
    return found - set(environment().globals)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_a_page_is_given_what_it_uses_and_no_more(page: type[Page]) -> None:
    assert used_names(page.template) == {field.name for field in fields(page)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_pages_are_frozen(page: type[Page]) -> None:
    assert page.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_every_template_belongs_to_a_page() -> None:
    used = set().union(*(sources(page.template) for page in PAGES))
    assert used == {path.name for path in TEMPLATES_DIR.iterdir()}


def test_the_rendered_context_is_the_fields() -> None:
    page = ErrorPage(SITE, 404, "Not found", "<b>gone</b>", "Look elsewhere.", "abc")
    assert page.values() == {field.name: getattr(page, field.name) for field in fields(page)}
    answer = render(page, 404)
    assert answer.status_code == 404
    assert b"&lt;b&gt;gone&lt;/b&gt;" in answer.body
    with pytest.raises(FrozenInstanceError):
        page.status = 500  # type: ignore[misc]


def test_a_name_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nobody.knows }}").render()
