"""The page itself: accessible in both themes, usable on a phone and by keyboard."""

import asyncio
import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.servers import Served


async def violations(page: Page) -> list[str]:
    results = await Axe().run(page)
    found = results.response["violations"]
    return [f"{page.url} {rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_page_passes_axe(new_page: NewPage, demo_server: Served, theme: str, width: int):
    page = await new_page(demo_server.url, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    await page.goto("/login")
    found = await violations(page)
    await sign_in(page)
    found += await violations(page)
    turn = await ask(page, "How much did we sell last month?")
    await expect_status(turn, "completed")
    await page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    found += await violations(page)
    await page.get_by_test_id("composer-input").blur()
    await page.keyboard.press("?")
    await expect(page.get_by_test_id("shortcuts")).to_be_visible()
    found += await violations(page)
    await page.goto("/bi-chat/sessions/00000000-0000-7000-8000-000000000000")
    found += await violations(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", ["/login", "/bi-chat"])
async def test_nothing_is_wider_than_a_phone(new_page: NewPage, demo_server: Served, path: str):
    page = await new_page(demo_server.url, viewport={"width": 390, "height": 844})
    await sign_in(page)
    await page.goto(path)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_on_a_phone_tables_scroll_inside_themselves_and_the_list_is_a_drawer(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url, viewport={"width": 390, "height": 844}, has_touch=True)
    await sign_in(page)
    turn = await ask(page, "How much did we sell last month?")
    await expect_status(turn, "completed")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await expect(page.get_by_test_id("composer")).to_be_in_viewport()

    await expect(page.get_by_test_id("session-list")).to_be_hidden()
    await page.locator("[data-open-drawer]").click()
    await expect(page.get_by_test_id("session-list")).to_be_visible()
    for _ in range(40):
        await page.keyboard.press("Tab")
        assert await page.evaluate("!document.activeElement.closest('[data-conversation]')")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("session-list")).to_be_hidden()
    await expect(page.locator("[data-open-drawer]")).to_be_focused()


async def test_the_theme_is_chosen_and_remembered(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url, color_scheme="light")
    await sign_in(page)
    background = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(background) == "rgb(255, 255, 255)"
    for _ in range(2):  # From the system's to light, and on to dark.
        await page.get_by_test_id("theme-switch").click()
    assert await page.evaluate(background) == "rgb(26, 30, 35)"
    await page.reload()
    assert await page.evaluate(background) == "rgb(26, 30, 35)"


async def test_the_keys_of_the_page(page: Page):
    await sign_in(page)
    await page.keyboard.press("/")
    await expect(page.get_by_test_id("session-search")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_test_id("shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("shortcuts")).to_be_hidden()
    await page.keyboard.press("Control+b")
    await expect(page.get_by_test_id("session-list")).to_be_hidden()
    await page.keyboard.press("Control+b")
    await expect(page.get_by_test_id("session-list")).to_be_visible()

    turn = await ask(page, "How much did we sell last month?")
    await expect_status(turn, "completed")
    await page.get_by_test_id("composer-input").focus()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_test_id("edit-input")).to_be_focused()
    await expect(page.get_by_test_id("edit-input")).to_have_value("How much did we sell last month?")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("and by branch")
    await expect(page.get_by_test_id("edit-input")).to_have_value("How much did we sell last month?\nand by branch")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("edit-input")).to_have_count(0)
    await expect(page.get_by_test_id("composer-input")).to_be_focused()
    await page.keyboard.press("Control+Shift+o")
    await page.wait_for_url("**/bi-chat")


async def test_a_question_sent_before_the_scripts_have_arrived_is_asked(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url)
    await sign_in(page)
    arrived = asyncio.Event()

    async def late(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    await page.route(re.compile(r"/(htmx|chat)\.js"), late)
    await page.goto("/bi-chat", wait_until="commit")
    turn = await ask(page, "How much did we sell last month?")
    arrived.set()
    await expect_status(turn, "completed")


async def test_an_answer_is_copied_as_markdown(new_page: NewPage, demo_server: Served):
    page = await new_page(demo_server.url, permissions=["clipboard-read", "clipboard-write"])
    await sign_in(page)
    turn = await ask(page, "How much did we sell last month?")
    await expect_status(turn, "completed")
    await turn.get_by_test_id("copy").click()
    await expect(page.get_by_test_id("toast").filter(has_text="Copied")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.strip()
    assert "<" not in copied
