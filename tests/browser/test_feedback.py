"""An answer is found good by keyboard, then bad with a reason and a comment."""

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.servers import Served


async def test_a_verdict_is_given_by_keyboard_and_changed_with_a_reason(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    turn = await ask(page, "How much did we sell last month?")
    await expect_status(turn, "completed")
    await turn.get_by_test_id("feedback-up").focus()
    await page.keyboard.press("Enter")
    await expect(turn.get_by_test_id("feedback-thanks")).to_be_visible()
    await expect(turn.get_by_test_id("feedback-up")).to_have_attribute("aria-pressed", "true")
    await turn.get_by_test_id("feedback-down").click()
    await turn.get_by_label("Wrong figures").check()
    await turn.get_by_label("Comment").fill("It was more")
    await turn.get_by_test_id("feedback-send").click()
    await expect(turn.get_by_test_id("feedback-down")).to_have_attribute("aria-pressed", "true")
    await expect(turn.get_by_test_id("feedback-form")).to_have_count(0)
