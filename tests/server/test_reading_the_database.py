"""Reading the application database: nothing is changed by it, and a connection that is gone is made again."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.database import Database
from app.identity import tenants
from app.identity.models import Tenant

END_ALL_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
)


async def test_what_only_reads_cannot_change_anything(any_database: Database) -> None:
    tenant = await tenants.add(any_database, "Orzu")
    async with any_database.reading() as db:
        with pytest.raises(DBAPIError):
            await db.execute(text("UPDATE bichat_tenants SET name = 'Umid'"))
    assert [row.name for row in await any_database.rows(select(Tenant.name).where(Tenant.id == tenant.id))] == ["Orzu"]


async def test_reads_and_changes_go_on_after_the_server_ended_every_connection(postgres_database: Database) -> None:
    await tenants.add(postgres_database, "Orzu")
    assert len(await postgres_database.rows(select(Tenant.id))) == 1
    async with postgres_database.writing() as db:
        await db.execute(END_ALL_OTHERS)
    assert len(await postgres_database.rows(select(Tenant.id))) == 1
    await tenants.add(postgres_database, "Umid")
    assert len(await postgres_database.rows(select(Tenant.id))) == 2
