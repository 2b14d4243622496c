"""Methods that a route does not have, and HEAD, which every page has."""

import asyncio
import logging
import uuid

import msgspec
import pytest

from app.settings import Settings
from app.telemetry import logs
from tests.site import Browser
from tests.whole_site import running


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/login", "GET, HEAD, OPTIONS, POST"), ("GET", "/logout", "OPTIONS, POST"), ("HEAD", "/logout", "OPTIONS, POST"),
     ("PUT", "/bi-chat/stream", "OPTIONS, POST"), ("POST", f"/bi-chat/runs/{uuid.UUID(int=1)}/events", "GET, HEAD, OPTIONS")],
)  # fmt: skip
async def test_a_method_that_is_not_there_names_those_that_are(analyst: Browser, method: str, path: str, allowed: str) -> None:
    answer = await analyst.client.request(method, path, headers={"x-csrftoken": await analyst.csrf()})
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_head_answers_like_get_without_the_body(settings: Settings, peopled_url: str) -> None:
    site = running(msgspec.structs.replace(settings, database_url=peopled_url))
    async with site as whole, whole.browser("analyst@one.test") as browser:
        addresses = [whole.filled(path) for path, method, _ in whole.routes if method == "GET"]
        for address in addresses:
            got, head = await browser.get(address), await browser.client.head(address)
            assert (head.status_code, head.content) == (got.status_code, b""), address
            assert head.headers.get("content-type") == got.headers.get("content-type"), address
        async with asyncio.timeout(2):  # the stream of a waiting run has no end
            head = await browser.client.head(f"/bi-chat/runs/{whole.ids['run_id']}/events")
        assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


async def test_the_way_to_earlier_questions_is_a_page_without_scripts(settings: Settings, peopled_url: str) -> None:
    site = running(msgspec.structs.replace(settings, database_url=peopled_url))
    async with site as whole, whole.browser("analyst@one.test") as browser:
        address = f"/bi-chat/sessions/{whole.ids['session_id']}/turns?before={uuid.UUID(int=2**128 - 1)}"
        page, partial = await browser.get(address), await browser.get(address, headers={"HX-Request": "true"})
    assert "<html" in page.text
    assert "<html" not in partial.text
    assert 'data-testid="message-user"' in page.text
    assert 'data-testid="message-user"' in partial.text


@pytest.mark.parametrize("library", ["httpx2", "httpcore2.connection", "aiohttp.client", "openai"])
def test_the_addresses_of_the_model_are_not_logged(settings: Settings, library: str) -> None:
    logs.configure(settings)
    assert logging.getLogger(library).getEffectiveLevel() >= logging.WARNING
