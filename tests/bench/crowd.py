"""A crowd: 200 people who read and 50 who write in one process, and what each follower of a stream costs in memory.

On SQLite, and with the application database in PostgreSQL. Readers open the list and a conversation of their own in turn;
writers ask, and read the answer as it comes.
"""

import asyncio
import contextlib
import random
import statistics
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import insert, select

from app import migrations
from app.chat.models import Run, RunStatus
from app.database import Database, new_id, now, table_of
from app.identity import tenants, tokens, users
from app.identity.models import User
from app.identity.users import NewUser
from tests import postgres
from tests.bench.bed import Bed, bed, percentile
from tests.bench.figures import Figure

READERS = 200
WRITERS = 50
FOLLOWERS = 300
SECONDS = 20.0
READ_EVERY, WRITE_EVERY = 4.0, 8.0
"""Seconds that a person looks at a page, or thinks about a question; about 50 pages and 6 questions a second in all."""
ANSWER = {"count": 60, "rate": 40}
WRITTEN_IN = ANSWER["count"] / ANSWER["rate"]
ENDLESS = {"count": 4000, "rate": 20}
PAGE_AIM = 100.0
COMPANY = "Crowd"


async def measure(data_dir: Path) -> list[Figure]:
    """Let the crowd in on each engine, then follow one run by many."""
    figures = await _crowd("SQLite", f"sqlite:///{data_dir / 'crowd.sqlite'}", data_dir)
    with postgres.running() as cluster:
        figures += await _crowd("PostgreSQL", cluster.create("crowd"), data_dir)
    return figures


async def _crowd(engine: str, url: str, data_dir: Path) -> list[Figure]:
    keys = await _people(url)
    async with bed(data_dir, DATABASE_URL=url) as ours:
        ours.token = keys[0]
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(ours.server.url, connector=connector) as client:
            ours.tokens(**ANSWER, stamp=False)
            own = await asyncio.gather(*(_ask(client, key) for key in keys))
            before = ours.waited()
            pages, answers, starts = await _together(client, keys, [page for page, _, _ in own])
            waited = (ours.waited() - before) / SECONDS * 100
            followed = await _followers(ours, client, keys[0], url)
    name = f"{engine}, {READERS} readers, {WRITERS} writers: "
    return [
        Figure(f"{name}page, p50", statistics.median(pages), "ms", note=f"{len(pages)} pages"),
        Figure("  page, p99", percentile(pages, 99), "ms", PAGE_AIM),
        Figure("  question to first event, p50", statistics.median(starts), "ms", note=f"{len(starts)} questions"),
        Figure("  question to first event, p99", percentile(starts, 99), "ms", PAGE_AIM),
        Figure(
            "  whole answer, p99", percentile(answers, 99) / 1000, "s", note=f"{ANSWER['count'] / ANSWER['rate']} from the model"
        ),
        Figure("  the server waited for a core", waited, "% of time"),
        Figure(f"{engine}: memory per follower of a page's stream", followed, "KiB", 100, note=f"{FOLLOWERS} followers"),
    ]


async def _together(
    client: aiohttp.ClientSession, keys: list[str], own: list[str]
) -> tuple[list[float], list[float], list[float]]:
    pages: list[float] = []
    asked: list[tuple[str, float, float]] = []
    until = time.perf_counter() + SECONDS

    async def read(number: int) -> None:
        for address in ("/bi-chat", own[number]):
            started = time.perf_counter()
            async with client.get(address, headers=_by(keys[number])) as answer:
                await answer.read()
                assert answer.status == 200
            pages.append((time.perf_counter() - started) * 1000)
            await asyncio.sleep(READ_EVERY / 2)

    async def write(number: int) -> None:
        asked.append(await _ask(client, keys[number]))
        await asyncio.sleep(WRITE_EVERY)

    acts = [(read, number, READ_EVERY) for number in range(READERS)]
    acts += [(write, READERS + number, WRITE_EVERY) for number in range(WRITERS)]
    await asyncio.gather(*(_again(act, number, pause, until) for act, number, pause in acts))
    return pages, [whole for _, _, whole in asked], [first for _, first, _ in asked]


async def _again(act: Callable[[int], Coroutine[Any, Any, None]], number: int, pause: float, until: float) -> None:
    await asyncio.sleep(random.Random(number).random() * pause)
    while time.perf_counter() < until:
        await act(number)


async def _ask(client: aiohttp.ClientSession, key: str) -> tuple[str, float, float]:
    """Ask in a new conversation; returns its address and the milliseconds to the first event and to the end."""
    started = time.perf_counter()
    async with client.post("/bi-chat/stream", json={"content": "Sales?"}, headers=_by(key)) as answer:
        assert answer.status == 200, await answer.text()
        text = await answer.content.readuntil(b"\n\n")
        first = (time.perf_counter() - started) * 1000
        rest = await answer.read()
    assert b"event: done" in rest, rest[-500:]
    session_id = text.partition(b'"sessionId":"')[2].partition(b'"')[0].decode()
    assert session_id, text
    return f"/bi-chat/sessions/{session_id}", first, (time.perf_counter() - started) * 1000


async def _followers(ours: Bed, client: aiohttp.ClientSession, key: str, url: str) -> float:
    """Return the KiB that each of many streams of one run costs while the answer is written."""
    ours.tokens(**ENDLESS, stamp=False)
    async with client.post("/bi-chat/stream", json={"content": "Sales?"}, headers=_by(key)) as asked:
        await asked.content.readuntil(b"\n\n")
        address = f"/bi-chat/runs/{await _going(url)}/events"
        async with _following(client, key, address, 1):
            before = ours.memory()
            async with _following(client, key, address, FOLLOWERS):
                taken = ours.memory() - before
    return taken * 1024 / FOLLOWERS


async def _going(url: str) -> object:
    database = Database(url)
    async with database.reading() as db:
        run_id = (await db.execute(select(Run.id).where(Run.status == RunStatus.RUNNING))).scalar_one()
    await database.close()
    return run_id


@contextlib.asynccontextmanager
async def _following(client: aiohttp.ClientSession, key: str, address: str, count: int) -> AsyncIterator[None]:
    """Open `count` streams and read from each for some seconds, and while the block runs."""
    opened = asyncio.Semaphore(0)

    async def follow() -> None:
        async with client.get(address, headers=_by(key), timeout=aiohttp.ClientTimeout(None)) as stream:
            assert stream.status == 200
            async for _ in stream.content.iter_any():
                opened.release()

    following = [asyncio.create_task(follow()) for _ in range(count)]
    for _ in range(count * 20):
        await opened.acquire()
    yield
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)


async def _people(url: str) -> list[str]:
    """Add a company with one person for each reader and writer; returns a token of each."""
    database = Database(url)
    await migrations.upgrade(database)
    tenant = await tenants.add(database, COMPANY)
    first = await users.add(database, tenant.id, NewUser("0@crowd.test", "a long password", "Analyst"))
    async with database.writing() as db:
        row = dict((await db.execute(select(table_of(User)).where(User.id == first))).one()._mapping)
        others = [f"{number}@crowd.test" for number in range(1, READERS + WRITERS)]
        await db.execute(
            insert(table_of(User)), [row | {"id": new_id(), "email": email, "created_at": now()} for email in others]
        )
    keys = [await tokens.create_for(database, email, "bench") for email in ("0@crowd.test", *others)]
    await database.close()
    return keys


def _by(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
