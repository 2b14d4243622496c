"""Debug mode is switched on by a command and says under the answer what the provider reported."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served


async def test_an_answer_in_debug_mode_says_what_the_provider_reported(new_page: NewPage, scripted: Served, model: ModelServer):
    told_of = [
        {"parts": [{"call": {"name": "get_current_time", "arguments": {}}}],
         "usage": {"input": 1234, "cached": 1000, "output": 11}},
        {"parts": [{"call": {"name": "final_answer", "arguments": {"answer": "It is late."}}}],
         "usage": {"input": 2345, "cached": 2000, "output": 22}},
    ]  # fmt: skip
    model.script = [*told_of, *told_of]
    page = await new_page(scripted.url)
    await sign_in(page)
    await page.get_by_test_id("composer-input").fill("/debug")
    await page.get_by_test_id("composer-input").press("Enter")
    await expect(page.get_by_test_id("debugging")).to_be_visible()
    turn = await ask(page, "How late is it?")
    await expect_status(turn, "completed")
    live = page.get_by_test_id("debug")
    await live.locator("summary").press("Enter")
    await expect(live.get_by_test_id("debug-call")).to_have_count(2)
    assert [(await row.inner_text()).split("\t")[1:4] for row in await live.get_by_test_id("debug-call").all()] == [
        ["1,234", "1,000", "11"], ["2,345", "2,000", "22"],
    ]  # fmt: skip
    await expect(live.get_by_test_id("debug-sum")).to_contain_text("3,579")
    told = await live.inner_text()
    assert (await Axe().run(page)).violations_count == 0
    await page.reload()
    again = page.get_by_test_id("debug")
    await again.locator("summary").click()
    assert await again.inner_text() == told
    await expect_status(await ask(page, "How late is it now?"), "completed")
    await again.last.locator("summary").click()
    assert await violations(page) == []
    await page.set_viewport_size({"width": 390, "height": 844})
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
