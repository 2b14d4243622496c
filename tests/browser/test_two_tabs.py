"""What is asked in one tab comes into another one that is open, once, and leaves what is typed there alone."""

import asyncio

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served


async def test_a_question_of_one_tab_is_followed_in_the_other(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url)
    await sign_in(page)
    followed = asyncio.Event()
    slow = {"parts": ["Forty", {"until": followed}, "-two."]}
    model.script = ["First.", slow, slow]
    await expect_status(await ask(page, "How many?"), "completed")
    second = await page.context.new_page()
    await second.goto(page.url)
    await second.get_by_test_id("composer-input").fill("Half a ques")
    await ask(page, "And now?")
    other = second.get_by_test_id("turn").nth(1)
    await expect(second.get_by_test_id("stop")).to_be_visible()
    followed.set()
    for tab in (page, second):
        turn = tab.get_by_test_id("turn").nth(1)
        await expect_status(turn, "completed")
        await expect(turn.get_by_test_id("answer-text")).to_have_text("Forty-two.")
        await expect(tab.get_by_test_id("turn")).to_have_count(2)
    await expect(second.get_by_test_id("composer-input")).to_have_value("Half a ques")
    await other.get_by_test_id("regenerate").click()
    for tab in (page, second):
        await expect(tab.get_by_test_id("versions")).to_be_visible()
        await expect_status(tab.get_by_test_id("turn").nth(1), "completed")
        await expect(tab.get_by_test_id("turn")).to_have_count(2)
