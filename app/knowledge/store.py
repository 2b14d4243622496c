"""Take files into what a company knows: all of them or none, and again without doing anything twice."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, new_id, now, table_of
from app.identity import acts
from app.identity.acts import Act
from app.knowledge import index
from app.knowledge.drafts import Draft, body_of
from app.knowledge.folder import hash_of_folder
from app.knowledge.index import Change, Piece
from app.knowledge.models import Entry, EntryVersion, KnowledgeState

ENTRIES, VERSIONS = table_of(Entry), table_of(EntryVersion)
BY_FILE = "loaded"


class Loaded(msgspec.Struct):
    """How many entries were added, changed, left as they were, and removed."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0

    @property
    def line(self) -> str:
        """Return it in a line for operators."""
        return f"{self.added} added, {self.changed} changed, {self.unchanged} unchanged, {self.removed} removed"


async def load(
    database: Database, tenant_id: uuid.UUID, drafts: Sequence[Draft], dialect: str, *, rebuild: bool = False
) -> Loaded:
    """Take `drafts` in, in one transaction; `rebuild` removes first what files said before.

    What a file says as it did before stays as people have made it since, approved or retired. What people saved stays.
    """
    prepared = await asyncio.to_thread(lambda: [(each, *_prepared(each, dialect)) for each in drafts])
    done = Loaded()
    async with database.writing() as db:
        state = await index.locked(db, tenant_id)
        if rebuild:
            done.removed = await _clear(db, state)
        known = {(row.kind, row.name): row for row in await db.execute(select(ENTRIES).where(ENTRIES.c.tenant_id == tenant_id))}
        changes, added, versions = [], [], []
        for draft, sql_key, pieces in prepared:
            row = known.get((draft.kind, draft.name))
            if row is not None and row.is_from_file and row.file_hash == draft.hash:
                done.unchanged += 1
                continue
            values = _values(draft, sql_key)
            entry_id, number = (row.id, row.version + 1) if row else (new_id(), 1)
            if row is None:
                done.added += 1
                added.append({"id": entry_id, "tenant_id": tenant_id, "created_at": now(), "version": 1, "uses": 0, **values})
            else:
                done.changed += 1
                await db.execute(update(ENTRIES).where(ENTRIES.c.id == entry_id).values(version=number, **values))
            versions.append(_version(tenant_id, entry_id, number, values))
            changes.append(Change(entry_id, pieces, is_found=True))
        for rows, table in ((added, ENTRIES), (versions, VERSIONS)):
            for start in range(0, len(rows), index.TOGETHER):
                await db.execute(insert(table), rows[start : start + index.TOGETHER])
        if changes:
            await index.change(db, state, changes)
        state.loaded_hash = hash_of_folder(drafts)
        if changes or done.removed:
            acts.tell(db, Act("knowledge.loaded", tenant_id, None, None, msgspec.to_builtins(done)))
    return done


async def _clear(db: AsyncSession, state: KnowledgeState) -> int:
    of_files = (ENTRIES.c.tenant_id == state.tenant_id) & ENTRIES.c.is_from_file.is_(True)
    ids = list((await db.execute(select(ENTRIES.c.id).where(of_files))).scalars())
    if ids:
        await index.change(db, state, [Change(entry_id) for entry_id in ids])
        await db.execute(delete(ENTRIES).where(of_files))
    return len(ids)


def _prepared(draft: Draft, dialect: str) -> tuple[str, list[Piece]]:
    from app.knowledge.statements import key_of  # noqa: PLC0415 - brings the SQL parser, at the first statement

    return key_of(draft.sql, dialect) if draft.sql else "", index.pieces_of(draft.kind, draft.title, draft.text)


def _values(draft: Draft, sql_key: str) -> dict[str, Any]:
    return {
        "kind": draft.kind, "name": draft.name, "title": draft.title, "text": draft.text, "sql": draft.sql, "sql_key": sql_key,
        "details": msgspec.to_builtins(draft.details), "status": "approved", "is_from_file": True, "file": draft.file,
        "file_hash": draft.hash, "written_by": None, "updated_at": now(),
    }  # fmt: skip


def _version(tenant_id: uuid.UUID, entry_id: uuid.UUID, number: int, values: dict[str, Any]) -> dict[str, Any]:
    said = {name: values[name] for name in ("title", "sql", "status")}
    text = body_of(values["kind"], values["text"], values["details"])
    return {
        "id": new_id(), "tenant_id": tenant_id, "entry_id": entry_id, "number": number, "act": BY_FILE, "author_id": None,
        "created_at": now(), "text": text, **said,
    }  # fmt: skip
