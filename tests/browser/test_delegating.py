"""What another agent does unfolds below its task, while it works and after a reload, and the answer goes on around it."""

import asyncio
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

TASK = {"agent": "sql_analyst", "instructions": "Count the branches."}
COUNT: dict[str, Any] = {"call": {"name": "sql_execute", "arguments": {"query": "SELECT count(*) AS n FROM branches"}}}


async def test_the_steps_of_an_agent_unfold_below_its_task(new_page: NewPage, scripted: Served, model: ModelServer) -> None:
    seen = asyncio.Event()
    model.script = {
        "rules": [
            {"match": "^Count the", "turns": [{"parts": [COUNT]}, {"parts": [{"until": seen}, "Eight."]}]},
            {"turns": [{"parts": [{"call": {"name": "task", "arguments": TASK}}]}, {"parts": ["There are 8 branches."]}]},
        ]
    }
    page = await new_page(scripted.url, viewport={"width": 390, "height": 800})
    await sign_in(page)
    turn = await ask(page, "How many branches?")
    task = turn.locator('[data-testid="tool-step"][data-agent="sql_analyst"]')
    await expect(task).to_have_attribute("data-state", "running")
    summary = task.locator("summary").first
    await expect(summary).to_contain_text("SQL analyst")
    await expect(summary).to_contain_text("Count the branches.")
    await summary.focus()
    await page.keyboard.press("Enter")
    inner = task.locator('[data-tool="sql_execute"]')
    await expect(inner).to_have_attribute("data-state", "ok")
    await expect(inner.locator("summary")).to_be_visible()
    await inner.locator("summary").click()
    await expect(inner.get_by_test_id("tool-sql")).to_be_visible()
    seen.set()
    await expect_status(turn, "completed")
    await expect(turn.get_by_test_id("answer-text")).to_contain_text("There are 8 branches.")
    await expect(task).to_have_attribute("data-state", "ok")
    await expect(inner.get_by_test_id("tool-sql")).to_be_visible()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.reload()
    await expect(inner).to_have_count(1)
    await expect(inner.locator("summary")).to_be_hidden()
    await summary.click()
    await inner.locator("summary").click()
    await expect(inner.get_by_test_id("tool-sql")).to_contain_text("SELECT count(*) AS n FROM branches")
