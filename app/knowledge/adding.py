"""People write down by hand what is known of the business, where no file says it."""

import uuid

from sqlalchemy import select

from app.audit.record import record
from app.database import Database
from app.errors import N_, Invalid
from app.identity.actor import Actor
from app.knowledge import editing, index
from app.knowledge.editing import Said
from app.knowledge.models import Entry

BY_HAND = ("rule", "metric", "definition", "gotcha")
"""Kinds that are words alone: tables, queries and documents are more than that."""


async def add(database: Database, actor: Actor, kind: str, said: Said) -> uuid.UUID:
    """Write an entry down, which is found from then on, and return its id; raises `Invalid` with the field that is wrong."""
    if kind not in BY_HAND:
        raise Invalid(N_("There is no such kind of knowledge."), details={"kind": "unknown"})
    said = editing.checked(said, is_query=False)
    async with database.writing() as db:
        state = await index.locked(db, actor.tenant_id)
        same = select(Entry.id).where(Entry.tenant_id == actor.tenant_id, Entry.kind == kind, Entry.title == said.title)
        if await db.scalar(same.limit(1)):
            raise Invalid(N_("There is something of this kind and title already."), details={"title": "taken"})
        name = await editing.free_name(db, actor.tenant_id, kind, said.title)
        entry = Entry(
            tenant_id=actor.tenant_id, kind=kind, name=name, title=said.title, text=said.text, sql="", sql_key="", details={},
            status="approved", written_by=actor.user_id, uses=0,
        )  # fmt: skip
        await editing.keep(db, state, entry, actor, "added")
        record(db, actor, "knowledge.added", entry.id, kind=kind, name=name, version=entry.version)
        return entry.id
