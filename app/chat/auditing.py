"""Statements on the business database, as the audit keeps them."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, insert

from app.audit.models import AuditedStatement
from app.data.ledger import Ledger, Note
from app.database import Database, new_id, now, table_of

T = TypeVar("T")
ADD_STATEMENT = insert(table_of(AuditedStatement))


class Whose(msgspec.Struct, frozen=True):
    """Who ran statements, and for which conversation."""

    tenant_id: uuid.UUID
    user_id: uuid.UUID
    session_id: uuid.UUID
    run_id: uuid.UUID | None

    def values(self, note: Note) -> dict[str, Any]:
        """Return the columns of a statement that has ended."""
        assert note.ended
        return {"id": new_id(), "created_at": now(), **msgspec.structs.asdict(self), **msgspec.structs.asdict(note.ended)}


@contextlib.asynccontextmanager
async def audited(database: Database, whose: Whose) -> AsyncGenerator[Ledger]:
    """Give a ledger whose statements are in the audit once the block is left, however that happens."""
    ledger = Ledger()
    try:
        yield ledger
    finally:
        await settled(write_left(database, whose, ledger))


async def write_left(database: Database, whose: Whose, ledger: Ledger) -> None:
    """Put into the audit what has ended and is not there."""
    if notes := ledger.ended:
        rows = [whose.values(note) for note in notes]

        def write(db: Connection) -> None:
            for row in rows:
                db.execute(ADD_STATEMENT, row)

        await database.write(write)
        ledger.forget(notes)


async def settled(work: Coroutine[Any, Any, T]) -> T:
    """Await what a cancellation must not cut in half: it ends first, then the cancellation goes on."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
