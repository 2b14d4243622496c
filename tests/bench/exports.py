"""A hundred thousand rows of ten columns to Excel: time and memory beside the library alone, and a page opened meanwhile."""

import asyncio
import contextlib
import datetime as dt
import re
import sqlite3
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from app.data.exports.exporter import Exporter
from app.data.exports.receipt import Origin
from app.data.sources import open_queries
from app.files.models import Artifact
from app.files.storage import open_storage
from app.identity.actor import Actor
from app.settings import Settings
from tests.bench import table_answers
from tests.bench.bed import percentile, signed_in
from tests.bench.figures import Figure
from tests.servers import ROOT

ROWS = 100_000
TYPES = ("integer", "text", "date", "decimal", "decimal", "integer", "text", "text", "integer", "text")
NAMES = tuple(f"c{index}" for index in range(len(TYPES)))
MIB = 2**20
PAGES = 100
LINES = "SELECT id, order_date, branch, channel, customer, product, quantity, price, amount, profit FROM sales"
JOB = re.compile(r'id="export-job-([0-9a-f-]{36})"')


async def measure(data_dir: Path) -> list[Figure]:
    """Write the files from this process, then have a served BiChat write one while somebody opens a page."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await asyncio.to_thread(_fill, folder / "sales.sqlite")
        queries = open_queries(Settings(analytics_url=f"sqlite:///{folder / 'sales.sqlite'}", analytics_isolation="single"))
        exporter = Exporter(queries, open_storage(f"file://{folder}/files"), max_rows=ROWS, base_url="/bi-chat/uploads")
        person = Actor(
            uuid.uuid4(), uuid.uuid4(), "a@b.test", "", "", None, frozenset(), "en", "Company", "Asia/Tashkent", 0, "UZS"
        )
        await exporter.table(person, _result("SELECT * FROM sales LIMIT 10"), "", "excel", Origin("", ""))
        figures = [await _measured(exporter, person, "excel"), await _measured(exporter, person, "csv"), await _bare(folder)]
        await queries.close()
    figures.append(await _beside_a_page(data_dir))
    return [figure for found in figures for figure in found]


async def _measured(exporter: Exporter, person: Actor, form: Any) -> list[Figure]:
    process = psutil.Process()
    idle = process.memory_info().rss
    peaks = {"here": 0, "writer": 0}
    pauses: list[float] = []
    watching = [asyncio.create_task(_watch(process, peaks)), asyncio.create_task(_feel(pauses))]
    started = time.perf_counter()
    made = await exporter.table(person, _result("SELECT * FROM sales"), "Sales", form, Origin("", ""))
    took = time.perf_counter() - started
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    assert made.rows == ROWS
    memory = (max(peaks["here"] - idle, 0) + peaks["writer"]) / MIB
    is_excel = form == "excel"
    return [
        Figure(f"100,000 rows to {form}", took, "s", 4 if is_excel else None, note=f"{made.size_bytes / MIB:.1f} MiB"),
        Figure(f"  memory over idle, {form}", memory, "MiB", 40, note=f"{peaks['writer'] / MIB:.0f} in the writing process"),
        Figure(f"  longest pause meanwhile, {form}", max(pauses, default=0.0) * 1000, "ms", note="of the event loop"),
    ]


async def _bare(folder: Path) -> list[Figure]:
    """Have the library alone write the same rows, in a process of its own too."""
    command = (sys.executable, "-m", "tests.bench.bare_excel", folder / "sales.sqlite", folder / "bare.xlsx")
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    took = time.perf_counter() - started
    return [
        Figure("100,000 rows by the library alone, its process too", took, "s"),
        Figure("  memory of that process", float(printed), "MiB"),
    ]


async def _beside_a_page(data_dir: Path) -> list[Figure]:
    """Export from a table of a conversation as its page does and open another page again and again until the file is there."""
    async with table_answers.served(data_dir, LINES) as (server, _), signed_in(server.url) as client:
        _, table = await table_answers.asked(client)
        before = [await _opened(client) for _ in range(PAGES)]
        started = time.perf_counter()
        async with client.post(f"{table}/exports", data={"format": "excel"}, headers={"HX-Request": "true"}) as answer:
            state = await answer.text()
        meanwhile = []
        while (job := JOB.search(state)) and 'data-state="running"' in state:
            meanwhile += [await _opened(client) for _ in range(10)]
            state = await table_answers.text(client, f"/bi-chat/exports/{job[1]}", **{"HX-Request": "true"})
        took = time.perf_counter() - started
    assert 'data-state="ready"' in state, state
    return [
        Figure("100,000 rows of the demo to excel, served, beside a page", took, "s"),
        Figure("  page before, p99", percentile(before, 99), "ms", note=f"{len(before)} pages"),
        Figure("  page meanwhile, p50", percentile(meanwhile, 50), "ms", note=f"{len(meanwhile)} pages"),
        Figure("  page meanwhile, p99", percentile(meanwhile, 99), "ms", 100),
    ]


async def _opened(client: aiohttp.ClientSession) -> float:
    started = time.perf_counter()
    await table_answers.text(client, "/bi-chat")
    took = (time.perf_counter() - started) * 1000
    await asyncio.sleep(0.02)
    return took


async def _watch(process: psutil.Process, peaks: dict[str, int]) -> None:
    while True:
        peaks["here"] = max(peaks["here"], process.memory_info().rss)
        with contextlib.suppress(psutil.Error):
            writing = [child for child in process.children() if "app.data.exports.writer" in child.cmdline()]
            peaks["writer"] = max([peaks["writer"], *(child.memory_info().rss for child in writing)])
        await asyncio.sleep(0.05)


async def _feel(pauses: list[float]) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.005)
        pauses.append(time.perf_counter() - before - 0.005)


def _result(sql: str) -> Artifact:
    columns = [{"name": name, "type": kind} for name, kind in zip(NAMES, TYPES, strict=True)]
    details = {
        "columns": columns, "sql": sql, "parameters": {}, "truncated": True, "row_count": 1000,
        "executed_at": dt.datetime.now(dt.UTC).isoformat(),
    }  # fmt: skip
    return Artifact(id=uuid.uuid4(), session_id=uuid.uuid4(), details=details, content=b"[]")


def _fill(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE sales ({', '.join(NAMES)})")
        rows = (_row(n) for n in range(ROWS))
        connection.executemany(f"INSERT INTO sales VALUES ({', '.join('?' * len(NAMES))})", rows)


def _row(n: int) -> tuple[Any, ...]:
    day, customer = f"2026-01-{1 + n % 28:02}", f"Customer {n % 999}"
    return n, f"Branch {n % 12}", day, n * 1.25, n / 8, n * 1000, "Toshkent shahri", customer, n % 7, "paid"
