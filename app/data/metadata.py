"""Descriptions of tables and columns that a company writes down in JSON files, one table each."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import structlog

log = structlog.get_logger()


class ColumnNotes(msgspec.Struct, frozen=True):
    """What people know about a column. `unit` is a word such as `pcs`, `currency` ISO 4217, `labels` headings by locale."""

    name: str
    type: str = ""
    description: str = ""
    unit: str | None = None
    currency: str | None = None
    labels: Mapping[str, str] = {}


class TableNotes(msgspec.Struct, frozen=True):
    """One metadata file: what the table is for and what to mind when reading it."""

    table_name: str
    table_description: str = ""
    use_cases: tuple[str, ...] = ()
    data_quality_notes: tuple[str, ...] = ()
    table_columns: tuple[ColumnNotes, ...] = ()

    def column(self, name: str) -> ColumnNotes | None:
        """Return the notes on a column, in any case."""
        return next((column for column in self.table_columns if column.name.lower() == name.lower()), None)


def load_notes(directory: Path | None) -> dict[str, TableNotes]:
    """Read `*.json` and `tables/*.json`, by table name in lower case; a file that cannot be read is skipped with a warning."""
    notes: dict[str, TableNotes] = {}
    if directory is None:
        return notes
    for path in sorted([*directory.glob("*.json"), *directory.glob("tables/*.json")]):
        try:
            table = msgspec.json.decode(path.read_bytes(), type=TableNotes)
        except (msgspec.MsgspecError, OSError) as error:
            log.warning("table metadata skipped", file=path.name, reason=str(error))
            continue
        notes[table.table_name.rsplit(".", 1)[-1].lower()] = table
    return notes
