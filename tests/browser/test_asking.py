"""Someone signs in, asks in their language, watches the answer arrive and finds it again."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import ask, expect_status, sign_in

QUESTIONS = {
    "en": ("How much did we sell last month?", "Answered in", "Queried the database", "Total revenue"),
    "ru": ("Сколько мы продали в прошлом месяце?", "Ответ за", "Выполнен запрос к базе", "Общая выручка"),
    "uz": ("Oʻtgan oyda qancha sotdik?", "javob berildi", "Maʼlumotlar bazasiga soʻrov bajarildi", "Jami tushum"),
}


@pytest.mark.parametrize("locale", QUESTIONS)
async def test_a_question_is_answered_in_the_readers_language_and_found_again(page: Page, locale: str):
    question, status, step, found = QUESTIONS[locale]
    await sign_in(page, locale=locale)

    turn = await ask(page, question)
    await page.wait_for_url(re.compile(r"/bi-chat/sessions/"))
    await expect_status(turn, "completed")
    await expect(turn.get_by_test_id("run-status")).to_contain_text(status)
    await expect(turn.get_by_test_id("answer-text")).to_have_text(re.compile(r"\d"))
    await expect(turn.get_by_test_id("result-table").locator("tbody tr").first).to_be_visible()
    answer = await turn.get_by_test_id("answer-text").inner_text()

    looked = turn.locator('[data-tool="search_validated_queries"] .step-facts').first
    await expect(looked).to_contain_text(found)
    queried = turn.get_by_test_id("tool-step").filter(has_text=step).last
    await expect(queried.get_by_test_id("tool-sql")).to_be_hidden()
    await queried.locator("summary").click()
    await expect(queried.get_by_test_id("tool-sql")).to_contain_text("SELECT")

    await page.reload()
    await expect(page.get_by_test_id("turn")).to_have_count(1)
    await expect(turn.get_by_test_id("answer-text")).to_have_text(answer, use_inner_text=True)
    await expect(page.get_by_test_id("session-item").first).to_contain_text(question[:12])


async def test_a_starter_question_begins_a_conversation(page: Page):
    await sign_in(page)
    starter = page.locator(".starter").first
    question = await starter.inner_text()
    await starter.click()
    await expect(page.get_by_test_id("message-user")).to_have_text(question.strip())
    await expect(page.get_by_test_id("run-status")).to_have_count(1)


async def test_the_offline_banner_says_what_to_set_and_stays_away_once_hidden(page: Page):
    await sign_in(page)
    banner = page.get_by_test_id("offline-banner")
    await expect(banner).to_contain_text("OPENAI_API_KEY")
    await banner.get_by_role("button").click()
    await expect(banner).to_be_hidden()
    await page.reload()
    await expect(page.get_by_test_id("composer")).to_be_visible()
    await expect(banner).to_be_hidden()


async def test_what_was_typed_is_kept_when_the_message_cannot_be_sent(page: Page, page_errors: list[str]):
    await sign_in(page)
    await page.context.set_offline(offline=True)
    await page.get_by_test_id("composer-input").fill("How much did we sell last month?")
    await page.get_by_test_id("composer-input").press("Enter")
    toast = page.get_by_test_id("toast").filter(has_text="No connection")
    await expect(toast).to_be_visible()
    await expect(page.get_by_test_id("composer-input")).to_have_value("How much did we sell last month?")

    await page.context.set_offline(offline=False)
    await toast.get_by_role("button").click()
    await expect(page.get_by_test_id("message-user")).to_have_text("How much did we sell last month?")
    page_errors.clear()  # Chromium reports the lost request.


async def look_elsewhere(page: Page) -> None:
    await page.get_by_test_id("catalogue-link").click()
    await expect(page).to_have_url(re.compile("/catalogue$"))


async def test_what_was_typed_is_there_again_after_a_look_elsewhere(page: Page):
    await sign_in(page)
    words = page.get_by_test_id("composer-input")
    await words.fill("How much did we sell in\nTashkent?")
    await look_elsewhere(page)
    await page.go_back()
    await expect(words).to_have_value("How much did we sell in\nTashkent?")
    await expect_status(await ask(page, "How much did we sell last month?"), "completed")
    await words.fill("And of that online?")
    await page.get_by_test_id("new-chat").click()
    await expect(page).to_have_url(re.compile("/bi-chat$"))
    await expect(words).to_have_value("")
    await page.get_by_test_id("session-item").first.click()
    await expect(words).to_have_value("And of that online?")


async def test_nobody_else_reads_what_was_typed_before_somebody_signed_out(page: Page):
    await sign_in(page)
    words = page.get_by_test_id("composer-input")
    await words.fill("Who earns the most?")
    await look_elsewhere(page)
    await page.locator(".logout button").click()
    await sign_in(page, "viewer@demo.test")
    await expect(words).to_have_value("")
    assert await page.evaluate("Object.values(sessionStorage).join()") == ""


async def test_the_list_is_searched_by_title(page: Page):
    await sign_in(page)
    turn = await ask(page, "How much did we sell last month?")
    await expect_status(turn, "completed")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("zzzz")
    await expect(page.get_by_test_id("session-item").filter(visible=True)).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("session-item").first).to_be_visible()
