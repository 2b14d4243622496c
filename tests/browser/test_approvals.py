"""A manager has a tool asked for first, and the call is allowed by keyboard when it comes."""

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

QUERY = "SELECT count(*) AS n FROM branches"
CHOOSE = "Choose an option or answer in your own words."
CALL = {"call": {"name": "sql_execute", "arguments": {"query": QUERY}}}


async def test_a_call_waits_for_its_approval_and_is_allowed_by_keyboard(new_page: NewPage, scripted: Served, model: ModelServer):
    model.script = [{"parts": [CALL]}, {"parts": [CALL]}, "There are 8 branches."]
    page = await new_page(scripted.url)
    await sign_in(page, "admin@demo.test")
    await page.goto("/bi-chat/manage/settings")
    await page.wait_for_load_state()
    form = page.get_by_test_id("tools-form")
    await form.get_by_label("Query the database").select_option("Ask first")
    await form.get_by_test_id("tools-save").press("Enter")
    await expect(page.get_by_role("status").first).to_have_text("What was decided about the tools is saved.")
    await expect(form.get_by_label("Query the database")).to_have_value("ask")
    assert await violations(page) == []

    await page.goto("/bi-chat")
    await page.wait_for_load_state()
    turn = await ask(page, "How many branches?")
    await expect_status(turn, "waiting")
    await expect(page.get_by_test_id("approval-arguments")).to_contain_text(QUERY)
    await expect(page.get_by_role("radio", name="Allow once")).to_be_focused()
    assert await violations(page) == []
    await page.keyboard.press("3")
    await expect(page.get_by_test_id("question-other")).to_be_focused()
    await page.keyboard.type("Count the cities")
    await page.keyboard.press("Enter")
    await expect(turn.get_by_text("Not allowed: Count the cities")).to_have_count(1)

    await expect(page.get_by_role("radio", name="Allow once")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("question-form").get_by_role("alert")).to_have_text(CHOOSE)
    await expect(page.get_by_role("radio", name="Allow once")).to_be_focused()
    await expect_status(turn, "waiting")
    await page.keyboard.press("1")
    await expect(page.get_by_role("radio", name="Allow once")).to_be_checked()
    await page.keyboard.press("Enter")
    await expect_status(turn, "completed")
    await expect(turn.get_by_test_id("answer-text")).to_have_text("There are 8 branches.")
    await expect(turn.locator('[data-tool="sql_execute"][data-state="ok"]')).to_have_count(1)
    await expect(turn.get_by_test_id("question-summary")).to_have_count(2)
