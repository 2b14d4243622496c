"""A hundred thousand rows of ten columns to Excel: time, memory of the writing process and of the application, and its pauses."""

import asyncio
import contextlib
import datetime as dt
import sqlite3
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import psutil

from app.data.exports.exporter import Exporter
from app.data.exports.receipt import Origin
from app.data.sources import open_queries
from app.files.models import Artifact
from app.files.storage import open_storage
from app.identity.actor import Actor
from app.settings import Settings
from tests.bench.figures import Figure

ROWS = 100_000
TYPES = ("integer", "text", "date", "decimal", "decimal", "integer", "text", "text", "integer", "text")
NAMES = tuple(f"c{index}" for index in range(len(TYPES)))
MIB = 2**20


async def measure(_data_dir: Path) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await asyncio.to_thread(_fill, folder / "sales.sqlite")
        queries = open_queries(Settings(analytics_url=f"sqlite:///{folder / 'sales.sqlite'}", analytics_isolation="single"))
        exporter = Exporter(queries, open_storage(f"file://{folder}/files"), max_rows=ROWS, base_url="/bi-chat/uploads")
        person = Actor(
            uuid.uuid4(), uuid.uuid4(), "a@b.test", "", "", None, frozenset(), "en", "Company", "Asia/Tashkent", 0, "UZS"
        )
        await exporter.table(person, _result("SELECT * FROM sales LIMIT 10"), "", "excel", Origin("", ""))
        figures = [await _measured(exporter, person, "excel"), await _measured(exporter, person, "csv")]
        await queries.close()
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
