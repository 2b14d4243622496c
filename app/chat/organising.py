"""What people do with their conversations: name, pin, archive, clear, delete and bring back.

The functions take the transaction and answer with the session as it then is; a run that still goes on is stopped before
(`stop_unfinished`), so that nothing is written into what was put away.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.record import record
from app.chat import purging, search_index, sessions, titles, turns
from app.chat.models import UNFINISHED, Message, Run, Session
from app.chat.runner import Runner
from app.database import Database, now
from app.errors import N_, Invalid, NotFound
from app.files.models import Artifact
from app.files.storage import FileStorage
from app.identity.actor import Actor

MOST_CHARS = 200


async def rename(db: AsyncSession, actor: Actor, session_id: uuid.UUID, title: str) -> Session:
    """Give a session a title that nothing but a person changes again; raises `Invalid`, `NotFound` and `Forbidden`."""
    session = await sessions.find_own(db, actor, session_id)
    session.title, session.title_is_typed, session.updated_at = checked_title(title), True, now()
    await search_index.title_changed(db, session)
    return session


def checked_title(title: str) -> str:
    """Return a title with its spaces tidied; raises `Invalid`."""
    title = " ".join(title.split())
    if not 1 <= len(title) <= MOST_CHARS or not titles.is_shown(title):
        raise Invalid(N_("A title has 1 to %(limit)s characters."), details={"title": "not valid"}, limit=MOST_CHARS)
    return title


def fitting_title(text: str) -> str:
    """Return as much of a text as can be a title, which may be nothing."""
    return " ".join("".join(letter if titles.is_shown(letter) else " " for letter in text).split())[:MOST_CHARS].strip()


async def pin(db: AsyncSession, actor: Actor, session_id: uuid.UUID, *, pinned: bool) -> Session:
    """Keep a session above the others, or among them; raises `NotFound` and `Forbidden`."""
    session = await sessions.find_own(db, actor, session_id)
    session.pinned, session.updated_at = pinned, now()
    return session


async def archive(db: AsyncSession, actor: Actor, session_id: uuid.UUID, *, archived: bool) -> Session:
    """Take a session out of the list, or back into it; raises `NotFound` and `Forbidden`."""
    session = await sessions.find_own(db, actor, session_id)
    session.archived_at = (session.archived_at or now()) if archived else None
    session.updated_at = now()
    return session


async def delete(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Session:
    """Put a session into the trash, where it can be brought back for 30 days; raises `NotFound` and `Forbidden`."""
    session = await sessions.find_own(db, actor, session_id)
    session.deleted_at = session.updated_at = now()
    record(db, actor, "session.deleted", session.id, session_id=str(session.id))
    return session


async def restore(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Session:
    """Bring a session back from the trash; raises `NotFound`."""
    session = await find_deleted(db, actor, session_id)
    session.deleted_at, session.updated_at = None, now()
    record(db, actor, "session.restored", session.id, session_id=str(session.id))
    return session


async def find_deleted(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Session:
    """Return a session of the actor's own that is in the trash; raises `NotFound`."""
    session = await db.scalar(select(Session).where(Session.id == session_id, in_trash_of(actor)))
    if session is None:
        raise NotFound(N_("There is no such conversation."))
    return session


def in_trash_of(actor: Actor) -> ColumnElement[bool]:
    """Return the conditions for the actor's own sessions that were deleted and can still be restored."""
    mine = and_(Session.tenant_id == actor.tenant_id, Session.user_id == actor.user_id)
    return and_(mine, Session.deleted_at > now() - purging.KEPT)


async def listed_deleted(db: AsyncSession, actor: Actor, *, limit: int, offset: int = 0) -> tuple[Sequence[Session], int]:
    """Return a page of the trash, what was deleted last first, and how many there are in all."""
    reach = in_trash_of(actor)
    total = await db.scalar(select(func.count()).select_from(Session).where(reach))
    newest = select(Session).where(reach).order_by(Session.deleted_at.desc(), Session.id.desc())
    return (await db.execute(newest.limit(limit).offset(offset))).scalars().all(), total or 0


async def remove(database: Database, storage: FileStorage, runner: Runner, actor: Actor, session_id: uuid.UUID) -> None:
    """Remove a session, from the trash too, with its files: nobody can bring it back. Raises `NotFound` and `Forbidden`."""
    async with database.reading() as db:
        is_in_trash = await db.scalar(select(Session.id).where(Session.id == session_id, in_trash_of(actor)))
    if not is_in_trash:
        await stop_unfinished(database, runner, actor, session_id)
    await purging.remove(database, storage, Artifact.session_id == session_id)
    async with database.writing() as db:
        await db.execute(delete_rows(Session).where(Session.id == session_id, Session.user_id == actor.user_id))
        record(db, actor, "session.removed", session_id, session_id=str(session_id))


async def clear(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> tuple[int, int]:
    """Empty a session and keep its title; returns how many messages went, and how much that was shown besides.

    Raises `NotFound` and `Forbidden`.
    """
    session = await sessions.find_own(db, actor, session_id)
    messages = update(Message).where(Message.session_id == session.id, Message.deleted_at.is_(None)).returning(Message.id)
    results = update(Artifact).where(Artifact.session_id == session.id, Artifact.deleted_at.is_(None)).returning(Artifact.kind)
    gone, quietly = {"deleted_at": now()}, {"synchronize_session": False}
    said = (await db.scalars(messages.values(**gone), execution_options=quietly)).all()
    made = (await db.scalars(results.values(**gone), execution_options=quietly)).all()
    session.head_message_id, session.updated_at = None, now()
    record(db, actor, "session.cleared", session.id, session_id=str(session.id))
    return len(said), sum(kind != "result" for kind in made)


async def stop_unfinished(database: Database, runner: Runner, actor: Actor, session_id: uuid.UUID) -> bool:
    """Stop the run that still goes on in a session of the actor's own, for a change that only its author makes.

    Tells whether there was one. Raises `NotFound` and `Forbidden`.
    """
    async with database.reading() as db:
        session = await sessions.find_own(db, actor, session_id)
        unfinished = select(Run.id).where(Run.session_id == session.id, Run.status.in_(UNFINISHED))
        run_id = (await db.execute(unfinished)).scalar_one_or_none()
    if run_id:
        await turns.stop(database, runner, actor, run_id)
    return run_id is not None


Change = Callable[[AsyncSession, Actor, uuid.UUID], Awaitable[Session]]
CHANGES: Mapping[str, Change] = {
    "pin": partial(pin, pinned=True),
    "unpin": partial(pin, pinned=False),
    "archive": partial(archive, archived=True),
    "unarchive": partial(archive, archived=False),
    "delete": delete,
    "restore": restore,
}
"""What is done to a session as a whole and can be taken back, by its name at every door."""
UNDO: Mapping[str, str] = {"archive": "unarchive", "unarchive": "archive", "delete": "restore", "restore": "delete"}
STOPPING = {"archive", "delete"}


async def change(database: Database, runner: Runner, actor: Actor, session_id: uuid.UUID, action: str) -> None:
    """Do one of `CHANGES`, first stopping what goes on in a session that is put away. Raises `NotFound` and `Forbidden`."""
    if action in STOPPING:
        await stop_unfinished(database, runner, actor, session_id)
    async with database.writing() as db:
        await CHANGES[action](db, actor, session_id)
