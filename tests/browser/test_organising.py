"""A chat is renamed, archived and brought back without leaving the page; many are put away at once; other tabs keep up."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.servers import Served


async def test_a_chat_is_renamed_archived_and_brought_back(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    await expect_status(await ask(page, "How much did we sell last month?"), "completed")
    second = await page.context.new_page()
    await second.goto(demo_server.url + "/bi-chat")
    await expect(second.get_by_test_id("session-item").first).to_have_text("How much did we sell last month?")

    await page.get_by_test_id("rename-session").click()
    await expect(page.locator("#session-title [data-title-input]")).to_be_focused()
    await page.keyboard.type("October <b>sales</b>")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("October <b>sales</b>")
    await expect(second.get_by_test_id("session-item").first).to_have_text("October <b>sales</b>")

    await second.get_by_test_id("session-menu-open").first.focus()
    await second.keyboard.press("Enter")
    await expect(second.get_by_test_id("session-menu")).to_be_visible()
    assert (await Axe().run(second)).violations_count == 0
    await second.get_by_test_id("session-archive").click()
    await expect(second.get_by_test_id("toast")).to_contain_text("The chat is in the archive.")
    await expect(second.get_by_test_id("session-list").get_by_text("October <b>sales</b>")).to_have_count(0)
    await second.get_by_test_id("undo").click()
    await expect(second.get_by_test_id("session-item").first).to_have_text("October <b>sales</b>")


async def test_many_chats_are_put_away_and_back_on_their_page(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page, "viewer@demo.test")
    for question in ("How much did we sell last month?", "Revenue by branch last month"):
        await page.get_by_test_id("new-chat").click()
        await page.wait_for_url("**/bi-chat")
        await expect_status(await ask(page, question), "completed")
    await page.get_by_test_id("all-chats").click()
    await expect(page.get_by_test_id("bulk-delete")).to_be_disabled()
    await page.get_by_label("Choose all on this page").check()
    await page.get_by_test_id("bulk-delete").click()
    await expect(page.get_by_test_id("shelf-done")).to_contain_text("chats are in the trash.")
    assert (await Axe().run(page)).violations_count == 0
    await page.get_by_test_id("undo").click()
    await expect(page.get_by_test_id("shelf-row").first).to_be_in_viewport()


async def test_escape_closes_the_menu_of_a_chat_before_the_list_that_it_lies_over(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url, viewport={"width": 390, "height": 844})
    await sign_in(page)
    await expect_status(await ask(page, "How much did we sell last month?"), "completed")
    await page.keyboard.press("Control+b")
    await page.get_by_test_id("session-menu-open").first.press("Enter")
    await expect(page.get_by_test_id("session-menu")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("session-menu")).to_be_hidden()
    await expect(page.get_by_test_id("session-item").first).to_be_in_viewport()
    await page.get_by_test_id("session-menu-open").first.press("Enter")
    await page.get_by_test_id("session-archive").click()
    await page.get_by_test_id("undo").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("The chat is back in the list.")
    await expect(page.get_by_test_id("undo")).to_have_count(1)
