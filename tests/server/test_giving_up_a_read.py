"""Whoever gives up a read of SQLite, and is told to twice, leaves no task behind that waits for ever."""

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.database import Database


async def test_a_read_that_is_cancelled_twice_leaves_nothing_that_waits(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/some.db")
    begun, go_on = threading.Event(), threading.Event()

    def held() -> int:
        begun.set()
        go_on.wait()
        return 1

    async def read() -> None:
        async with database.reading() as db:
            raw = await (await db.connection()).get_raw_connection()
            driver: Any = raw.driver_connection
            await driver.create_function("held", 0, held)
            await db.execute(text("SELECT held()"))

    before = asyncio.all_tasks()
    reading = asyncio.create_task(read())
    await asyncio.to_thread(begun.wait)
    reading.cancel()
    async with asyncio.timeout(60):
        while not (left := asyncio.all_tasks() - before - {reading}):
            await asyncio.sleep(0)
    reading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reading
    go_on.set()
    async with asyncio.timeout(60):
        await asyncio.gather(*left)
    await database.close()
