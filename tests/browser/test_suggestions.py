"""A press asks what goes on from an answer; the answer is copied with its table."""

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.servers import Served

CAPTURE = """() => {
  window.copied = {};
  navigator.clipboard.write = async ([item]) => {
    for (const type of item.types) window.copied[type] = await (await item.getType(type)).text();
  };
}"""

HEADS = """html => [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("table")].map(
  table => [...table.querySelectorAll("th")].map(head => head.textContent.trim()))"""


async def test_a_press_asks_what_goes_on_and_the_answer_is_copied_with_its_table(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    turn = await ask(page, "revenue by branch")
    await expect_status(turn, "completed")
    await expect(page.get_by_test_id("suggestion")).to_have_count(3)
    await page.evaluate(CAPTURE)
    await turn.get_by_test_id("copy-rich").click()
    await expect(page.get_by_test_id("toast")).to_be_visible()
    copied = await page.evaluate("window.copied")
    assert "<table border" in copied["text/html"]
    assert "class=" not in copied["text/html"]
    heads = await page.evaluate(HEADS, copied["text/html"])
    assert heads == [["Branch", "Revenue, UZS", "Orders", "Share, %"]]
    assert "| Branch | Revenue, UZS | Orders | Share, % |\n| --- | ---: | ---: | ---: |\n| " in copied["text/plain"]

    await page.get_by_test_id("suggestion").first.click()
    await expect(page.get_by_test_id("turn")).to_have_count(2)
    await expect(page.get_by_test_id("message-user").last).to_have_text("Revenue by branch last month")
    await expect(turn.get_by_test_id("suggestions")).to_be_hidden()
    await expect_status(page.get_by_test_id("turn").last, "completed")
    await expect(page.get_by_test_id("suggestion").locator("visible=true")).to_have_count(3)
