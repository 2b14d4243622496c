"""What programs can call, read by people: from the tokens to a call that is copied."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.servers import Served


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_call_is_found_from_the_tokens_and_copied(new_page: NewPage, demo_server: Served, theme: str, width: int):
    page = await new_page(demo_server.url, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    await sign_in(page, locale={1440: "en", 390: "ru"}[width])
    await page.goto("/account")
    await page.get_by_test_id("for-programs").click()
    await expect(page.get_by_test_id("programs")).to_be_visible()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_test_id("programs-contents").get_by_role("link", name="POST /bi-chat/stream", exact=True).click()
    example = page.locator("#stream_send")
    await expect(example.locator("h3")).to_be_in_viewport()
    await example.get_by_role("button").click()
    await expect(page.get_by_test_id("toast")).to_be_visible()
