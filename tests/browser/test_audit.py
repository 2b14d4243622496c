"""A manager looks through the record: filters without reloading, an address to come back to, details unfolded."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.servers import Served

ADMIN = "admin@demo.test"


async def test_the_record_is_filtered_and_unfolded(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page, ADMIN)
    await expect_status(await ask(page, "How much did we sell last month?"), "completed")
    await page.get_by_role("link", name="Management").click()
    lines = page.get_by_test_id("audit-line")
    await expect(lines.first).to_be_visible()
    form = page.get_by_test_id("audit-filters")
    await form.get_by_label("What").select_option("ran")
    await expect(page.locator('[data-action="login.succeeded"]')).to_have_count(0)
    await expect(page).to_have_url(re.compile("what=ran"))
    await lines.first.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(lines.first.locator("pre.sql .k").first).to_be_visible()
    await expect(lines.first).to_contain_text("Time in the database")
    await page.reload()
    await expect(form.get_by_label("What")).to_have_value("ran")
    await form.get_by_label("Text in SQL").fill("nothing like this")
    await form.get_by_label("Text in SQL").press("Enter")
    await expect(page.get_by_text("No entry matches.")).to_be_visible()
    await form.get_by_label("To day").fill("2020-01-01")
    await form.get_by_label("From day").fill("2020-01-02")
    await form.get_by_label("From day").press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("The period ends before it begins.")
    await page.go_back()
    await expect(page.get_by_test_id("audit-list")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_record_passes_axe(new_page: NewPage, demo_server: Served, theme: str, width: int):
    page = await new_page(demo_server.url, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    await sign_in(page, ADMIN)
    await expect_status(await ask(page, "How much did we sell last month?"), "completed")
    await page.goto("/bi-chat/manage/audit")
    await page.evaluate("document.querySelectorAll('.audit-line details').forEach((line) => { line.open = true; })")
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
