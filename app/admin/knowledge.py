"""What a company knows, as its managers look through it: filtered, searched, each entry with its versions."""

import datetime as dt
import uuid

import msgspec
from sqlalchemy import and_, func, or_, select

from app.admin.asking import Fields
from app.audit.trail import Cursor
from app.chat.prompt_versions import DiffLine, compared
from app.database import Database
from app.errors import N_, Invalid, NotFound
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name
from app.knowledge import editing, search
from app.knowledge.drafts import KINDS, STATUSES, body_of
from app.knowledge.models import Entry, EntryVersion

PAGE = 50
MOST_WORDS = 200
SHOWN_VERSIONS = 100


class Asked(Fields, frozen=True):
    """The fields of the form as they were sent."""

    q: str = ""
    kind: str = ""
    status: str = ""


class Line(msgspec.Struct, frozen=True):
    """An entry in the list; `excerpt` is what was found of it, or its beginning."""

    id: uuid.UUID
    kind: str
    title: str
    excerpt: str
    status: str
    uses: int
    at: dt.datetime

    @property
    def cursor(self) -> str:
        """Return the place of the line, for going on after it."""
        return f"{int(self.at.timestamp() * 1_000_000)}-{self.id.hex}"


class Version(msgspec.Struct, frozen=True):
    """What an entry said from a moment on; `who` is empty for an operator."""

    number: int
    act: str
    title: str
    text: str
    sql: str
    status: str
    at: dt.datetime
    who: str


class Detail(msgspec.Struct, frozen=True):
    """An entry with its versions, newest first; `body` is what people edit of it."""

    entry: Entry
    body: str
    category: str
    versions: list[Version]


def check(asked: Asked) -> None:
    """Raise `Invalid` for fields that the form does not offer."""
    if asked.kind not in {"", *KINDS}:
        raise Invalid(N_("There is no such kind of knowledge."), details={"kind": "unknown"})
    if asked.status not in {"", *STATUSES}:
        raise Invalid(N_("There is no such state."), details={"status": "unknown"})
    if len(asked.q) > MOST_WORDS:
        raise Invalid(N_("Search for fewer words."), details={"q": "too long"})


async def listed(database: Database, actor: Actor, asked: Asked, *, after: Cursor | None = None) -> list[Line]:
    """Return entries: the best `PAGE` for words, else the latest changed after a place, one more where there are more."""
    query = select(Entry).where(Entry.tenant_id == actor.tenant_id)
    if asked.kind:
        query = query.where(Entry.kind == asked.kind)
    if asked.status:
        query = query.where(Entry.status == asked.status)
    if asked.q:
        kinds = (asked.kind,) if asked.kind else KINDS
        hits = await search.search(database, actor.tenant_id, asked.q, limit=search.ALL, kinds=kinds, found_only=False)
        hits = [hit for hit in hits if asked.status in {"", hit.status}][:PAGE]
        async with database.reading() as db:
            found = {row.id: row for row in (await db.execute(query.where(Entry.id.in_([hit.id for hit in hits])))).scalars()}
        return [_line(found[hit.id], hit.excerpt) for hit in hits if hit.id in found]
    if after:
        older = or_(Entry.updated_at < after.at, and_(Entry.updated_at == after.at, Entry.id < after.id))
        query = query.where(older)
    query = query.order_by(Entry.updated_at.desc(), Entry.id.desc()).limit(PAGE + 1)
    async with database.reading() as db:
        return [_line(entry, _beginning(entry)) for entry in (await db.execute(query)).scalars()]


async def waiting(database: Database, actor: Actor) -> int:
    """Return how many entries wait for somebody to approve them."""
    query = select(func.count()).select_from(Entry).where(Entry.tenant_id == actor.tenant_id, Entry.status == "proposed")
    async with database.reading() as db:
        return await db.scalar(query) or 0


async def detail(database: Database, actor: Actor, entry_id: uuid.UUID) -> Detail:
    """Return an entry with its versions; raises `NotFound`."""
    query = (
        select(EntryVersion, User.first_name, User.last_name, User.email)
        .outerjoin(User, User.id == EntryVersion.author_id)
        .where(EntryVersion.entry_id == entry_id, EntryVersion.tenant_id == actor.tenant_id)
        .order_by(EntryVersion.number.desc())
        .limit(SHOWN_VERSIONS)
    )
    async with database.reading() as db:
        entry = await editing.found(db, actor, entry_id)
        versions = [_version(*row) for row in await db.execute(query)]
    category = str(entry.details.get("category", "")) if entry.kind == "learning" else ""
    return Detail(entry, body_of(entry.kind, entry.text, entry.details), category, versions)


def changed(versions: list[Version], number: int) -> tuple[Version, list[DiffLine]]:
    """Return a version and what it changed of the one before; raises `NotFound`."""
    shown = next((version for version in versions if version.number == number), None)
    if shown is None:
        raise NotFound(N_("There is no such version."))
    before = next((version for version in versions if version.number < number), None)
    return shown, compared(_whole(before) if before else "", _whole(shown))


def _whole(version: Version) -> str:
    return "\n\n".join(part for part in (version.title, version.text, version.sql) if part)


def _line(entry: Entry, excerpt: str) -> Line:
    return Line(entry.id, entry.kind, entry.title, excerpt, entry.status, entry.uses, entry.updated_at)


def _beginning(entry: Entry) -> str:
    text = " ".join(body_of(entry.kind, entry.text, entry.details)[:400].split())
    return text if len(text) < 200 else f"{text[:200].rpartition(' ')[0]} …"


def _version(kept: EntryVersion, first_name: str | None, last_name: str | None, email: str | None) -> Version:
    who = full_name(first_name, last_name, email) if email else ""
    return Version(kept.number, kept.act, kept.title, kept.text, kept.sql, kept.status, kept.created_at, who)
