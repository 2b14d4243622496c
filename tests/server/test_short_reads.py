"""Short reads of SQLite are answered in the thread that serves, whatever kind of statement asks."""

import asyncio
from pathlib import Path

from sqlalchemy import select, text

from app import migrations
from app.database import Database, table_of
from app.identity import tenants
from app.identity.models import Tenant


async def test_each_kind_of_statement_is_answered_and_two_readers_do_not_disturb_each_other(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/some.db")
    await migrations.upgrade(database)
    added = await tenants.add(database, "One")

    async def read() -> list[object]:
        async with database.glancing() as db:
            number = (await db.execute(text("SELECT :n + 1"), {"n": 41})).scalar_one()
            await asyncio.sleep(0)
            name = (await db.execute(select(table_of(Tenant).c.name))).scalar_one()
            await asyncio.sleep(0)
            tenant = (await db.execute(select(Tenant).where(Tenant.id == added.id))).scalar_one()
            return [number, name, tenant.name]

    assert await asyncio.gather(read(), read()) == [[42, "One", "One"]] * 2
    await database.close()
