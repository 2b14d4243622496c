"""Conversations for programs: each function takes a caller and parameters and gives a shape, whichever door was used."""

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.api import told_turns
from app.api.caller import Caller
from app.api.params import (
    PAGE,
    ArtifactList,
    ArtifactsParams,
    Cleared,
    Compacted,
    Conversation,
    CreateParams,
    Deleted,
    DeleteParams,
    GetParams,
    ListAllParams,
    ListParams,
    Nothing,
    One,
    Page,
    Pong,
    SessionList,
    SessionResult,
    TitleParams,
)
from app.api.shapes import PendingQuestion, Person, SessionShape, SummaryShape, Turn, iso, pending_question, person, session_shape
from app.audit.record import record_opening
from app.chat import (
    access,
    artifact_list,
    compacting,
    organising,
    search_index,
    session_pages,
    sessions,
    summaries,
    title_making,
    turns,
)
from app.chat.access import Role
from app.chat.models import Question, Run, Session
from app.chat.session_pages import Wanted
from app.chat.summaries import SummaryView
from app.data.reach import reach_of, reads_all
from app.database import now
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.permissions import Permission
from app.telemetry.bus import SessionCreated


async def ping(caller: Caller, _: Nothing) -> Pong:
    """Tell whose company the caller speaks for."""
    return Pong(tenant_id=str(caller.actor.tenant_id))


async def listed(caller: Caller, params: ListParams) -> SessionList:
    """Return a part of the caller's own sessions: pinned first, then the latest."""
    return await _page(caller, Wanted(params.limit, params.offset, caller.actor.user_id, params.include_archived))


async def listed_all(caller: Caller, params: ListAllParams) -> SessionList:
    """Return a part of the company's sessions; needs the permission to read everybody's."""
    caller.check(Permission.READ_ALL)
    return await _page(caller, Wanted(params.limit, params.offset, params.user_id, params.include_archived))


async def get(caller: Caller, params: GetParams) -> Conversation:
    """Return a session with a page of the turns that are shown now, and what the agent waits to hear."""
    database = caller.desk.database
    async with database.reading() as db:
        session = await sessions.find(db, caller.actor, params.id)
        shape = await session_of(db, caller.actor, session)
    await record_opening(database, caller.actor, session.id, session.user_id)
    rows = await turns.page(database, session.id, before=params.before, limit=params.limit + 1)
    latest = await told(caller, session, rows[-params.limit :])
    has_more = len(rows) > params.limit
    summary = None if has_more else await summaries.of_session(database, session.id)
    async with database.reading() as db:  # After the turns, so that one that is told to wait comes with its question.
        waiting = await open_question(db, caller, session)
    return Conversation(
        session=shape, turns=latest, has_more=has_more, pending_question=waiting or UNSET,
        summary=summary_shape(summary) if summary else UNSET,
    )  # fmt: skip


async def one(caller: Caller, params: One) -> SessionResult:
    """Return a session without its turns."""
    async with caller.desk.database.reading() as db:
        session = await sessions.find(db, caller.actor, params.id)
        shape = await session_of(db, caller.actor, session)
    await record_opening(caller.desk.database, caller.actor, session.id, session.user_id)
    return SessionResult(session=shape)


async def create(caller: Caller, params: CreateParams) -> SessionResult:
    """Open an empty conversation."""
    title = organising.checked_title(params.title) if params.title.strip() else ""
    async with caller.desk.database.writing() as db:
        session = sessions.create(db, caller.actor, title=title, is_typed=bool(title))
        await search_index.title_changed(db, session)
        shape = await session_of(db, caller.actor, session)
    caller.desk.bus.tell(SessionCreated(tenant_id=session.tenant_id, user_id=session.user_id, session_id=session.id))
    return SessionResult(session=shape)


async def rename(caller: Caller, params: TitleParams) -> SessionResult:
    """Give a session another title."""
    async with caller.desk.database.writing() as db:
        session = await organising.rename(db, caller.actor, params.id, params.title)
        return SessionResult(session=await session_of(db, caller.actor, session))


async def regenerate_title(caller: Caller, params: One) -> SessionResult:
    """Have the model name a session; a title that somebody typed stays."""
    session = await title_making.regenerate(caller.desk, caller.actor, params.id)
    async with caller.desk.database.reading() as db:
        return SessionResult(session=await session_of(db, caller.actor, session))


async def pin(caller: Caller, params: One) -> SessionResult:
    """Keep a session above the others."""
    return await _changed(caller, params.id, "pin")


async def unpin(caller: Caller, params: One) -> SessionResult:
    """Put a session among the others again."""
    return await _changed(caller, params.id, "unpin")


async def archive(caller: Caller, params: One) -> SessionResult:
    """Take a session out of the list."""
    return await _changed(caller, params.id, "archive")


async def unarchive(caller: Caller, params: One) -> SessionResult:
    """Put a session into the list again."""
    return await _changed(caller, params.id, "unarchive")


async def clear(caller: Caller, params: One) -> Cleared:
    """Empty a session."""
    await organising.stop_unfinished(caller.desk.database, caller.desk.runner, caller.actor, params.id)
    async with caller.desk.database.writing() as db:
        messages, artifacts = await organising.clear(db, caller.actor, params.id)
    return Cleared(deleted_messages=messages, deleted_artifacts=artifacts)


async def compact(caller: Caller, params: One) -> Compacted:
    """Put the first turns of a session into a summary."""
    done = await compacting.compact(caller.desk, caller.actor, params.id)
    return Compacted(summary=done.summary, deleted_messages=done.messages, deleted_artifacts=done.artifacts)


async def delete(caller: Caller, params: DeleteParams) -> Deleted:
    """Put a session into the trash, or remove it for good, from the trash too."""
    desk = caller.desk
    if params.permanent:
        await organising.remove(desk.database, desk.exports.exporter.storage, desk.runner, caller.actor, params.id)
        return Deleted()
    await organising.change(desk.database, desk.runner, caller.actor, params.id, "delete")
    return Deleted()


async def listed_deleted(caller: Caller, params: Page) -> SessionList:
    """Return a part of what the caller deleted and can still bring back, what was deleted last first."""
    async with caller.desk.database.reading() as db:
        found, total = await organising.listed_deleted(db, caller.actor, limit=params.limit, offset=params.offset)
    shapes = [session_shape(session, _self(caller.actor), Role.OWNER) for session in found]
    return SessionList(sessions=shapes, total=total, has_more=params.offset + len(shapes) < total)


async def restore(caller: Caller, params: One) -> SessionResult:
    """Bring a session back from the trash."""
    return await _changed(caller, params.id, "restore")


async def artifacts(caller: Caller, params: ArtifactsParams) -> ArtifactList:
    """Return a part of what a session has shown besides words, the latest first."""
    desk, actor = caller.desk, caller.actor
    async with desk.database.reading() as db:
        session = await sessions.find(db, actor, params.session_id)
        reach = await reach_of(desk.queries.catalogue, actor, is_own=session.user_id == actor.user_id)
        found = await artifact_list.listed(db, actor, session.id, params.limit, params.offset, reach=reach)
    await record_opening(desk.database, actor, session.id, session.user_id)
    return msgspec.convert(found, ArtifactList)


async def open_question(db: AsyncSession, caller: Caller, session: Session) -> PendingQuestion | None:
    """Return what the agent waits to hear in a session that the caller has found, if anything."""
    actor = caller.actor
    waiting = (
        select(Question, Run.user_message_id, Run.user_id)
        .join(Run, Run.id == Question.run_id)
        .where(Question.session_id == session.id, Question.status == "open", Question.expires_at > now())
    )
    found = (await db.execute(waiting.order_by(Question.created_at.desc()).limit(1))).one_or_none()
    if found is None:
        return None
    reach = await reach_of(caller.desk.queries.catalogue, actor, is_own=session.user_id == actor.user_id)
    return pending_question(found.Question, found.user_message_id, reach, is_asker=found.user_id == actor.user_id)


async def session_of(db: AsyncSession, actor: Actor, session: Session) -> SessionShape:
    """Return the shape of a session that the caller has found."""
    if session.user_id == actor.user_id:
        return session_shape(session, _self(actor), Role.OWNER)
    owner = await db.get_one(User, session.user_id)
    allowed = await sessions.access_of(db, actor, session.id)
    return session_shape(session, person(owner.id, owner.first_name, owner.last_name, owner.email), allowed.role)


async def latest_turns(caller: Caller, session: Session) -> list[Turn]:
    """Return the last page of a session that the caller has found."""
    return await told(caller, session, await turns.page(caller.desk.database, session.id, limit=PAGE))


async def _page(caller: Caller, wanted: Wanted) -> SessionList:
    async with caller.desk.database.reading() as db:
        rows, total = await session_pages.page(db, caller.actor, wanted)
    shapes = [
        session_shape(
            row.Session,
            person(row.Session.user_id, row.first_name, row.last_name, row.email),
            access.of(caller.actor, row).role,
        )
        for row in rows
    ]
    return SessionList(sessions=shapes, total=total, has_more=wanted.offset + len(shapes) < total)


async def told(caller: Caller, session: Session, rows: Sequence[Row[Any]]) -> list[Turn]:
    """Return the turns of rows of `turns.page`, of a session that the caller has found."""
    desk, actor = caller.desk, caller.actor
    catalogue = desk.queries.catalogue
    reach = await reach_of(catalogue, actor, is_own=session.user_id == actor.user_id)
    reading = told_turns.Reading(reach, await reads_all(catalogue, actor), caller.texts.gettext)
    return await told_turns.told(desk.database, actor, session.id, rows, reading)


async def _changed(caller: Caller, session_id: uuid.UUID, action: str) -> SessionResult:
    await organising.change(caller.desk.database, caller.desk.runner, caller.actor, session_id, action)
    return await one(caller, One(id=session_id))


def summary_shape(summary: SummaryView) -> SummaryShape:
    """Return the shape of a summary."""
    return SummaryShape(
        id=str(summary.id), content=summary.content, turns=summary.turns, created_at=iso(summary.created_at)
    )  # fmt: skip


def _self(actor: Actor) -> Person:
    return person(actor.user_id, actor.first_name, actor.last_name, actor.email)
