"""What is on the page stays in its place: nothing scrolls but the list and the transcript, nothing is said twice."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

LONG = "\n\n".join(f"Paragraph {number} tells something that takes a few words." for number in range(60))
ONE_QUESTION = {
    "questions": [
        {
            "id": "overdue",
            "question": "What counts as overdue?",
            "header": "Overdue",
            "multiSelect": False,
            "options": [{"id": word, "label": word, "description": ""} for word in ("One", "Two", "Three", "Four")],
        }
    ]
}
ASKING_BACK = {
    "rules": [{"turns": [{"parts": [{"call": {"name": "ask_user_question", "arguments": ONE_QUESTION}}]}, "Thank you."]}]
}


async def can_scroll(page: Page) -> bool:
    """Tell whether the document itself scrolls, by its size and by trying."""
    return await page.evaluate(
        "(() => { const root = document.documentElement; scrollTo(0, 500);"
        " return root.scrollHeight > root.clientHeight || scrollY > 0; })()"
    )


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
async def test_the_document_never_scrolls(new_page: NewPage, scripted: Served, model: ModelServer, size: tuple[int, int]):
    model.script = {"rules": [{"turns": [LONG]}]}
    page = await new_page(scripted.url, viewport={"width": size[0], "height": size[1]})
    await sign_in(page)
    token = await page.locator("[data-composer] input[name=_csrf_token]").input_value()
    for number in range(32):
        await page.request.post("/bi-chat/messages", form={"_csrf_token": token, "content": f"Question {number}"})
    await page.goto("/bi-chat")
    assert await page.get_by_test_id("session-item").count() >= 30
    assert not await can_scroll(page)
    for number in range(3):
        turn = await ask(page, f"And {number}")
        await expect_status(turn, "completed")
    assert not await can_scroll(page)
    await expect(page.get_by_test_id("composer")).to_be_in_viewport()


async def test_a_conversation_opens_at_its_end_though_its_charts_come_later(
    new_page: NewPage, scripted: Served, model: ModelServer
):
    model.script = {"rules": [{"turns": [LONG]}]}
    page = await new_page(scripted.url, viewport={"width": 390, "height": 700})
    await sign_in(page)
    turn = await ask(page, "Tell me everything")
    await expect_status(turn, "completed")
    await page.reload()
    view = await page.locator("[data-transcript]").element_handle()
    for grown in ("300px", "600px"):
        await turn.evaluate("(turn, size) => { turn.style.paddingBlockEnd = size; }", grown)
        await page.wait_for_function("view => view.scrollHeight - view.clientHeight - view.scrollTop < 2", arg=view)
    await page.mouse.move(200, 300)
    await page.mouse.wheel(0, -900)
    await expect(page.locator("[data-to-latest]")).to_be_visible()
    place = await page.evaluate("view => view.scrollTop", view)
    await turn.evaluate("turn => { turn.style.paddingBlockEnd = '900px'; }")
    await page.wait_for_timeout(200)
    assert await page.evaluate("view => view.scrollTop", view) == place


async def test_a_title_has_room_on_a_phone_in_the_longest_language(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url, viewport={"width": 390, "height": 844})
    await sign_in(page, locale="ru")
    await expect_status(await ask(page, "Выручка по филиалам за прошлый месяц"), "completed")
    title = await page.locator(".conversation-head h1").bounding_box()
    assert title
    assert title["width"] > 110
    await expect(page.get_by_role("button", name="Чат в PDF")).to_have_text("PDF", use_inner_text=True)


@pytest.mark.parametrize("locale", ["en", "ru", "uz"])
async def test_the_filters_of_the_audit_stay_on_the_page(new_page: NewPage, demo_server: Served, locale: str):
    page = await new_page(demo_server.url, viewport={"width": 1440, "height": 900})
    await sign_in(page, "admin@demo.test", locale)
    await page.goto("/bi-chat/manage/audit")
    filters = await page.locator(".audit-filters").bounding_box()
    last = await page.locator(".audit-buttons > :last-child").bounding_box()
    assert filters
    assert last
    assert last["x"] + last["width"] <= filters["x"] + filters["width"]


async def test_the_way_to_the_latest_lies_over_nothing(new_page: NewPage, scripted: Served, model: ModelServer):
    model.script = {"rules": [{"turns": [LONG]}]}
    page = await new_page(scripted.url)
    await sign_in(page)
    await expect_status(await ask(page, "Tell me everything"), "completed")
    jump = page.locator("[data-to-latest]")
    await page.locator("[data-transcript]").evaluate("(view) => { view.scrollTop = 0; }")
    await expect(jump).to_be_visible()
    button = await jump.bounding_box()
    transcript = await page.locator("[data-transcript]").bounding_box()
    composer = await page.get_by_test_id("composer").bounding_box()
    assert button
    assert transcript
    assert composer
    assert transcript["y"] + transcript["height"] <= button["y"]
    assert button["y"] + button["height"] <= composer["y"]
    await jump.click()
    await expect(jump).to_be_hidden()


async def test_a_refusal_above_the_composer_goes_with_the_question_that_caused_it(
    new_page: NewPage, scripted: Served, model: ModelServer
):
    model.script = ASKING_BACK
    page = await new_page(scripted.url)
    await sign_in(page)
    turn = await ask(page, "Show overdue payments")
    await expect_status(turn, "waiting")
    await page.get_by_test_id("composer-input").fill("And stock?")
    await page.get_by_test_id("composer-input").press("Enter")
    await expect(page.get_by_test_id("composer-error")).to_be_visible()
    await page.get_by_test_id("question-dismiss").click()
    await expect_status(turn, "completed")
    await expect(page.get_by_test_id("composer-error")).to_have_count(0)
    await expect(page.get_by_test_id("composer-input")).to_have_value("And stock?")


async def test_a_single_question_says_once_what_is_missing_and_numbers_its_options_only(
    new_page: NewPage, scripted: Served, model: ModelServer
):
    model.script = ASKING_BACK
    page = await new_page(scripted.url)
    await sign_in(page)
    await expect_status(await ask(page, "Show overdue payments"), "waiting")
    form = page.get_by_test_id("question-form")
    assert await form.locator("kbd").all_inner_texts() == ["1", "2", "3", "4"]
    await page.get_by_test_id("question-submit").click()
    await expect(form.get_by_role("alert").filter(has_text="Choose")).to_have_count(1)


async def test_after_a_question_to_begin_with_the_next_one_can_be_typed(page: Page):
    await sign_in(page)
    await page.locator(".starter").first.click()
    await expect(page.get_by_test_id("turn")).to_have_count(1)
    await expect(page.get_by_test_id("composer-input")).to_be_focused()


async def test_a_lost_network_is_told_once(page: Page, page_errors: list[str]):
    await sign_in(page)
    await page.get_by_test_id("composer-input").fill("How much did we sell last month?")
    await page.context.set_offline(offline=True)
    await page.get_by_test_id("composer-input").press("Enter")
    await expect(page.get_by_test_id("toast").filter(has_text="No connection")).to_be_visible()
    await expect(page.get_by_test_id("toast")).to_have_count(1)
    page_errors.clear()  # Chromium reports the lost request.


@pytest.mark.parametrize("locale", ["en", "ru", "uz"])
async def test_what_to_type_is_readable_whole_on_a_phone(new_page: NewPage, demo_server: Served, locale: str):
    page = await new_page(demo_server.url, viewport={"width": 390, "height": 844})
    await sign_in(page, locale=locale)
    room = await page.get_by_test_id("composer-input").evaluate(
        """(field) => {
          const style = getComputedStyle(field);
          const brush = document.createElement("canvas").getContext("2d");
          brush.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
          return field.clientWidth - parseFloat(style.paddingInlineStart) - brush.measureText(field.placeholder).width;
        }"""
    )
    assert room >= 0


async def test_pages_without_the_list_speak_the_readers_language_and_let_it_be_changed(page: Page):
    await page.goto("/login")
    await page.get_by_test_id("locale-switch").locator("button[value=ru]").click()
    await expect(page.get_by_test_id("demo-login").first).not_to_contain_text("Admin")
    await sign_in(page, locale="ru")
    await page.goto("/bi-chat/sessions/00000000-0000-7000-8000-000000000000")
    await expect(page.get_by_test_id("error-page")).to_contain_text("Вернуться")
    await page.get_by_test_id("locale-switch").locator("button[value=uz]").click()
    await expect(page.locator("html")).to_have_attribute("lang", "uz")
    await expect(page.get_by_test_id("theme-switch")).to_be_visible()
    await expect(page.get_by_test_id("error-page").locator(".mark")).to_be_visible()
