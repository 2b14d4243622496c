"""The catalogue in a browser: found, read, asked about, described and kept from a role."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.servers import Served

ADMIN = "admin@demo.test"
SALES = "/bi-chat/catalogue/tables/sales"


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_its_pages_pass_axe_and_fit(new_page: NewPage, demo_server: Served, theme: str, width: int):
    page = await new_page(demo_server.url, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    await sign_in(page, ADMIN, locale="uz" if width == 390 else "ru")
    found = []
    for path in ("/bi-chat/catalogue", SALES):
        await page.goto(path)
        await page.evaluate("document.querySelectorAll('main details').forEach((details) => { details.open = true; })")
        found += await violations(page)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert not found, "\n".join(found)


async def test_a_table_is_found_read_and_asked_about(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    await page.get_by_test_id("catalogue-link").click()
    await expect(page.get_by_test_id("catalogue-entry")).to_have_count(13)
    await page.get_by_test_id("catalogue-search").press_sequentially("gross profit")
    await expect(page.get_by_test_id("catalogue-entry")).to_have_count(1)
    await expect(page.get_by_test_id("catalogue-search")).to_be_focused()
    await page.get_by_role("link", name="Sales", exact=True).click()
    await expect(page.locator('[data-column="channel"]')).to_contain_text("text")
    await expect(page.get_by_test_id("describe")).to_have_count(0)
    await page.get_by_test_id("catalogue-ask").click()
    await expect(page.get_by_test_id("composer-input")).to_have_value(
        "What is in the table sales, and which questions can it answer?"
    )


async def test_it_works_without_scripts(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url, java_script_enabled=False)
    await page.goto("/login")
    await page.locator(f'[data-testid="demo-login"][data-email="{ADMIN}"]').click()
    await expect(page.get_by_test_id("composer")).to_be_visible()
    await page.get_by_test_id("locale-switch").locator('button[value="en"]').click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.goto("/bi-chat/catalogue")
    await page.get_by_test_id("catalogue-search").fill("gross profit")
    await page.get_by_role("button", name="Search", exact=True).click()
    await expect(page.get_by_test_id("catalogue-entry")).to_have_count(1)
    await page.goto("/bi-chat/catalogue/tables/stock")
    await page.get_by_test_id("describe").first.locator("summary").click()
    await page.get_by_test_id("describe-text").first.fill("x" * 1001)
    await page.get_by_test_id("describe-save").first.click()
    await expect(page.get_by_role("alert")).to_contain_text("at most 1000 characters")
    await expect(page.get_by_test_id("describe-text").first).to_have_value("x" * 1001)


async def test_a_manager_describes_a_table_and_keeps_it_from_a_role(new_page: NewPage, served: Served):
    admin = await sign_in(await new_page(served.url), ADMIN)
    await admin.goto(SALES)
    await admin.get_by_test_id("describe").first.locator("summary").click()
    await admin.get_by_test_id("describe-text").first.fill("Everything we sold.")
    await admin.get_by_test_id("describe-save").first.click()
    await expect(admin.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    await expect(admin.get_by_test_id("catalogue-written")).to_contain_text("Written by")
    await admin.get_by_label("Only these roles:").check()
    await admin.get_by_test_id("catalogue-readers").get_by_label("Analyst").uncheck()
    await admin.get_by_test_id("readers-save").click()
    await expect(admin.get_by_test_id("catalogue-readers").get_by_label("Analyst")).not_to_be_checked()

    analyst = await sign_in(await new_page(served.url))
    turn = await ask(analyst, "How much did we sell last month?")
    await expect_status(turn, "completed")
    await expect(turn).to_contain_text("You are not allowed to read the data that this question needs.")
    await analyst.goto("/bi-chat/catalogue")
    await expect(analyst.get_by_test_id("catalogue-entry")).to_have_count(12)
