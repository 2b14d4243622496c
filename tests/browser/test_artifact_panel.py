"""The drawer with a conversation's results: opened by keyboard, filled while a run goes on, names changed, deletes undone."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_charts import charted, drawing, drawn
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served


def since_the_last_question(request: dict[str, Any]) -> Any:
    said = request["messages"]
    last = max(at for at, message in enumerate(said) if message["role"] == "user")
    return drawing({"messages": said[last:]})


async def opened(page: Page, lines: int) -> None:
    await page.get_by_test_id("open-artifacts").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("artifact-panel").get_by_test_id("artifact")).to_have_count(lines)


async def test_results_are_found_renamed_deleted_and_restored(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url, reduced_motion="reduce")
    chart = await charted(page, model)
    panel, turn = page.get_by_test_id("artifact-panel"), page.get_by_test_id("turn").first
    await opened(page, 1)
    await expect(panel).to_contain_text("Revenue: all branches")

    await panel.get_by_test_id("artifact-rename").press("Enter")
    await expect(panel.get_by_test_id("artifact-name")).to_be_focused()
    await page.keyboard.type("   ")
    await page.keyboard.press("Enter")
    await expect(panel.get_by_role("alert")).to_contain_text("1 to 200 characters")
    await expect(panel.get_by_test_id("artifact-name")).to_be_focused()
    await panel.get_by_test_id("artifact-name").fill("Branches <b>compared</b>")
    await page.keyboard.press("Enter")
    await expect(panel.get_by_role("link", name="Branches <b>compared</b>")).to_be_focused()
    await expect(turn.locator(".chart-title")).to_have_text("Branches <b>compared</b>")
    await drawn(page)

    await panel.get_by_test_id("artifact-delete").click()
    await expect(panel.get_by_test_id("artifact-restore")).to_be_focused()
    await expect(turn.get_by_test_id("artifact-deleted")).to_contain_text("“Branches <b>compared</b>” was deleted.")
    await expect(chart).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(turn.get_by_test_id("chart")).to_have_count(1)

    await panel.get_by_test_id("artifact-delete").click()
    await expect(panel.get_by_test_id("artifact-restore")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(page.get_by_test_id("open-artifacts")).to_be_focused()
    await page.reload()
    await turn.get_by_test_id("artifact-restore").click()
    await drawn(page)


async def test_it_fills_while_it_is_open_and_leads_to_the_turn(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url, reduced_motion="reduce", viewport={"width": 390, "height": 800})
    await charted(page, model)
    is_open = asyncio.Event()

    def held(request: dict[str, Any]) -> Any:
        turn = since_the_last_question(request)
        return turn if isinstance(turn, str) else {"parts": [{"until": is_open}, *turn["parts"]]}

    model.script = held
    await ask(page, "Draw it again")
    await opened(page, 1)
    is_open.set()
    await expect_status(page.get_by_test_id("turn").nth(1), "completed")
    await expect(page.get_by_test_id("artifact-panel").get_by_test_id("artifact")).to_have_count(2)
    first = page.get_by_test_id("artifact-panel").get_by_test_id("artifact").nth(1)
    await first.get_by_role("link").press("Enter")
    await expect(page.get_by_test_id("artifact-panel")).to_be_hidden()
    shown = page.get_by_test_id("turn").first.locator("[data-shown-artifact]")
    await expect(shown).to_be_focused()
    await expect(shown).to_be_in_viewport()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_it_passes_axe_on_a_phone(new_page: NewPage, scripted: Served, model: ModelServer, theme: str):
    page = await new_page(scripted.url, color_scheme=theme, reduced_motion="reduce", viewport={"width": 390, "height": 800})
    await charted(page, model)
    await opened(page, 1)
    await page.get_by_test_id("artifact-rename").click()
    found = await violations(page)
    overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    await page.get_by_test_id("artifact-delete").click()
    await expect(page.get_by_test_id("artifact-panel").get_by_test_id("artifact-restore")).to_be_visible()
    await page.keyboard.press("Escape")
    assert found + await violations(page) == []
    assert overflow <= 0


async def test_an_empty_chat_says_what_will_be_here(new_page: NewPage, scripted: Served, model: ModelServer):
    page = await new_page(scripted.url)
    model.script = ["Good day."]
    await sign_in(page)
    await expect_status(await ask(page, "Hello"), "completed")
    await page.get_by_test_id("open-artifacts").click()
    await expect(page.get_by_test_id("artifact-panel-empty")).to_be_visible()
