"""The login page, as people meet it: with scripts and without, from our own pages and from others'."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from app.config import Settings
from model.classifier import Classifier
from tests.browsing import ContextMaker, serve
from tests.test_app_access import TOKEN
from tests.test_browser_access import scan

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("patience")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, bundle_path: Path) -> Iterator[str]:
    """A server that asks for its token."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("guarded"), token=SecretStr(TOKEN), batch_max=1)
    yield from serve(settings, [Classifier.open(bundle_path, threads=1)])


@pytest.mark.parametrize("scripts", [True, False])
def test_logging_in_leads_where_one_wanted_and_logging_out_leads_back(
    make_context: ContextMaker, site: str, scripts: bool
) -> None:
    page = make_context(java_script_enabled=scripts).new_page()
    page.goto("/models?x=1")
    expect(page).to_have_title("Log in · Camscope")
    page.get_by_label("Access token").fill("not the right one at all")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("This is not this server’s token.")
    page.get_by_label("Access token").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/models?x=1")
    page.goto("/explanations")
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(f"{site}/login")
    page.goto("/explanations")
    expect(page).to_have_title("Log in · Camscope")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_login(make_context: ContextMaker, site: str, theme: str) -> None:
    page = make_context(color_scheme=theme).new_page()
    page.goto("/login")
    found = scan(page)
    page.get_by_label("Access token").fill("x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    found += scan(page)
    page.get_by_label("Access token").fill(TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    found += scan(page)
    page.goto("/docs")
    page.get_by_role("button", name="Authorize").first.wait_for()
    found += scan(page)
    assert found == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_link_on_another_site_leads_to_the_page_with_a_session(chromium: Browser, site: str, scripts: bool) -> None:
    context = chromium.new_context(base_url=site, java_script_enabled=scripts)
    page = context.new_page()
    elsewhere = "http://elsewhere.example/"
    link = f'<!doctype html><a href="{site}/models">there</a>'
    page.route(f"{elsewhere}**", lambda route: route.fulfill(body=link, content_type="text/html"))
    page.goto(elsewhere)
    page.get_by_role("link").click()
    expect(page).to_have_url(f"{site}/login?next=%2Fmodels&again=1")
    page.get_by_label("Access token").fill(TOKEN)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{site}/models")
    page.goto(elsewhere)
    page.get_by_role("link").click()
    expect(page).to_have_url(f"{site}/models")
    expect(page).to_have_title("Models · Camscope")
    context.close()
