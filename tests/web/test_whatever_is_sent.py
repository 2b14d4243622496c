"""Whatever is sent to whichever route, the answer is never a failure of ours."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from app.settings import Settings
from tests.site import ON_EACH_ENGINE
from tests.whole_site import WholeSite, running

PATH_GARBAGE = ("x", "%00", "..", "%ff", "1" * 5000, "%F0%9F%98%80", "00000000-0000-0000-0000-00000000000g")
WORDS = ("\x00", "\x01\x1b[0m", "\ud800", "9" * 5000, "-1", "' OR 1=1 --", "{{ 7 * 7 }}", "x" * 9_000, "\u202e")
NAMES = (
    "before", "runId", "sessionId", "lastEventId", "next", "title", "content", "request_id", "email", "password", "locale",
    "current_password", "new_password", "answer.q", "other.q", "answer.\x00", "attachments",
)  # fmt: skip
QUERY_NAMES = ("before", "runId", "sessionId", "lastEventId", "next", "v")
FORM, JSON, PARTS = "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"
BODIES = (
    (b"", FORM), (b"%", FORM), (b"content=%ff%fe&title=%ed%a0%80&email=%00", FORM), (b"\xff\x00" * 50, FORM),
    (b"a&" * 5000, FORM),
    (b"", JSON), (b"{", JSON), (b"null", JSON), (b"[1]", JSON), (b'{"content": "\\ud800"}', JSON),
    (b'{"content": "\\u0000"}', JSON),
    (b'{"content": "\xff"}', JSON), (b'{"content": 1e999}', JSON), (b"[" * 100_000, JSON), (b'{"a":' * 100_000, JSON),
    (b'{"content": "Hi \\u0000", "model": "\\u0000", "requestId": "' + b"0" * 5000 + b'"}', JSON),
    (b'{"content": "Hi", "model": "\\u0000", "reasoningEffort": "\\u0000"}', JSON),
    (b"--x\r\n\r\n", PARTS), (b'--x\r\nContent-Disposition: form-data; name="content"\r\n\r\n\xff\x00\r\n--x--\r\n', PARTS),
    (b'--x\r\nContent-Disposition: form-data; name="attachments"; filename="a\x00"\r\n\r\nx\r\n--x--\r\n', PARTS),
    (b"x", "multipart/form-data"), (b"<x/>", "text/xml"), (b"x", "\x7f/"), (b"x", ""),
)  # fmt: skip
LAST_EVENT_IDS = ("x", "-", "1-", "0-void", "9-9", "-1--1", "9" * 5000 + "-1", "1-" + "9" * 5000, "²-²", "1-1-1", "'")
PASSWORDS = {"/login", "/account/password"}
"""Each of their answers takes the time of a hash, so they are asked on one engine only."""
SECONDS = 20.0
UNAVAILABLE = 503
"""What pages of the business database say here, where there is none."""

Opened = contextlib.AbstractAsyncContextManager[WholeSite]


@pytest.fixture
def whole_site(settings: Settings, peopled_url: str) -> Opened:
    return running(msgspec.structs.replace(settings, database_url=peopled_url, rate_messages=100_000))


def addresses(site: WholeSite, path: str) -> Iterator[str]:
    """The route's address as it should be, then with each of its parts replaced by garbage."""
    yield site.filled(path)
    for parameter in re.findall(r"\{[^}]+\}", path):
        for garbage in PATH_GARBAGE:
            yield site.filled(path.replace(parameter, garbage))


class Sender:
    """Sends requests and notes those whose answers are a failure."""

    def __init__(self, client: httpx.AsyncClient, method: str) -> None:
        self.client = client
        self.method = method
        self.failures: list[str] = []

    async def __call__(self, address: str, **options: Any) -> None:
        async with asyncio.timeout(SECONDS):
            answer = await self.client.request(self.method, address, **options)
        if answer.status_code >= 500 and answer.status_code != UNAVAILABLE:
            self.failures.append(f"{self.method} {address[:100]} {str(options)[:300]}")


@ON_EACH_ENGINE
async def test_nothing_makes_it_fail(whole_site: Opened, engine: str) -> None:
    failures = []
    async with whole_site as whole, whole.browser("analyst@one.test") as browser:
        token = {"x-csrftoken": await browser.csrf()}
        for path, method, _ in whole.routes:
            if path == "/logout" or (path in PASSWORDS and engine == "postgres"):
                continue
            send = Sender(browser.client, method)
            proper, *mangled = addresses(whole, path)
            for address in mangled:
                await send(address, headers=token)
            await (fill_query(send, proper) if method == "GET" else fill_body(send, proper, token))
            failures += send.failures
    assert failures == []


async def fill_query(send: Sender, address: str) -> None:
    for word in WORDS:
        await send(address, params={name: word.encode("utf-8", "surrogatepass") for name in QUERY_NAMES})


async def fill_body(send: Sender, address: str, token: dict[str, str]) -> None:
    for content, kind in BODIES:
        await send(address, content=content, headers={**token, "content-type": kind})
    for word in WORDS:
        fields = {name: word.encode("utf-8", "surrogatepass") for name in NAMES}
        await send(address, data={**fields, "request_id": ""}, headers=token)


async def test_no_event_id_makes_a_stream_fail(whole_site: Opened) -> None:
    async with whole_site as whole, whole.browser("analyst@one.test") as browser:
        for address in (f"/bi-chat/runs/{whole.answered_run}/events", f"/bi-chat/stream/events?runId={whole.answered_run}"):
            for given in LAST_EVENT_IDS:
                answer = await browser.get(address, headers={"last-event-id": given.encode()})
                assert answer.status_code == 200
                assert "event: done" in answer.text, given[:50]
