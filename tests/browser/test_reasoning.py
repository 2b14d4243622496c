"""A person unfolds what the model considers while it does, with the keyboard, and finds it again after a reload."""

import asyncio
from typing import Any

from playwright.async_api import Locator, expect

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


async def test_that_of_agents_at_work_together_unfolds_below_the_task_of_each(
    new_page: NewPage, scripted: Served, model: ModelServer
) -> None:
    more, calling, other, answering = (asyncio.Event() for _ in range(4))
    first = [{"reasoning": "**Counting**\n\nBranches are"}, {"until": more}, {"reasoning": " rows."}, {"until": calling}, COUNT]
    own = [{"parts": [{"reasoning": "Two tasks."}, task("First."), task("Second.")]}, {"parts": ["There are 8 branches."]}]
    model.script = {
        "rules": [
            {
                "match": "^First",
                "turns": [{"parts": first}, {"parts": [{"reasoning": "All *there*."}, {"until": answering}, "8."]}],
            },
            {"match": "^Second", "turns": [{"parts": [{"reasoning": "Something else."}, {"until": other}, "Eight."]}]},
            {"turns": own},
        ]
    }
    page = await new_page(scripted.url, viewport={"width": 390, "height": 800})
    await sign_in(page)
    turn = await ask(page, "How many branches?")
    tasks = turn.locator('[data-testid="tool-step"][data-agent="sql_analyst"]')
    await expect(tasks).to_have_count(2)
    thought, others = tasks.first.get_by_test_id("thought"), tasks.last.get_by_test_id("thought")
    await expect(thought).to_have_count(1)
    await expect(others).to_have_count(1)
    await expect(thought).to_be_hidden()
    await tasks.first.locator("summary").first.focus()
    await page.keyboard.press("Enter")
    line = thought.first.locator("summary")
    await expect(line).to_have_text("Thinking…")
    await page.keyboard.press("Tab")
    await expect(line).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(thought.get_by_text("Branches are")).to_be_visible()
    assert await violations(page) == []
    other.set()
    await expect(tasks.last).to_have_attribute("data-state", "ok")
    await expect(others.locator("summary")).to_contain_text("Thought for")
    more.set()
    await expect(thought.get_by_text("Branches are rows.")).to_be_visible()
    await expect(line).to_be_focused()
    assert await thought.evaluate("each => each.closest('[aria-live], [role=status]') === null")
    calling.set()
    await expect(line).to_contain_text("Thought for")
    await expect(thought).to_have_count(2)
    assert await steps(tasks.first) == ["thought", "sql_execute", "thought"]
    await expect(line).to_be_focused()
    answering.set()
    await expect_status(turn, "completed")
    await expect(thought.first.get_by_text("Branches are rows.")).to_be_visible()
    await expect(thought.last.get_by_text("All there.")).to_be_hidden()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.reload()
    await expect(turn.get_by_test_id("thought")).to_have_count(4)
    assert await steps(tasks.first) == ["thought", "sql_execute", "thought"]
    assert await steps(tasks.last) == ["thought"]
    await expect(thought.first).to_be_hidden()
    await tasks.first.locator("summary").first.focus()
    await page.keyboard.press("Enter")
    await thought.last.locator("summary").focus()
    await page.keyboard.press("Space")
    await expect(thought.last.get_by_text("All there.")).to_be_visible()


async def test_what_led_an_agent_to_no_step_goes_when_it_is_stopped(
    new_page: NewPage, scripted: Served, model: ModelServer
) -> None:
    turns = [{"parts": [{"reasoning": "Looked."}, COUNT]}, {"parts": [{"reasoning": "Vain."}, {"until": asyncio.Event()}]}]
    model.script = {"rules": [{"match": "^First", "turns": turns}, {"turns": [{"parts": [task("First.")]}]}]}
    page = await new_page(scripted.url)
    await sign_in(page)
    turn = await ask(page, "How many branches?")
    thought = turn.get_by_test_id("thought")
    await expect(thought).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect_status(turn, "stopped")
    await expect(thought).to_have_count(1)
    assert await steps(turn.locator("[data-agent]")) == ["thought", "sql_execute"]


def task(instructions: str) -> dict[str, Any]:
    return {"call": {"name": "task", "arguments": {"agent": "sql_analyst", "instructions": instructions}}}


async def steps(of_task: Locator) -> list[str]:
    """Return what stands below a task, in order."""
    found = await of_task.locator(".steps details").all()
    return [await each.get_attribute("data-tool") or await each.get_attribute("data-testid") or "" for each in found]
