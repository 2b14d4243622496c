"""The level of the application database: where it is, where this release wants it, and how it gets there."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from app.database import Database
from app.settings import Settings, SettingsError

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


async def prepare(settings: Settings, database: Database) -> None:
    """Make sure the database is at this release's level; raises `SettingsError`.

    At somebody's desk it is migrated. A real site migrates when its people choose to, so there being behind is an error.
    """
    if settings.is_production:
        await check(database)
    await upgrade(database)


async def check(database: Database) -> None:
    """Make sure the database is at this release's level, and change nothing; raises `SettingsError`."""
    found = await _found_level(database)
    if found != head():
        message = (
            f"The database is at level {found or 'none'} and this release needs {head()}. Run `bichat migrate`, then start again."
        )
        raise SettingsError(message)


async def _found_level(database: Database) -> str | None:
    try:
        return await level(database)
    except (DBAPIError, OSError) as error:
        reason = (str(getattr(error, "orig", None) or error).strip() or type(error).__name__).splitlines()[0]
        message = f"DATABASE_URL names a database that cannot be used ({reason}). Start it or correct the address."
        raise SettingsError(message) from error


async def upgrade(database: Database) -> str:
    """Bring the database to this release's level in one transaction and return that level; raises `SettingsError`."""
    found = await _found_level(database)
    if found is not None and found > head():
        message = (
            f"The database is at level {found}, which a newer release made; this one knows {head()}. Install the newer release."
        )
        raise SettingsError(message)
    if found != head():
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
