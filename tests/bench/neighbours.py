"""Neighbours: twenty heavy queries of some people while others open a page and ask something light, on both engines.

What is light is asked by a company that runs nothing heavy itself. Twice: beside one heavy company, and beside two.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from app.demo import postgres_database
from app.demo.seeding import this_month
from app.settings import Settings
from tests import postgres
from tests.bench.bed import Bed, bed, percentile, signed_in
from tests.bench.figures import Figure
from tests.servers import bichat

HEAVY = 20
SECONDS = 10.0
SQL_TIMEOUT = 4
BETWEEN = 0.03
PAGE_AIM = 100.0
COMPANIES = (("analyst@demo.test", "admin@demo.test", "viewer@demo.test"), ("analyst@ipak.test",))
GUEST = "guest@bench.test"
LIGHT = "SELECT count(*) FROM branches"
KINDS = 4
SORTED = "SELECT a.id FROM orders a, orders b ORDER BY a.id + b.id DESC"
CROSSED = "SELECT count(*) FROM orders a, orders b, orders c, orders d"
GROUPED = "SELECT a.branch, sum(b.amount) FROM sales a, sales b GROUP BY a.branch"
ENDLESS = {
    "SQLite": "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g) SELECT count(*) FROM g WHERE n < 0",
    "PostgreSQL": "SELECT count(*) FROM generate_series(1, 100000000000)",
}


async def measure(data_dir: Path) -> list[Figure]:
    """Measure on the demo's file, then with the same companies in a PostgreSQL of its own."""
    await asyncio.to_thread(_add_guest, data_dir)
    figures = await _measured(data_dir, "SQLite")
    async with _postgres() as address:
        return figures + await _measured(data_dir, "PostgreSQL", BICHAT_ANALYTICS_URL=address)


async def _measured(data_dir: Path, engine: str, **values: str) -> list[Figure]:
    async with bed(data_dir, BICHAT_SQL_TIMEOUT=str(SQL_TIMEOUT), **values) as ours:
        heavy = {f"heavy {number}$": sql for number, sql in enumerate((CROSSED, SORTED, GROUPED, ENDLESS[engine]))}
        ours.script({"rules": [_rule(asked, sql) for asked, sql in {"light$": LIGHT, **heavy}.items()]})
        tokens = [[await asyncio.to_thread(_token, data_dir, email) for email in emails] for emails in COMPANIES]
        async with signed_in(ours.server.url, GUEST) as guest:
            light = _question(await asyncio.to_thread(_token, data_dir, GUEST), "light")
            await _ask(guest, ours, light)
            figures = await _light(guest, ours, light, f"{engine}, nobody beside: ")
            for count, name in ((1, "one company"), (2, "two companies")):
                askers = [token for company in tokens[:count] for token in company]
                async with _busy(ours, askers) as ended:
                    figures += await _light(guest, ours, light, f"{engine}, {HEAVY} heavy of {name}: ")
                figures.append(Figure("  heavy ones that were ended meanwhile", len(ended), "queries"))
    return figures


async def _light(guest: aiohttp.ClientSession, ours: Bed, question: dict[str, Any], name: str) -> list[Figure]:
    """Open the page and ask something light, each again and again side by side."""

    async def page() -> None:
        async with guest.get("/bi-chat") as answer:
            assert answer.status == 200
            await answer.read()

    before = ours.waited()
    pages, answers = await asyncio.gather(_again(page), _again(lambda: _ask(guest, ours, question)))
    return [
        Figure(f"{name}page, p50", statistics.median(pages), "ms", note=f"{len(pages)} pages"),
        Figure("  page, p99", percentile(pages, 99), "ms", PAGE_AIM),
        Figure("  light question, p50", statistics.median(answers), "ms", note=f"{len(answers)} questions"),
        Figure("  light question, p99", percentile(answers, 99), "ms"),
        Figure("  the server waited for a core", (ours.waited() - before) / SECONDS * 100, "% of time"),
    ]


async def _again(act: Callable[[], Awaitable[object]]) -> list[float]:
    times = []
    until = time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        started = time.perf_counter()
        await act()
        times.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(BETWEEN)
    return times


async def _ask(client: aiohttp.ClientSession, ours: Bed, question: dict[str, Any]) -> str:
    """Ask as a program does and return what the query gave, or why it failed."""
    async with client.post(f"{ours.server.url}/bi-chat/stream", timeout=aiohttp.ClientTimeout(120), **question) as answer:
        text = await answer.text()
    assert "event: done" in text, text[-2000:]
    return text


@asynccontextmanager
async def _busy(ours: Bed, tokens: list[str]) -> AsyncIterator[list[str]]:
    """Keep `HEAVY` queries asked, each repeated as soon as it ends; yields those that ended. Leaving waits for the last ones."""
    ended: list[str] = []
    enough = asyncio.Event()

    async def keep_asking(client: aiohttp.ClientSession, number: int) -> None:
        while not enough.is_set():
            question = _question(tokens[number % len(tokens)], f"heavy {number % KINDS}")
            ended.append(await _ask(client, ours, question))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        asking = [asyncio.create_task(keep_asking(client, number)) for number in range(HEAVY)]
        await asyncio.sleep(1)
        try:
            yield ended
        finally:
            enough.set()
            await asyncio.gather(*asking)


def _rule(asked: str, sql: str) -> dict[str, Any]:
    call = {"parts": [{"call": {"name": "sql_execute", "arguments": {"query": sql}}}]}
    return {"match": asked, "turns": [call, {"parts": [{"text": "That is all."}]}]}


def _question(token: str, content: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}, "json": {"content": content}}


def _token(data_dir: Path, email: str) -> str:
    return bichat("token", "create", "--email", email, data_dir=data_dir).stdout.strip()


def _add_guest(data_dir: Path) -> None:
    tenant = bichat("tenant", "add", "--name", "Bench", data_dir=data_dir).stdout.strip()
    arguments = ("--email", GUEST, "--tenant-id", tenant, "--role", "Analyst", "--password-stdin")
    made = bichat("user", "add", *arguments, data_dir=data_dir, standard_input="demo")
    assert made.returncode == 0, made.stderr


@asynccontextmanager
async def _postgres() -> AsyncIterator[str]:
    """Yield the address of the demo's business database in PostgreSQL, for the role that reads it."""
    with postgres.running() as cluster:
        dsn = cluster.create("business")
        address = f"postgresql://reader:reads@{dsn.partition('@')[2]}"
        await postgres_database.build(Settings(analytics_url=address), dsn, this_month())
        yield address
