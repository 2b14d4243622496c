"""An answer is marked as verified, a manager approves its query, and the next answer from it bears the badge."""

from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

QUESTION = "How many branches have a manager?"
COUNT = "SELECT count(*) AS branches FROM branches WHERE name <> ''"
CALL = {"call": {"name": "sql_execute", "arguments": {"query": COUNT}}}
ANSWER: list[Any] = [
    {"parts": [CALL]}, {"parts": [{"call": {"name": "final_answer", "arguments": {"answer": "All of them."}}}]},
]  # fmt: skip


async def test_an_answer_marked_as_verified_bears_the_badge_once_a_manager_approved_it(
    new_page: NewPage, scripted: Served, model: ModelServer
):
    model.script = [*ANSWER, *ANSWER]
    analyst = await new_page(scripted.url)
    await sign_in(analyst)
    turn = await ask(analyst, QUESTION)
    await expect_status(turn, "completed")
    await expect(turn.get_by_test_id("verified")).to_have_count(0)
    await turn.get_by_test_id("verify").focus()
    await analyst.keyboard.press("Enter")
    await expect(turn.get_by_test_id("verify-waits")).to_have_text("Proposed; a manager approves it")

    manager = await new_page(scripted.url)
    await sign_in(manager, "admin@demo.test")
    await manager.goto("/bi-chat/manage/knowledge")
    await manager.get_by_test_id("knowledge-waiting").click()
    await manager.get_by_test_id("knowledge-list").get_by_role("link", name=QUESTION).click()
    await expect(manager.get_by_test_id("knowledge-entry")).to_have_attribute("data-status", "proposed")
    await expect(manager.locator('textarea[name="sql"]')).to_have_value(COUNT)
    await manager.get_by_test_id("knowledge-approve").click()
    await expect(manager.get_by_test_id("knowledge-entry")).to_have_attribute("data-status", "approved")

    again = await ask(analyst, QUESTION)
    await expect_status(again, "completed")
    badge = again.get_by_test_id("verified")
    await expect(badge).to_have_text("Verified query")
    await expect(badge).to_have_attribute("title", f"The figures come from the verified query “{QUESTION}”.")
    await expect(again.get_by_test_id("verify")).to_have_count(0)
    assert await violations(analyst) == []
    await analyst.reload()
    await expect(analyst.get_by_test_id("turn").last.get_by_test_id("verified")).to_have_text("Verified query")
