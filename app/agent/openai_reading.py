"""Reads a provider's event stream and notices when it stalls: signs of life that bring nothing do not count."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING

from app.agent.model import ModelError
from app.agent.openai_stream import EventSplitter, ServerEvent, WholeBody

if TYPE_CHECKING:
    import httpx2

ALIVE = (b"ping", b"keepalive", b"heartbeat")
ALIVE_TYPES = tuple(b'"type":"%b"' % name for name in ALIVE)
SHORT = 120
"""As long as an event may be that only says that the server is there."""


async def events_of(
    response: "httpx2.Response", reads: AsyncIterator[bytes], silence: float
) -> AsyncGenerator[list[ServerEvent], None]:
    """Yield the events that each read completes; raises `ModelError` when none that says anything comes for `silence` seconds."""
    splitter = _splitter(response)
    clock = asyncio.get_running_loop().time
    until = clock() + silence
    while True:
        try:
            async with asyncio.timeout_at(until):
                read = await anext(reads, None)
        except TimeoutError:
            read, is_stalled = None, True
        else:
            is_stalled = False
        if is_stalled:
            raise ModelError("timeout", f"the stream stalled for {silence:g} s")
        if read is None:
            break
        events = splitter.feed(read)
        yield events
        if isinstance(splitter, WholeBody) or not all(_is_alive_only(event) for event in events):
            until = clock() + silence
    yield splitter.flush()


def _is_alive_only(event: ServerEvent) -> bool:
    name, data = event
    return name in ALIVE or (len(data) <= SHORT and any(kind in data.replace(b" ", b"") for kind in ALIVE_TYPES))


def _splitter(response: "httpx2.Response") -> EventSplitter | WholeBody:
    kind = response.headers.get("content-type", "").lower()
    if "html" in kind:
        raise ModelError("bad_response", "the server answered with a page, not with an event stream")
    return WholeBody() if "json" in kind else EventSplitter()
