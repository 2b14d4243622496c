"""A person makes a token for a program, copies it and revokes it; with and without scripts."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import ANALYST, sign_in
from tests.browser.test_page import violations
from tests.browser_fixtures import NewPage
from tests.servers import Served


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_token_is_made_by_keyboard_and_revoked(new_page: NewPage, demo_server: Served, *, scripts: bool):
    page = await new_page(demo_server.url, java_script_enabled=scripts)
    if scripts:
        await sign_in(page)
    else:
        await page.goto("/login")
        await page.locator(f'[data-testid="demo-login"][data-email="{ANALYST}"]').click()
        await expect(page.get_by_test_id("composer")).to_be_visible()
    await page.goto("/account")
    name = f"Report {scripts}"
    await page.get_by_label("What it is for").fill(name)
    await page.get_by_label("Export and see debug information").focus()
    await page.keyboard.press("Space")
    await page.get_by_label("How long it is valid").select_option("365")
    await page.get_by_label("What it is for").press("Enter")
    await expect(page.get_by_test_id("new-token")).to_contain_text("bct_")
    if scripts:
        await page.get_by_test_id("token-made").get_by_role("button", name="Copy").click()
        await expect(page.get_by_test_id("toast")).to_be_visible()
        await page.reload()
        await expect(page.get_by_test_id("new-token")).to_have_count(0)
    line = page.get_by_test_id("token").filter(has_text=name)
    await expect(line).to_have_count(1)
    await expect(line).to_contain_text("Use the chat · Export and see debug information")
    await line.get_by_role("button", name=f"Revoke the token “{name}”").click()
    await expect(line).to_have_count(0)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_tokens_pass_axe(new_page: NewPage, demo_server: Served, theme: str, width: int):
    page = await new_page(demo_server.url, color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    await sign_in(page, "auditor@demo.test", locale={1440: "ru", 390: "uz"}[width])
    await page.goto("/account")
    await page.locator("#token-name").fill("A name that is long enough to need a second line on a telephone, surely")
    await page.locator("#token-name").press("Enter")
    await expect(page.get_by_test_id("new-token")).to_be_visible()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
