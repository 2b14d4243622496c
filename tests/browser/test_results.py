"""People work with a table: they sort, search, page, hide, count, copy and refresh it, with the keyboard too."""

import json
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.model_scripts import conversation
from tests.model_server import ModelServer
from tests.servers import Served

DAYS = (
    "SELECT order_date, branch, CASE WHEN sum(amount) > 1000000 THEN sum(amount) END AS revenue, count(*) AS lines, '=1' AS note "
    "FROM sales WHERE order_date >= :since AND order_date < '2026-08-01' AND quantity > 0 "
    "GROUP BY order_date, branch ORDER BY order_date, branch LIMIT 120"
)


def script(request: dict[str, Any]) -> dict[str, Any]:
    told = [text for role, text in conversation(request) if role == "tool"]
    if not told:
        return {"parts": [call("sql_execute", query=DAYS, params={"since": "2026-07-01"})]}
    if len(told) == 1:
        return {"parts": [call("render_table", result_id=json.loads(told[0])["result_id"], title="Sales by day")]}
    return {"parts": [call("final_answer", answer="Here they are.")]}


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"call": {"name": name, "arguments": arguments}}


async def shown(page: Page, model: ModelServer, locale: str = "en") -> Locator:
    """Ask for the table and return its card."""
    model.script = script
    await sign_in(page, locale=locale)
    turn = await ask(page, "Sales by day?")
    await expect_status(turn, "completed")
    return turn.get_by_test_id("result-table")


async def column(table: Locator, place: int) -> list[str]:
    return await table.locator(f"tbody td:nth-child({place + 1})").all_inner_texts()


@pytest.fixture
async def page(new_page: NewPage, scripted: Served) -> Page:
    opened = await new_page(scripted.url)
    await opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return opened


async def test_it_is_sorted_and_the_focus_stays(page: Page, model: ModelServer):
    table = await shown(page, model)
    heading = table.get_by_role("button", name="lines")
    await heading.focus()
    await page.keyboard.press("Enter")
    await expect(table.locator("th[aria-sort=ascending]")).to_contain_text("lines")
    figures = [int(text) for text in await column(table, 3)]
    assert figures == sorted(figures)
    await expect(heading).to_be_focused()
    await expect(page.get_by_role("status").filter(has_text="Sorted by lines, rising. 120 rows")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(table.locator("th[aria-sort=descending]")).to_contain_text("lines")
    await page.keyboard.press("Enter")
    await expect(table.locator("th[aria-sort]")).to_have_count(0)


async def test_who_points_elsewhere_after_sorting_is_not_called_back_by_what_others_change(page: Page, model: ModelServer):
    table = await shown(page, model)
    await table.get_by_role("button", name="lines").focus()
    await page.keyboard.press("Enter")
    await expect(table.locator("th[aria-sort=ascending]")).to_contain_text("lines")
    await page.get_by_test_id("message-user").click()
    await expect(page.locator("body")).to_be_focused()

    other = await page.context.new_page()
    await other.goto("/bi-chat")
    await other.wait_for_load_state()
    await ask(other, "And by week?")
    await expect(page.get_by_test_id("session-list")).to_contain_text("And by week?")
    await expect(page.locator("body")).to_be_focused()


async def test_it_is_searched_while_typing_and_paged(page: Page, model: ModelServer):
    table = await shown(page, model)
    await expect(table.get_by_test_id("table-position")).to_have_text("1–25 of 120")
    await table.get_by_role("button", name="Next page").click()
    await expect(table.get_by_test_id("table-position")).to_have_text("26–50 of 120")
    await expect(table.get_by_role("button", name="Next page")).to_be_focused()
    await table.get_by_test_id("table-size").focus()
    await page.keyboard.press("ArrowDown")
    await expect(table.get_by_test_id("table-position")).to_have_text("1–50 of 120")
    await expect(table.get_by_test_id("table-size")).to_be_focused()

    branch = (await column(table, 1))[0]
    await table.get_by_test_id("table-search").fill(branch.lower())
    await expect(table.get_by_test_id("table-position")).to_contain_text("found in 120")
    assert set(await column(table, 1)) == {branch}
    await expect(table.get_by_test_id("table-search")).to_be_focused()
    await table.get_by_test_id("table-search").fill("zzzz")
    await expect(table).to_contain_text("No row holds what you search for.")
    await expect(table.get_by_test_id("table-position")).to_be_empty()


async def test_columns_are_hidden_and_counted(page: Page, model: ModelServer):
    table = await shown(page, model)
    await table.get_by_test_id("table-columns").locator("summary").click()
    await table.get_by_role("checkbox", name="branch").uncheck()
    await expect(table.locator("thead th")).to_have_count(4)
    await expect(table.get_by_role("checkbox", name="branch")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(table.get_by_role("checkbox", name="branch")).to_be_hidden()
    await table.get_by_text("Statistics").click()
    await expect(table.get_by_test_id("table-figures").locator("[data-figure=total]")).to_have_count(2)
    await expect(table.locator("thead th")).to_have_count(4)


async def test_the_whole_of_it_is_copied_for_a_spreadsheet(page: Page, model: ModelServer):
    table = await shown(page, model)
    await table.get_by_role("button", name="lines").click()
    await expect(table.locator("th[aria-sort]")).to_have_count(1)
    await table.get_by_test_id("table-copy").click()
    await expect(page.get_by_test_id("toast").filter(has_text="Copied")).to_be_visible()
    lines = (await page.evaluate("navigator.clipboard.readText()")).splitlines()
    assert lines[0] == "Order date\tBranch\trevenue\tlines\tnote"
    assert len(lines) == 121
    assert lines[1].endswith("\t'=1")


async def test_a_refresh_keeps_what_was_asked_and_says_what_changed(page: Page, model: ModelServer):
    table = await shown(page, model)
    await table.get_by_role("button", name="lines").click()
    await expect(table.locator("th[aria-sort]")).to_have_count(1)
    await table.get_by_test_id("table-refresh").click()
    await expect(table.get_by_test_id("table-changes")).to_have_text(re.compile(r"^Refreshed .+:\s+nothing changed\.\s*$"))
    await expect(table.locator("th[aria-sort=ascending]")).to_contain_text("lines")
    await expect(table.get_by_test_id("table-refresh")).to_be_focused()
    await page.reload()
    await expect(table).to_be_visible()
    await expect(table.get_by_test_id("table-changes")).to_have_count(0)


async def test_without_scripts_the_same_forms_work(new_page: NewPage, page: Page, scripted: Served, model: ModelServer):
    table = await shown(page, model)
    table_id = await table.get_attribute("data-table-id")
    plain = await new_page(scripted.url, java_script_enabled=False, storage_state=await page.context.storage_state())
    await plain.goto(page.url)
    await plain.get_by_test_id("table-refresh").click()
    await expect(plain).to_have_url(re.compile(rf"/bi-chat/artifacts/{table_id}/table\?$"))
    await plain.get_by_test_id("table-refresh").click()
    await expect(plain.get_by_test_id("table-changes")).to_have_text(re.compile(r"^Refreshed .+:\s+nothing changed\.\s*$"))
    await plain.get_by_test_id("table-search").fill("2026-07-02")
    await plain.get_by_test_id("table-search").press("Enter")
    await expect(plain.get_by_test_id("table-position")).to_contain_text("found in 120")
    await plain.get_by_role("button", name="lines").click()
    await expect(plain.locator("th[aria-sort=ascending]")).to_contain_text("lines")
    await expect(plain.get_by_test_id("table-position")).to_contain_text("found in 120")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
async def test_it_passes_axe_and_stays_within_the_page(
    new_page: NewPage, scripted: Served, model: ModelServer, width: int, theme: str
):
    page = await new_page(scripted.url, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    table = await shown(page, model, "ru")
    await table.locator("input[name=statistics]").check(force=True)
    await expect(table.get_by_test_id("table-figures")).to_be_visible()
    await table.get_by_test_id("table-columns").locator("summary").click()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert not await violations(page)
    await page.goto(f"/bi-chat/artifacts/{await table.get_attribute('data-table-id')}/table?statistics=1")
    assert not await violations(page)
