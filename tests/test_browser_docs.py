"""The API's own page: works offline, under the policy, and with a photo."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import ContextMaker
from tests.test_browser_access import scan

pytestmark = pytest.mark.browser


def test_the_api_can_be_read_and_tried_on_its_own_page(page: Page, photo: Path) -> None:
    page.goto("/docs")
    operation = page.locator("#operations-explanations-create_explanation")
    operation.locator(".opblock-summary-control").click()
    expect(operation.get_by_text("Too many requests", exact=False).first).to_be_visible()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("input[type=file]").set_input_files(photo)
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("201")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_it_in_the_theme_of_the_page(make_context: ContextMaker, theme: str) -> None:
    page = make_context(color_scheme=theme).new_page()
    page.goto("/docs")
    page.locator("#operations-explanations-create_explanation").wait_for()
    assert page.evaluate("document.documentElement.classList.contains('dark-mode')") == (theme == "dark")
    assert scan(page) == []
    page.get_by_role("button", name="Switch to the").click()
    assert page.evaluate("document.documentElement.classList.contains('dark-mode')") == (theme == "light")


def test_it_leads_back_to_the_pages(page: Page) -> None:
    page.goto("/docs")
    page.get_by_role("link", name="History").click()
    expect(page).to_have_url("/explanations")
