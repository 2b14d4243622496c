"""A figure that no result holds is marked when its answer is finished, and still after a reload, for eyes and ears."""

import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

COUNT = "SELECT status, count(*) AS orders FROM orders WHERE status = :status GROUP BY status"
ANSWER = "No **987,654,321** orders were lost.\n\nOf them 12.34 % came back."


def asked(status: str) -> list[object]:
    call = {"name": "sql_execute", "arguments": {"query": COUNT, "params": {"status": status}}}
    return [{"parts": [{"call": call}]}, {"parts": [{"call": {"name": "final_answer", "arguments": {"answer": ANSWER}}}]}]


async def marked(page: Page) -> None:
    marks = page.get_by_test_id("unchecked-claim")
    await expect(marks).to_have_text(["987,654,321", "12.34"])
    await expect(page.get_by_test_id("unchecked-note")).to_have_text(re.compile("2 numbers were not found in the results"))
    sign = await marks.first.evaluate("mark => getComputedStyle(mark, '::after').content")
    assert sign == '"?"'


async def test_figures_that_were_not_found_are_marked_live_and_after_a_reload(
    new_page: NewPage, scripted: Served, model: ModelServer
):
    model.script = asked("completed")
    page = await new_page(scripted.url)
    await sign_in(page)
    turn = await ask(page, "How many orders were lost?")
    await expect_status(turn, "completed")
    await marked(page)
    assert (await Axe().run(page)).violations_count == 0
    await page.reload()
    await marked(page)
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
