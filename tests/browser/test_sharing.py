"""A conversation is shared by keyboard, followed and continued by a colleague, and closed to them on their open page."""

import asyncio

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser.test_following import PARAGRAPHS, TEXT, slowly
from tests.browser_fixtures import NewPage
from tests.model_server import ModelServer
from tests.servers import Served

COLLEAGUE = "viewer@demo.test"


async def share_by_keyboard(page: Page, words: str) -> None:
    """Open the dialog and let in who is found first, without a pointer."""
    await page.get_by_test_id("open-sharing").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("share-words")).to_be_focused()
    await page.keyboard.type(words)
    await expect(page.get_by_test_id("share-candidate")).to_have_count(1)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(f'[data-member="{COLLEAGUE}"]')).to_be_visible()
    await expect(page.get_by_test_id("share-words")).to_be_focused()


async def expect_accessible_in_both_themes(page: Page) -> None:
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    await page.emulate_media(color_scheme="light")


async def test_a_colleague_is_let_in_follows_writes_and_is_let_out(
    new_page: NewPage, scripted: Served, model: ModelServer, page_errors: list[str]
):
    owner, other = await new_page(scripted.url), await new_page(scripted.url)
    await sign_in(other, COLLEAGUE)
    await sign_in(owner)
    half = asyncio.Event()
    model.script = {"rules": [{"turns": [slowly(TEXT, 400, 40, half=half)]}]}
    turn = await ask(owner, "Tell me everything")
    await expect(turn.get_by_test_id("answer-text").locator("p").nth(2)).to_be_visible()
    await share_by_keyboard(owner, "viewer")
    await expect_accessible_in_both_themes(owner)

    line = other.get_by_test_id("session-item").filter(has_text="Tell me everything")
    await line.click()
    theirs = other.get_by_test_id("turn").first
    await expect_status(theirs, "running")
    await expect(other.get_by_test_id("composer")).to_have_count(0)
    half.set()
    await expect_status(theirs, "completed")
    assert await theirs.get_by_test_id("answer-text").locator("p").all_inner_texts() == PARAGRAPHS

    await owner.get_by_test_id("member-role").focus()
    await owner.keyboard.press("ArrowDown")
    await expect(other.get_by_test_id("standing")).to_contain_text("You can write in this chat now.")
    await expect(theirs.get_by_test_id("regenerate")).to_be_visible()
    await expect(other.get_by_test_id("export-conversation")).to_have_count(1)
    half = asyncio.Event()
    model.script = {"rules": [{"turns": [slowly(TEXT, 400, 40, half=half)]}]}
    second = await ask(other, "And what else?")
    await expect(second.get_by_test_id("answer-text").locator("p").nth(2)).to_be_visible()

    await other.get_by_test_id("composer-input").fill("Half a question")
    await owner.get_by_test_id("member-remove").focus()
    await owner.keyboard.press("Enter")
    await expect(other.get_by_test_id("standing")).to_contain_text("not open to you any more")
    await expect(other.get_by_label("What you had typed:")).to_have_value("Half a question")
    await expect(other.get_by_test_id("composer")).to_have_count(0)
    await expect(theirs.get_by_test_id("regenerate")).to_be_hidden()
    await expect(line).to_have_count(0)
    count = await second.get_by_test_id("answer-text").locator("p").count()
    half.set()
    await expect(second.locator("[data-stream-ended]")).to_have_count(1)
    await expect(other.get_by_test_id("toast")).to_have_count(0)
    assert await second.get_by_test_id("answer-text").locator("p").count() == count
    page_errors.clear()  # Chromium reports the refused stream.


async def test_who_has_the_link_opens_it_keeps_it_and_leaves(new_page: NewPage, scripted: Served, model: ModelServer):
    owner, other = await new_page(scripted.url), await new_page(scripted.url)
    await owner.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await sign_in(other, COLLEAGUE)
    await sign_in(owner)
    model.script = {"rules": [{"turns": [{"parts": ["Forty-two."]}]}]}
    await expect_status(await ask(owner, "How many?"), "completed")
    await owner.get_by_test_id("open-sharing").click()
    async with owner.expect_response(lambda response: response.request.method == "POST" and response.ok):
        await owner.get_by_test_id("share-link").select_option("viewer")
    await expect(owner.get_by_test_id("share-link")).to_have_value("viewer")
    await owner.get_by_test_id("copy-link").click()
    await expect(owner.get_by_test_id("toast")).to_contain_text("Copied")
    await other.goto(await owner.evaluate("navigator.clipboard.readText()"))
    await expect(other.get_by_test_id("answer-text")).to_have_text("Forty-two.")

    await other.get_by_test_id("keep-session").click()
    line = other.get_by_test_id("session-item").filter(has_text="How many?")
    await expect(line).to_be_visible()
    await other.get_by_test_id("open-sharing").click()
    await expect(other.get_by_test_id("share-dialog")).to_be_visible()
    await expect_accessible_in_both_themes(other)
    await other.get_by_test_id("share-dialog").get_by_test_id("session-leave").click()
    await other.wait_for_url("**/bi-chat")
    await expect(other.get_by_test_id("composer")).to_be_visible()
    await expect(line).to_have_count(0)
