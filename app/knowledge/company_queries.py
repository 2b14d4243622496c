"""The validated queries of each company: those that all share, and those that it approved for itself."""

import asyncio
import uuid

import msgspec
from sqlalchemy import bindparam, select

from app.database import Database, table_of
from app.knowledge.library import Library
from app.knowledge.loading import Query
from app.knowledge.models import Entry, KnowledgeState
from app.knowledge.validated_queries import ValidatedQueries

STATE, ENTRIES = table_of(KnowledgeState), table_of(Entry)
REVISION = select(STATE.c.revision).where(STATE.c.tenant_id == bindparam("tenant_id"))
APPROVED = (
    select(ENTRIES.c.details)
    .where(ENTRIES.c.tenant_id == bindparam("tenant_id"), ENTRIES.c.kind == "query", ENTRIES.c.status == "approved")
    .order_by(ENTRIES.c.name)
)
KEPT = 32
"""Companies whose queries are kept ready."""


class CompanyQueries:
    """Validated queries by company; read again when the company's knowledge has changed.

    `library` holds what else companies know, None where the analyst may not look into it.
    """

    def __init__(self, database: Database, shared: ValidatedQueries, library: Library | None = None) -> None:
        self.shared = shared
        self.library = library
        self._database = database
        self._kept: dict[uuid.UUID, tuple[tuple[int, object], ValidatedQueries]] = {}

    async def of(self, tenant_id: uuid.UUID) -> ValidatedQueries:
        """Return the queries of a company."""
        rows = await self._database.rows(REVISION, {"tenant_id": tenant_id})
        if not rows:
            return self.shared
        version = (rows[0].revision, self.shared.folder)
        kept = self._kept.get(tenant_id)
        if kept is None or kept[0] != version:
            if len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            kept = self._kept[tenant_id] = (version, await self._read(tenant_id))
        return kept[1]

    async def _read(self, tenant_id: uuid.UUID) -> ValidatedQueries:
        async with self._database.reading() as db:
            details = list((await db.execute(APPROVED, {"tenant_id": tenant_id})).scalars())
        own = [msgspec.convert(each, Query) for each in details]
        if not own:
            return self.shared
        shared = await asyncio.to_thread(lambda: self.shared.queries)
        names = {query.name for query in own}
        return ValidatedQueries(None, [*(query for query in shared if query.name not in names), *own])
