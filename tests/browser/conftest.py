"""What the journeys share: signing in, asking, and a BiChat whose model plays a script."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.conftest import Serve
from tests.model_server import ModelServer
from tests.servers import Served

PATIENCE = 40_000
"""Milliseconds for what a run does; what a page does gets less."""
expect.set_options(timeout=15_000)
ANALYST = "analyst@demo.test"

SignIn = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    """The language model; a test sets its `script`."""
    async with ModelServer() as server:
        yield server


@pytest.fixture
def scripted(serve: Serve, demo_dir: Path, model: ModelServer) -> Served:
    """BiChat with the demo, talking to `model`."""
    return serve(demo_dir, OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=model.url, BICHAT_RATE_MESSAGES="1000")


async def sign_in(page: Page, email: str = ANALYST, locale: str = "en") -> Page:
    """Sign in by one click on the login page and choose a language."""
    await page.goto("/login")
    await page.locator(f'[data-testid="demo-login"][data-email="{email}"]').click()
    await expect(page.get_by_test_id("composer")).to_be_visible()
    await page.wait_for_load_state()
    choice = page.get_by_test_id("locale-switch").locator(f'button[value="{locale}"]')
    if await choice.get_attribute("aria-pressed") != "true":
        if await page.locator("[data-open-drawer]").is_visible():
            await page.locator("[data-open-drawer]").click()
        await choice.click()
        await expect(page.locator("html")).to_have_attribute("lang", locale)
        await page.wait_for_load_state()
    return page


async def ask(page: Page, question: str) -> Locator:
    """Type a question, send it by Enter and return its turn."""
    turns = page.get_by_test_id("turn")
    before = await turns.count()
    await page.get_by_test_id("composer-input").fill(question)
    await page.get_by_test_id("composer-input").press("Enter")
    turn = turns.nth(before)
    await expect(turn.get_by_test_id("message-user")).to_have_text(question)
    return turn


async def expect_status(turn: Locator, status: str) -> None:
    await expect(turn.get_by_test_id("run-status")).to_have_attribute("data-status", status, timeout=PATIENCE)
