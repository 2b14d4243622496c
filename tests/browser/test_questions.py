"""The agent asks back, and people answer without touching a mouse."""

from playwright.async_api import Page, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

ASKED = {
    "questions": [
        {
            "id": "overdue",
            "question": "What counts as overdue?",
            "header": "Overdue",
            "multiSelect": False,
            "options": [
                {"id": "due", "label": "Due date has passed", "description": "Any unpaid amount after the date of the contract"},
                {"id": "sixty", "label": "More than 60 days", "description": "As in the report of finance"},
            ],
        },
        {
            "id": "branches",
            "question": "Which branches?",
            "header": "Branches",
            "multiSelect": True,
            "options": [
                {"id": "a", "label": "Chilonzor", "description": ""},
                {"id": "b", "label": "Sergeli", "description": ""},
                {"id": "c", "label": "Buxoro", "description": ""},
            ],
        },
    ]
}
SCRIPT = {
    "rules": [{"turns": [{"parts": [{"call": {"name": "ask_user_question", "arguments": ASKED}}]}, "Thank you for telling."]}]
}


async def asked(page: Page, model: ModelServer):
    model.script = SCRIPT
    await sign_in(page)
    turn = await ask(page, "Show overdue payments")
    await expect_status(turn, "waiting")
    first = page.get_by_test_id("question").first.get_by_test_id("question-option").first
    await expect(first.get_by_role("radio")).to_be_focused()
    return turn


async def test_a_form_is_answered_by_keyboard_only(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url)
    turn = await asked(page, model)
    options = page.get_by_test_id("question").first.get_by_test_id("question-option")
    await page.keyboard.press("2")
    await expect(options.nth(1).get_by_role("radio")).to_be_checked()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("1")
    await page.keyboard.press("3")
    await page.keyboard.press("Enter")
    await expect_status(turn, "completed")
    await expect(turn.get_by_test_id("answer-text")).to_have_text("Thank you for telling.")
    await expect(page.get_by_test_id("question-form")).to_have_count(0)
    await expect(page.get_by_test_id("question-summary")).to_have_count(1)
    await expect(page.get_by_test_id("question-summary")).to_contain_text("More than 60 days")
    await expect(page.get_by_test_id("question-summary")).to_contain_text("Buxoro")


async def test_whoever_answers_a_form_above_the_end_follows_the_answer(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url, viewport={"width": 390, "height": 600})
    turn = await asked(page, model)
    await expect(page.get_by_test_id("question").first.get_by_text("What counts as overdue?")).to_be_in_viewport()
    text = "\n\n".join(f"Line {number} of the answer." for number in range(60))
    model.script = {"rules": [{"turns": ["", text]}]}
    jump = page.locator("[data-to-latest]")
    await turn.evaluate("turn => { turn.style.paddingBlockEnd = '700px' }")
    view = page.locator("[data-transcript]")
    await view.evaluate("view => { view.scrollTop = view.scrollHeight }")
    await expect(jump).to_be_hidden()
    await view.evaluate("view => { view.scrollTop -= 800 }")
    await expect(jump).to_be_visible()
    for key in ("2", "Tab", "Tab", "1", "Enter"):
        await page.keyboard.press(key)
    await expect_status(turn, "completed")
    await expect(turn.get_by_test_id("answer-text")).to_contain_text("Line 59 of the answer.")
    await expect(jump).to_be_hidden()


async def test_own_words_answer_and_exclude_the_options(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url)
    turn = await asked(page, model)
    await page.keyboard.press("1")
    await page.keyboard.press("3")
    await page.keyboard.type("Over 2 weeks")
    await expect(page.get_by_test_id("question").first.get_by_role("radio", checked=True)).to_have_count(0)
    await page.get_by_test_id("question").nth(1).get_by_test_id("question-option").first.click()
    await page.get_by_test_id("question-submit").click()
    await expect_status(turn, "completed")
    await expect(page.get_by_test_id("question-summary")).to_contain_text("Over 2 weeks")


async def test_a_missing_answer_is_told_and_the_rest_is_kept(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url)
    turn = await asked(page, model)
    await page.keyboard.press("2")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("question").nth(1)).to_contain_text("Choose an option or answer in your own words.")
    await expect(page.get_by_test_id("question").first.get_by_role("radio").nth(1)).to_be_checked()
    await expect_status(turn, "waiting")


async def test_a_question_survives_reloads_and_restarts_and_can_be_skipped(
    new_page: NewPage, scripted: Served, model: ModelServer, page_errors: list[str]
):
    page = await new_page(scripted.url)
    turn = await asked(page, model)
    scripted.kill()
    scripted.restart()
    await page.reload()
    await expect(page.get_by_test_id("question-form")).to_be_visible()
    page_errors.clear()  # Chromium reports the lost stream.
    await page.get_by_test_id("question-dismiss").click()
    await expect_status(turn, "completed")
    await expect(page.get_by_test_id("question-summary")).to_contain_text("skipped")


async def test_both_tabs_see_that_one_of_them_answered(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url)
    turn = await asked(page, model)
    second = await page.context.new_page()
    await second.goto(page.url)
    await expect(second.get_by_test_id("question-form")).to_be_visible()
    await page.bring_to_front()
    await page.keyboard.press("1")
    await page.get_by_test_id("question").nth(1).get_by_test_id("question-option").first.click()
    await page.get_by_test_id("question-submit").click()
    await expect_status(turn, "completed")
    await second.bring_to_front()
    await expect_status(second.get_by_test_id("turn"), "completed")
    await expect(second.get_by_test_id("question-form")).to_have_count(0)
    await expect(second.get_by_test_id("question-summary")).to_have_count(1)
