"""Open the business database that the settings name."""

from pathlib import Path

from app.data.catalogue import Catalogue
from app.data.engine import Source
from app.data.metadata import Metadata, MetadataError
from app.data.queries import Queries
from app.data.sql_rules.functions import SQLITE_FUNCTIONS
from app.data.sqlite_source import SqliteSource
from app.data.table_book import TableBook
from app.database import sqlite_path
from app.settings import Settings, SettingsError


def open_queries(settings: Settings, metadata: Path | None = None, book: TableBook | None = None) -> Queries:
    """Return the business database of `settings`; nothing is connected before the first statement.

    `metadata` is a directory with descriptions of tables (`*.json` or `tables/*.json`), used where the settings name none.
    Raises `SettingsError` when a file of it cannot be understood.
    """
    source = open_source(settings)
    try:
        notes = Metadata(Path(settings.schema_metadata_dir) if settings.schema_metadata_dir else metadata)
    except MetadataError as error:
        raise SettingsError(f"BICHAT_SCHEMA_METADATA_DIR: {error}. Mend the file, or unset the variable.") from error
    return Queries(source, Catalogue(source, notes, book), timeout=settings.sql_timeout, max_rows=settings.sql_max_rows)


def open_source(settings: Settings) -> Source:
    """Return the source for `settings.analytics_url`."""
    path = sqlite_path(settings.analytics_url)
    if path is not None:
        return SqliteSource(Path(path), isolation=settings.analytics_isolation, functions=SQLITE_FUNCTIONS)
    from app.data.postgres_source import PostgresSource  # noqa: PLC0415 - asyncpg is loaded only where it is used

    return PostgresSource(settings.analytics_url, schema=settings.analytics_schema, isolation=settings.analytics_isolation)
