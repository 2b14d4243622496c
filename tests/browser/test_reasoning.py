"""A person unfolds what the model considers while it does, with the keyboard, and finds it again after a reload."""

import asyncio
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

COUNT: dict[str, Any] = {"call": {"name": "sql_execute", "arguments": {"query": "SELECT count(*) AS n FROM branches"}}}


async def test_it_unfolds_while_it_grows_and_is_there_after_a_reload(
    new_page: NewPage, scripted: Served, model: ModelServer
) -> None:
    more, calling, answering = asyncio.Event(), asyncio.Event(), asyncio.Event()
    first = [{"reasoning": "**Counting**\n\nBranches are"}, {"until": more}, {"reasoning": " rows."}, {"until": calling}, COUNT]
    model.script = [{"parts": first}, {"parts": [{"until": answering}, {"reasoning": "That is *all*."}, "There are 8 branches."]}]
    page = await new_page(scripted.url, viewport={"width": 390, "height": 800})
    await sign_in(page)
    turn = await ask(page, "How many branches?")
    thought = turn.get_by_test_id("thought")
    line = thought.locator("summary")
    await expect(line).to_have_text("Thinking…")
    await expect(thought.get_by_text("Branches are")).to_be_hidden()
    await line.focus()
    await page.keyboard.press("Enter")
    await expect(thought.locator("strong")).to_have_text("Counting")
    await expect(thought.get_by_text("Branches are")).to_be_visible()
    assert await violations(page) == []
    more.set()
    await expect(thought.get_by_text("Branches are rows.")).to_be_visible()
    await expect(line).to_be_focused()
    assert await thought.locator("[aria-live], [role=status]").count() == 0
    assert await thought.evaluate("each => each.closest('[aria-live], [role=status]') === null")
    calling.set()
    await expect(line).to_contain_text("Thought for")
    await expect(turn.get_by_test_id("tool-step")).to_have_attribute("data-state", "ok")
    await expect(thought.get_by_text("Branches are rows.")).to_be_visible()
    await expect(line).to_be_focused()
    answering.set()
    await expect_status(turn, "completed")
    await expect(thought).to_have_count(2)
    await expect(thought.first.get_by_text("Branches are rows.")).to_be_visible()
    await expect(thought.last.get_by_text("That is all.")).to_be_hidden()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.reload()
    await expect(thought).to_have_count(2)
    await expect(thought.first.get_by_text("Branches are rows.")).to_be_hidden()
    await thought.last.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(thought.last.get_by_text("That is all.")).to_be_visible()
    await expect(turn.get_by_test_id("answer-text")).to_have_text("There are 8 branches.")
