"""A company's PostgreSQL before anybody set it up for BiChat: tables in one schema, an administrator, no role to read with."""

import asyncio
import secrets
from collections.abc import Iterator

import asyncpg
import pytest

from app.data.walls import building
from app.data.walls.building import Step
from app.settings import Settings
from tests import postgres
from tests.data.conftest import OURS, THEIRS

TABLES = f"""
    CREATE SCHEMA shop; CREATE SCHEMA analytics;
    CREATE TABLE shop.orders (id bigint, tenant_id uuid, amount bigint, note text, PRIMARY KEY (tenant_id, id));
    INSERT INTO shop.orders
        SELECT n, t.id, n * t.factor, t.word || ' ' || n
          FROM generate_series(1, 50) AS n,
               (VALUES ('{OURS}'::uuid, 1, 'plain'), ('{THEIRS}'::uuid, 1000, 'SECRET')) AS t (id, factor, word);
    CREATE TABLE shop.customers (id bigint, tenant_id uuid, name text, PRIMARY KEY (tenant_id, id));
    INSERT INTO shop.customers SELECT id, tenant_id, 'customer ' || note FROM shop.orders;
    CREATE VIEW analytics.orders AS SELECT id, amount, note FROM shop.orders
        WHERE tenant_id = current_setting('app.tenant_id', true)::uuid;
"""


class Company:
    """The database: `dsn` is the administrator's address, `settings` those of BiChat with a role of its own."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.role = f"reader_{secrets.token_hex(4)}"
        self.database = dsn.rpartition("/")[2]
        address = dsn.partition("@")[2]
        self.url = f"postgresql://{self.role}:it%27s%20secret@{address}"
        self.settings = Settings(analytics_url=self.url, sql_timeout=5)

    async def sql(self, *statements: str) -> None:
        """Run statements as the administrator; `@role` and `@database` stand for those of BiChat's settings."""
        connection = await asyncpg.connect(self.dsn)
        for statement in statements:
            await connection.execute(statement.replace("@role", self.role).replace("@database", self.database))
        await connection.close()

    async def init(self) -> list[Step]:
        steps: list[Step] = []
        await building.init(self.settings, self.dsn, steps.append)
        return steps


@pytest.fixture
def company(postgres_url: str, postgres_cluster: postgres.Cluster) -> Iterator[Company]:
    found = Company(postgres_url)
    asyncio.run(found.sql(TABLES))
    yield found
    asyncio.run(found.sql("ALTER DATABASE @database OWNER TO postgres", "DROP OWNED BY @role CASCADE", "DROP ROLE @role"))
