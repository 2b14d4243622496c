"""What a company's knowledge tells of its tables, for whoever describes them: the catalogue and the analyst's tools."""

import uuid
from collections.abc import Mapping

import msgspec
from sqlalchemy import select

from app.data.metadata import TableNotes
from app.database import Database, table_of
from app.knowledge.models import Entry

ENTRIES = table_of(Entry)


async def described_tables(database: Database, tenant_id: uuid.UUID) -> Mapping[str, TableNotes]:
    """Return the approved notes on tables by name, without the schema and in lower case."""
    entries = select(ENTRIES.c.details).where(
        ENTRIES.c.tenant_id == tenant_id, ENTRIES.c.kind == "table", ENTRIES.c.status == "approved"
    )
    notes = [msgspec.convert(row.details, TableNotes) for row in await database.rows(entries.order_by(ENTRIES.c.name))]
    return {each.table_name.rsplit(".", 1)[-1].lower(): each for each in notes}
