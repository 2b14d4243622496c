"""Who sends too fast sees the seconds count down, hears the message once, and is told when the wait is over."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import ask, expect_status, sign_in
from tests.browser_fixtures import NewPage
from tests.conftest import Serve


async def test_a_wait_counts_down_for_the_eye_only(
    new_page: NewPage, serve: Serve, demo_dir: Path, page_errors: list[str]
) -> None:
    page = await new_page(serve(demo_dir, BICHAT_RATE_MESSAGES="1").url)
    await sign_in(page)
    await expect_status(await ask(page, "Hello"), "completed")
    await page.get_by_test_id("composer-input").fill("And now?")
    await page.keyboard.press("Enter")
    error = page.get_by_test_id("composer-error")
    said, seen = error.locator(".visually-hidden"), error.locator("[aria-hidden]")
    await expect(said).to_contain_text("You are sending messages too fast.")
    first = await said.inner_text()
    await expect(seen).not_to_have_text(first)
    assert await said.inner_text() == first
    await page.evaluate("() => { const then = Date.now; Date.now = () => then() + 70_000; }")
    await expect(error).to_have_text("You can send it now.")
    await expect(page.get_by_test_id("composer-input")).to_have_value("And now?")
    page_errors.clear()  # Chromium reports the refused request.
