"""What was said is found from the field above the list, by keyboard and by mouse, and opened at the turn."""

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.servers import Served


async def test_a_turn_is_found_and_opened(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    await expect_status(await ask(page, "How many customers are named Zebulon?"), "completed")
    await page.get_by_test_id("new-chat").click()
    await page.wait_for_url("**/bi-chat")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("zebulo")
    hit = page.get_by_test_id("search-hit").first
    await expect(hit.locator("mark")).to_have_text("Zebulon")
    await expect(page.get_by_test_id("session-list")).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("session-list")).to_be_visible()
    await expect(page.get_by_test_id("session-search")).to_be_focused()
    await expect(page.get_by_test_id("session-search")).to_have_value("")

    await page.keyboard.type("zebulons")
    await expect(hit).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(hit).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_test_id("session-search")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/bi-chat/sessions/*?turn=*#turn-*")
    await expect(page.locator(".turn:target")).to_contain_text("Zebulon")


async def test_nothing_found_and_a_broken_line_are_said(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    await page.get_by_test_id("session-search").fill("qwxyz")
    await expect(page.get_by_test_id("search-empty")).to_contain_text("qwxyz")
    await page.route("**/bi-chat/search?*", lambda route: route.abort())
    await page.get_by_test_id("session-search").fill("qwxyzz")
    await expect(page.get_by_test_id("search-failed")).to_be_visible()
    await page.unroute("**/bi-chat/search?*")
    await page.get_by_test_id("session-search").press("Enter")
    await page.wait_for_url("**/bi-chat/search?q=qwxyzz")
    await expect(page.get_by_test_id("search-words")).to_have_value("qwxyzz")


async def test_the_search_works_without_scripts(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url, java_script_enabled=False)
    await sign_in(page)
    await page.get_by_test_id("session-search").fill("qwxyz")
    await page.get_by_test_id("session-search").press("Enter")
    await page.wait_for_url("**/bi-chat/search?q=qwxyz")
    await expect(page.get_by_test_id("search-empty")).to_be_visible()
