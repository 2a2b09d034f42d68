"""The API's own page: works offline, under the policy, and with a photo."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

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
