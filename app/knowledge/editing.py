"""People change what is known: they edit, approve and retire it, and propose queries and learnings; every version stays."""

import asyncio
import re
import uuid

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.record import record
from app.data.metadata import TableNotes
from app.data.queries import Queries
from app.database import Database, new_id, now
from app.errors import N_, Conflict, Invalid, NotFound
from app.identity.actor import Actor
from app.knowledge import index
from app.knowledge.checks import failure_of
from app.knowledge.drafts import body_of, query_text
from app.knowledge.index import Change
from app.knowledge.loading import Query
from app.knowledge.models import Entry, EntryVersion, KnowledgeState
from app.knowledge.table_text import reread, text_of

MOST_TITLE, MOST_TEXT, MOST_SQL = 200, 100_000, 50_000
ACTS = {"approved": "knowledge.approved", "retired": "knowledge.retired"}
MISSING = N_("There is no such knowledge.")
STALE = N_("Somebody has changed this meanwhile. Look at it again, then save.")
NOT_NAMES = re.compile(r"\W+")


class Said(msgspec.Struct, frozen=True):
    """What a form says of an entry; `sql` is of queries only, where `text` is the description."""

    title: str
    text: str
    sql: str = ""


async def edit(
    database: Database, queries: Queries, actor: Actor, entry_id: uuid.UUID, said: Said, *, based_on: int, act: str = "edited"
) -> None:
    """Make a version of an entry that says something else; of a table its details too, which describe it elsewhere.

    Raises `NotFound`, `Invalid` with the field that is wrong, and `Conflict` when another version was made since `based_on`.
    """
    async with database.reading() as db:
        entry = await found(db, actor, entry_id)
    said = checked(said, is_query=entry.kind == "query")
    sql_key = await _sql_key(queries, actor, said.sql, entry) if entry.kind == "query" else entry.sql_key
    async with database.writing() as db:
        state = await index.locked(db, actor.tenant_id)
        entry = await found(db, actor, entry_id)
        if entry.version != based_on:
            raise Conflict(STALE)
        if (said.title, said.text, said.sql) == (entry.title, body_of(entry.kind, entry.text, entry.details), entry.sql):
            return
        if entry.kind == "query":
            query = _rewritten(msgspec.convert(entry.details, Query), said)
            entry.details, entry.text = msgspec.to_builtins(query), query_text(query)
        elif entry.kind == "table":
            notes = reread(msgspec.convert(entry.details, TableNotes), said.text)
            entry.details, entry.text = msgspec.to_builtins(notes), text_of(notes)
        else:
            entry.text = said.text
        entry.title, entry.sql, entry.sql_key = said.title, said.sql, sql_key
        await keep(db, state, entry, actor, act)
        record(db, actor, "knowledge.edited", entry.id, kind=entry.kind, name=entry.name, version=entry.version)


async def set_status(database: Database, actor: Actor, entry_id: uuid.UUID, status: str) -> None:
    """Approve or retire an entry; raises `NotFound` and `Invalid`."""
    if status not in ACTS:
        raise Invalid(N_("There is no such state."), details={"status": "unknown"})
    async with database.writing() as db:
        state = await index.locked(db, actor.tenant_id)
        entry = await found(db, actor, entry_id)
        if entry.status != status:
            entry.status = status
            await keep(db, state, entry, actor, status)
            record(db, actor, ACTS[status], entry.id, kind=entry.kind, name=entry.name, version=entry.version)


async def restore(database: Database, queries: Queries, actor: Actor, entry_id: uuid.UUID, number: int) -> None:
    """Let an entry say again what it said in an earlier version; raises as `edit` does."""
    async with database.reading() as db:
        entry = await found(db, actor, entry_id)
        of_entry = (EntryVersion.entry_id == entry_id) & (EntryVersion.tenant_id == actor.tenant_id)
        version = await db.scalar(select(EntryVersion).where(of_entry, EntryVersion.number == number))
    if version is None:
        raise NotFound(N_("There is no such version."))
    said = Said(version.title, version.text, version.sql)
    await edit(database, queries, actor, entry_id, said, based_on=entry.version, act="restored")


async def found(db: AsyncSession, actor: Actor, entry_id: uuid.UUID) -> Entry:
    """Return an entry of the actor's company; raises `NotFound`."""
    entry = await db.scalar(select(Entry).where(Entry.id == entry_id, Entry.tenant_id == actor.tenant_id))
    if entry is None:
        raise NotFound(MISSING)
    return entry


async def keep(db: AsyncSession, state: KnowledgeState, entry: Entry, actor: Actor, act: str) -> None:
    """Store an entry that was made or changed as its next version, and have it found as it is; `state` is locked."""
    is_new = entry.id is None
    entry.id = entry.id or new_id()
    entry.version = 1 if is_new else entry.version + 1
    entry.updated_at = now()
    db.add(entry)
    await db.flush()
    body = body_of(entry.kind, entry.text, entry.details)
    db.add(EntryVersion(
        tenant_id=entry.tenant_id, entry_id=entry.id, number=entry.version, act=act, title=entry.title, text=body,
        sql=entry.sql, status=entry.status, author_id=actor.user_id,
    ))  # fmt: skip
    pieces = await asyncio.to_thread(index.pieces_of, entry.kind, entry.title, entry.text)
    await index.change(db, state, [Change(entry.id, pieces, is_found=entry.status == "approved")])


async def free_name(db: AsyncSession, tenant_id: uuid.UUID, kind: str, title: str) -> str:
    """Return a name for something new that nothing of its kind has."""
    stem = NOT_NAMES.sub("_", title.lower()).strip("_")[:80] or kind
    query = select(Entry.name).where(
        Entry.tenant_id == tenant_id, Entry.kind == kind, Entry.name.startswith(stem, autoescape=True)
    )
    taken = set((await db.execute(query)).scalars())
    return next(name for number in range(1, len(taken) + 2) if (name := stem if number == 1 else f"{stem}_{number}") not in taken)


def plain(text: str) -> str:
    """Return a text as it is stored: lines end as in Unix, and nothing that no database takes."""
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def checked(said: Said, *, is_query: bool) -> Said:
    """Return what was typed as it is stored; raises `Invalid` with the field that is empty or too long."""
    said = Said(
        " ".join(plain(said.title).split()), plain(said.text), plain(said.sql).removesuffix(";").rstrip() if is_query else ""
    )
    limits = {"title": MOST_TITLE, "text": MOST_TEXT, **({"sql": MOST_SQL} if is_query else {})}
    for field, limit in limits.items():
        length = len(getattr(said, field))
        if not length:
            raise Invalid(N_("Fill this in."), details={field: "missing"})
        if length > limit:
            message = N_("At most %(limit)s characters are allowed here; these are %(length)s.")
            raise Invalid(message, details={field: "too long"}, limit=limit, length=length)
    return said


async def _sql_key(queries: Queries, actor: Actor, sql: str, entry: Entry) -> str:
    from app.knowledge.statements import key_of  # noqa: PLC0415 - brings the SQL parser, at the first statement

    if sql != entry.sql and (failure := await failure_of(queries, actor, sql, entry.details)):
        raise Invalid(N_("The query does not run: %(reason)s"), details={"sql": "wrong"}, reason=failure.message)
    return key_of(sql, queries.dialect)


def _rewritten(query: Query, said: Said) -> Query:
    """Return a query with other words; what was the same in another language changes with the English."""
    titles = {locale: said.title if text == query.titles["en"] else text for locale, text in query.titles.items()}
    described = query.descriptions
    descriptions = {locale: said.text if text == described["en"] else text for locale, text in described.items()}
    return msgspec.structs.replace(query, titles=titles, descriptions=descriptions, sql=said.sql)
