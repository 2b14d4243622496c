"""The migrations make exactly the schema that the models describe, on both engines."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect

from app import migrations
from app.database import Base, Database
from tests.servers import ROOT

for models in sorted(ROOT.glob("app/*/models.py")):
    importlib.import_module(f"app.{models.parent.name}.models")


async def test_migrated_sqlite_is_what_the_models_describe(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / name}" for name in ("migrated.sqlite", "described.sqlite")]
    assert await migrated(urls[0]) == await described(urls[1])


@pytest.mark.postgres
async def test_migrated_postgresql_is_what_the_models_describe(postgres_cluster: Any) -> None:
    urls = [postgres_cluster.create(name) for name in ("drift_migrated", "drift_described")]
    assert await migrated(urls[0]) == await described(urls[1])


async def test_migrating_again_changes_nothing(any_database: Database) -> None:
    assert await migrations.level(any_database) == migrations.head()
    before = await schema(any_database)
    await migrations.upgrade(any_database)
    assert await schema(any_database) == before


async def test_an_empty_database_has_no_level(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    assert await migrations.level(database) is None
    await database.close()


def test_all_tables_carry_the_prefix_that_keeps_them_apart_in_a_company_s_own_database() -> None:
    assert [name for name in Base.metadata.tables if not name.startswith("bichat_")] == []
    assert migrations.VERSION_TABLE.startswith("bichat_")


async def migrated(url: str) -> dict[str, Any]:
    database = Database(url)
    await migrations.upgrade(database)
    found = await schema(database)
    await database.close()
    return found


async def described(url: str) -> dict[str, Any]:
    database = Database(url)
    async with database.writer.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    found = await schema(database)
    await database.close()
    return found


async def schema(database: Database) -> dict[str, Any]:
    async with database.writer.connect() as connection:
        return await connection.run_sync(read_schema)


def read_schema(connection: Connection) -> dict[str, Any]:
    """Return columns, keys, checks and indexes of every table, as plain values that compare."""
    inspector = inspect(connection)
    return {
        table: {
            "columns": {column["name"]: (str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)},
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": by_name(inspector.get_foreign_keys(table)),
            "unique": by_name(inspector.get_unique_constraints(table)),
            "checks": by_name(inspector.get_check_constraints(table)),
            "indexes": by_name([plain(index) for index in inspector.get_indexes(table)]),
        }
        for table in inspector.get_table_names()
        if table != migrations.VERSION_TABLE
    }


def by_name(items: Any) -> list[Any]:
    return sorted(items, key=lambda item: item["name"])


def plain(index: Any) -> dict[str, Any]:
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}
