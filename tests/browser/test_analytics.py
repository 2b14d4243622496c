"""A manager has the walls around the business database attacked: a button, a dated outcome, a verdict for each wall."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import PATIENCE, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.servers import Served

ADMIN = "admin@demo.test"
PAGE = "/bi-chat/manage/analytics"


async def check(page: Page) -> None:
    """Press the button by keyboard and wait for the outcome."""
    await page.get_by_test_id("check-walls").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("wall").first).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_test_id("walls")).not_to_have_attribute("aria-busy", "true", timeout=PATIENCE)


async def test_the_walls_are_attacked_and_each_has_a_dated_verdict(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page, ADMIN)
    await page.get_by_role("link", name="Management").click()
    await page.get_by_role("link", name="Business database").click()
    await check(page)
    await expect(page.get_by_test_id("walls").get_by_role("status")).to_contain_text("Last checked")
    await expect(page.get_by_test_id("walls").get_by_role("status")).to_contain_text("Every wall holds.")
    walls = page.get_by_test_id("wall")
    assert await walls.count() >= 3
    for wall in await walls.all():
        await expect(wall).to_have_attribute("data-holds", "true")
        await expect(wall).to_contain_text("holds")
    said = await page.get_by_test_id("walls").get_by_role("status").inner_text()
    await page.reload()
    await expect(page.get_by_test_id("walls").get_by_role("status")).to_have_text(said, use_inner_text=True)


async def test_others_are_refused(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    await expect(page.get_by_role("link", name="Management")).to_have_count(0)
    answer = await page.goto(PAGE)
    assert answer
    assert answer.status == 403
    await expect(page.get_by_role("heading", name="No permission")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_it_passes_axe(new_page: NewPage, demo_server: Served, theme: str, width: int):
    page = await new_page(demo_server.url, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    await sign_in(page, ADMIN, locale="ru" if width == 390 else "uz")
    await page.goto(PAGE)
    if not await page.get_by_test_id("wall").count():
        await check(page)
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
