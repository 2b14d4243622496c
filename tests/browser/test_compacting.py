"""The earlier questions of a chat go behind a summary from its menu, are unfolded in their place and brought back."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.servers import Served


async def test_earlier_questions_are_summarised_unfolded_and_brought_back(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    for question in ("How much did we sell last month?", "Revenue by branch last month", "And this month?"):
        await expect_status(await ask(page, question), "completed")
    await page.get_by_test_id("session-menu-open").first.focus()
    await page.keyboard.press("Enter")
    await page.get_by_test_id("session-compact").click()
    summary = page.get_by_test_id("summary-turn")
    await expect(summary).to_contain_text("Summary of 1 earlier question")
    await expect(summary.get_by_test_id("summary-text")).to_contain_text("How much did we sell last month?")
    await expect(page.get_by_test_id("session-menu")).to_be_hidden()
    await expect(page.get_by_test_id("turn")).to_have_count(2)
    await expect_status(await ask(page, "And for Samarqand?"), "completed")

    await summary.get_by_test_id("summary-replaced").locator("> summary").press("Enter")
    await expect(summary.get_by_test_id("turn")).to_contain_text("How much did we sell last month?")
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.reload()
    await expect(page.get_by_test_id("turn")).to_have_count(3)

    await page.get_by_test_id("summary-undo").click()
    await expect(page.get_by_test_id("turn")).to_have_count(4)
    await expect(page.get_by_test_id("summary-turn")).to_have_count(0)

    await page.locator("[data-open-drawer]").click()
    await page.get_by_test_id("session-menu-open").first.click()
    await page.get_by_test_id("session-compact").click()
    await expect(page.get_by_test_id("summary-turn")).to_be_in_viewport()
    await expect(page.locator("[data-drawer][data-open]")).to_have_count(0)
