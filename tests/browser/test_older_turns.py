"""Older turns come to whoever scrolls up to them, and the line that one reads stays where it is."""

import asyncio
from pathlib import Path

from playwright.async_api import Page, Route, expect
from sqlalchemy import select

from app.chat import turns
from app.chat.models import Message
from app.database import Database, new_id
from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

LONG = 2 * turns.PAGE + 20
TOPS = "all => all.map(each => each.getBoundingClientRect().top)"


async def lengthen(data_dir: Path) -> None:
    """Add questions to the conversation that begins with “Question 0?”."""
    database = Database(f"sqlite:///{data_dir / 'bichat.sqlite'}")
    async with database.writing() as db:
        first = (await db.execute(select(Message).where(Message.content == "Question 0?"))).scalar_one()
        whose = {"tenant_id": first.tenant_id, "session_id": first.session_id, "author_id": first.author_id, "role": "user"}
        db.add_all([Message(**whose, id=new_id(), content=f"Question {number}?") for number in range(1, LONG)])
    await database.close()


async def scroll_to_the_top(page: Page) -> None:
    await page.locator("[data-transcript]").evaluate("element => { element.scrollTop = 0; }")


async def test_older_turns_come_by_scrolling_up_and_nothing_jumps(
    new_page: NewPage, scripted: Served, model: ModelServer, demo_dir: Path
):
    model.script = ["Yes."]
    page = await new_page(scripted.url, viewport={"width": 1000, "height": 600})
    await sign_in(page)
    await expect_status(await ask(page, "Question 0?"), "completed")
    await lengthen(demo_dir)
    await page.reload()
    shown = page.get_by_test_id("turn")
    await expect(shown.last).to_be_in_viewport()
    await expect(shown).to_have_count(turns.PAGE)

    arrived = asyncio.Event()

    async def late(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await page.route("**/turns?before=*", late)
    async with page.expect_request("**/turns?before=*"):
        await scroll_to_the_top(page)
    before = await shown.evaluate_all(TOPS)
    arrived.set()
    await expect(shown).to_have_count(2 * turns.PAGE)
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    await expect(shown).to_have_count(2 * turns.PAGE)
    after = (await shown.evaluate_all(TOPS))[turns.PAGE :]
    assert all(abs(now - then) <= 2 for now, then in zip(after, before, strict=True))

    await scroll_to_the_top(page)
    await expect(shown).to_have_count(LONG)
    await expect(page.get_by_test_id("earlier-turns")).to_have_count(0)
    await scroll_to_the_top(page)
    await expect(shown.first).to_contain_text("Question 0?")
