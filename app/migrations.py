"""The level of the application database: where it is, where this release wants it, and how it gets there."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from app.database import Database

FOLDER = Path(__file__).parent.parent / "migrations"
VERSION_TABLE = "bichat_schema_version"
ADVISORY_LOCK = 0x62696368
"""An arbitrary constant: two processes that start at once on one PostgreSQL migrate one after the other."""


def head() -> str:
    """Return the level this release wants, read from the names of the migration files: starting must not import alembic."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py"))


async def level(database: Database) -> str | None:
    """Return the level the database is at, None where it is empty; raises SQLAlchemy's error when it is out of reach."""
    async with database.reader.connect() as connection:
        return await connection.run_sync(_level)


async def upgrade(database: Database) -> str:
    """Bring the database to this release's level in one transaction and return that level."""
    if await level(database) != head():
        async with database.writer.begin() as connection:
            await connection.run_sync(_upgrade)
    return head()


def _level(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 - a constant
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - heavy, and needed only when the level is behind
    from alembic.config import Config  # noqa: PLC0415 - as above

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
