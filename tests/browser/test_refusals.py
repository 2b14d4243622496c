"""Forms that are answered 422: the reason stands beside them, and no script of ours adds a word to the browser's console."""

from playwright.async_api import Page, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import REFUSALS, NewPage
from tests.servers import Served


def listened(page: Page) -> list[str]:
    """Collect all that is printed, warnings too, but the browser's own line for each refused request."""
    printed: list[str] = []
    page.on("console", lambda message: printed.append(message.text) if not REFUSALS.match(message.text) else None)
    return printed


async def test_a_chart_that_cannot_be_drawn_and_a_name_that_does_not_do(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    turn = await ask(page, "Show revenue by month this year")
    await expect_status(turn, "completed")
    printed = listened(page)
    await turn.get_by_role("link", name="Change").click()
    form = turn.locator("[data-chart-form]")
    await form.locator("option[disabled]").first.evaluate("(kind) => { kind.disabled = false; kind.selected = true; }")
    async with page.expect_response(lambda response: response.status == 422):
        await form.get_by_role("button", name="Apply").click()
    await expect(form.get_by_role("alert")).to_be_visible()
    await page.locator("[data-open-artifacts]").first.click()
    await page.get_by_test_id("artifact-rename").first.click()
    await page.get_by_test_id("artifact-name").first.fill("   ")
    async with page.expect_response(lambda response: response.status == 422):
        await page.get_by_test_id("artifact-save").first.click()
    await expect(page.get_by_test_id("artifact-panel").get_by_role("alert")).to_contain_text("A name has 1 to")
    assert printed == []


async def test_a_description_that_is_too_long(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page, "admin@demo.test")
    printed = listened(page)
    await page.goto("/bi-chat/catalogue/tables/stock")
    await page.get_by_test_id("describe").first.locator("summary").click()
    await page.get_by_test_id("describe-text").first.fill("x" * 1001)
    async with page.expect_response(lambda response: response.status == 422):
        await page.get_by_test_id("describe-save").first.click()
    await expect(page.get_by_role("alert")).to_contain_text("at most 1000 characters")
    assert printed == []
