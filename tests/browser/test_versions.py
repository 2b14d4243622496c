"""A question is edited in its place, and its versions are switched, by keyboard and by mouse."""

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.servers import Served


async def test_a_question_is_edited_in_its_place_and_switched_back(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    await expect_status(await ask(page, "How much did we sell last month?"), "completed")
    await expect_status(await ask(page, "And this month?"), "completed")

    first = page.get_by_test_id("turn").first
    await first.get_by_test_id("edit-message").click()
    await expect(page.get_by_test_id("edit-input")).to_be_focused()
    await page.get_by_test_id("edit-input").fill("Revenue by branch last month")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("turn")).to_have_count(1)
    await expect_status(page.get_by_test_id("turn").first, "completed")
    await expect(page.get_by_test_id("versions")).to_contain_text("2/2")
    await expect(page.get_by_test_id("composer-input")).to_be_focused()

    await page.get_by_test_id("versions").get_by_role("button", name="Version before").press("Enter")
    await expect(page.get_by_test_id("turn")).to_have_count(2)
    await expect(page.get_by_test_id("composer-input")).to_be_focused()
    await expect(page.get_by_test_id("versions")).to_contain_text("1/2")
    await page.reload()
    await expect(page.get_by_test_id("message-user").first).to_have_text("How much did we sell last month?")

    await page.get_by_test_id("turn").last.get_by_test_id("regenerate").click()
    await expect(page.get_by_test_id("versions")).to_have_count(2)
    await expect_status(page.get_by_test_id("turn").last, "completed")
