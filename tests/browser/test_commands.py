"""A slash in the composer offers commands: arrows choose, Escape closes, clearing asks first."""

from playwright.async_api import Page, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.servers import Served


async def chosen(page: Page) -> str:
    field = page.get_by_test_id("composer-input")
    return await page.locator(f"#{await field.get_attribute('aria-activedescendant')}").get_attribute("data-command") or ""


async def test_a_slash_offers_commands_and_clear_asks_first(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    await expect_status(await ask(page, "revenue by branch"), "completed")
    await page.get_by_test_id("composer-input").press("/")
    await expect(page.get_by_test_id("command")).to_have_count(3)
    assert await chosen(page) == "/clear"
    await page.keyboard.press("ArrowUp")
    assert await chosen(page) == "/debug"
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("commands")).to_be_hidden()
    await page.get_by_test_id("composer-input").fill("")
    await page.keyboard.type("/de")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("debugging")).to_be_visible()
    await page.get_by_test_id("debugging").get_by_role("button").click()
    await expect(page.get_by_test_id("debugging")).to_have_count(0)
    await page.get_by_test_id("composer-input").press("/")
    await page.get_by_test_id("command").first.click()
    await page.get_by_test_id("clear-confirm").click()
    await expect(page.get_by_test_id("composer-input")).to_be_visible()
    await expect(page.get_by_test_id("turn")).to_have_count(0)
