"""Fixtures of the browser tests: one Chromium a session, a fresh context a test, and no unexplained errors on any page."""

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Response, async_playwright

from tests import chromium
from tests.servers import Served

logger = logging.getLogger(__name__)
CLOSING_TIMEOUT = 30
SLOWDOWN = float(os.environ.get("CHROMIUM_SLOWDOWN", "1"))
"""How many times slower than this machine the pages are, to find what only holds on a fast one."""
NewPage = Callable[..., Awaitable[Page]]
REFUSALS = re.compile(
    r"Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_)|htmx: htmx:error: Failed to fetch"
    r"|htmx: htmx:sse:error: SSE reconnect failed with status (401|403|404|410)\b"
)
"""What Chromium and htmx report for an answer that a test provoked: an invalid form, a lost network, a stream that one may not
follow any more. Static files are checked apart."""


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.skip("no Chromium: install one or name it in BICHAT_CHROMIUM")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        yield browser
        await close(browser)


@pytest.fixture
def page_errors() -> list[str]:
    """What the pages of this test complained of; a test that provokes a complaint on purpose clears the list."""
    return []


@pytest.fixture
async def new_page(browser: Browser, page_errors: list[str]) -> AsyncIterator[NewPage]:
    """Return a function that opens a page in a context of its own: `await new_page(server.url, locale="ru-RU", …)`."""
    contexts = []

    async def open_page(base_url: str, **options: Any) -> Page:
        settings = {"locale": "en-US", "timezone_id": "Asia/Tashkent", "viewport": {"width": 1280, "height": 800}} | options
        context = await browser.new_context(base_url=base_url, **settings)
        contexts.append(context)
        page = await context.new_page()
        if SLOWDOWN > 1:
            devtools = await context.new_cdp_session(page)
            await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        watch(page, page_errors)
        return page

    yield open_page
    complaints = list(page_errors)  # What is cut off by closing is no fault.
    for context in contexts:
        await close(context)
    assert not complaints, "\n".join(complaints)


@pytest.fixture
async def page(new_page: NewPage, demo_server: Served) -> Page:
    """A fresh page on the shared demo server; relative addresses work."""
    return await new_page(demo_server.url)


async def close(opened: Browser | BrowserContext) -> None:
    """Close what Chromium has open; one that hangs as it closes is a fault of Chromium's own, and is warned of."""
    try:
        async with asyncio.timeout(CLOSING_TIMEOUT):
            await opened.close()
    except TimeoutError:
        logger.warning("Chromium did not close %s within %s seconds", opened, CLOSING_TIMEOUT)


def watch(page: Page, errors: list[str]) -> None:
    """Collect console errors (a violated content security policy is one), uncaught exceptions and missing static files."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not REFUSALS.match(message.text):
            errors.append(f"{message.text} ({message.location})")

    def on_exception(error: Error) -> None:
        errors.append(f"uncaught: {error}")

    def on_response(response: Response) -> None:
        if "/static/" in response.url and response.status >= 400:
            errors.append(f"{response.status}: {response.url}")

    page.on("console", on_console)
    page.on("pageerror", on_exception)
    page.on("response", on_response)
