"""Pages about one thing of a conversation: a heading said once, the way back, and forms that work with scripts too."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.servers import Served

LOCALES = {(1440, "light"): "en", (1440, "dark"): "ru", (390, "light"): "uz", (390, "dark"): "ru"}


async def addresses(page: Page, locale: str = "en") -> dict[str, str]:
    """Have a question answered with a table and a chart, and return the pages of their own that there are."""
    await sign_in(page, locale=locale)
    await expect_status(await ask(page, "Show revenue by month this year"), "completed")
    conversation = page.url.partition("#")[0]
    table = await page.locator("[data-table-id]").first.get_attribute("data-table-id")
    chart = await page.locator("[data-chart]").first.get_attribute("data-chart")
    run = await page.locator("[data-run-id]").first.get_attribute("data-run-id")
    assert chart
    return {
        "results": f"{conversation}/artifacts",
        "table": f"/bi-chat/artifacts/{table}/table",
        "chart": chart.removesuffix(".json"),
        "excel": f"/bi-chat/artifacts/{table}/exports?format=excel",
        "pdf": f"/bi-chat/runs/{run}/exports",
    }


@pytest.mark.parametrize(("width", "theme"), LOCALES)
async def test_they_pass_axe_fit_and_say_their_title_once(new_page: NewPage, demo_server: Served, theme: str, width: int):
    page = await new_page(demo_server.url, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    found = []
    for name, address in (await addresses(page, LOCALES[width, theme])).items():
        await page.goto(address)
        found += [f"{name}: {violation}" for violation in await violations(page)]
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        title = await page.locator("h1").inner_text()
        assert (await page.locator("main").inner_text()).count(title) == 1 or name == "results"
        heading, head = await page.locator("h1").bounding_box(), await page.locator(".own-page-head").bounding_box()
        assert heading
        assert head
        assert heading["y"] >= head["y"] + head["height"] + 12, name
    assert not found, "\n".join(found)


async def test_a_chart_is_changed_and_a_result_renamed_there(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    found = await addresses(page)
    await page.goto(found["chart"])
    await page.get_by_label("Kind").select_option("bar")
    await page.get_by_role("button", name="Apply").click()
    await expect(page).to_have_url(re.compile(r"/bi-chat/sessions/[^/]+#artifact-"))
    await page.goto(found["chart"])
    await expect(page.get_by_label("Kind")).to_have_value("bar")
    await page.goto(found["results"])
    await page.get_by_test_id("artifact-rename").first.click()
    await page.get_by_test_id("artifact-name").first.fill("By month")
    await page.get_by_test_id("artifact-save").first.click()
    await expect(page.get_by_role("link", name="By month", exact=True)).to_be_visible()
    await page.get_by_test_id("back-to-chat").click()
    await expect(page.get_by_test_id("composer")).to_be_visible()
