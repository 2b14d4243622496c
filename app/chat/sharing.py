"""Whom an owner lets into a conversation: members by name, and everybody in the company who has its address.

Every change takes effect on what is open at once: here by a sweep of the watch, in other processes by their next one.
"""

import uuid
from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.record import record
from app.chat import sessions
from app.chat.access import Access
from app.chat.desk import Desk
from app.chat.models import Session, SessionMember
from app.database import now
from app.errors import N_, Conflict, Invalid, NotFound
from app.identity import colleagues
from app.identity.actor import Actor
from app.identity.colleagues import Colleague
from app.identity.models import User

MOST = 100
MemberRole = Literal["viewer", "editor"]
ROLES: tuple[MemberRole, ...] = ("viewer", "editor")
NO_ROLE = N_("Choose whether they may read or write.")
NO_MEMBER = N_("There is no such person in this conversation.")


class Member(msgspec.Struct, frozen=True):
    """Somebody who was let in by name."""

    person: Colleague
    role: str


class Sharing(msgspec.Struct, frozen=True):
    """Who may open a conversation; `is_listed` tells whether it is in the reader's own list.

    `keepers` have it in theirs by its address, as long as that opens it.
    """

    access: Access
    title: str
    owner: Colleague
    members: Sequence[Member]
    keepers: Sequence[Colleague]
    link_role: str | None
    is_listed: bool


def role_from(text: str) -> MemberRole:
    """Read a member's role; raises `Invalid`."""
    role = next((role for role in ROLES if role == text), None)
    if role is None:
        raise Invalid(NO_ROLE, details={"role": "unknown"})
    return role


async def of(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Sharing:
    """Return who may open a conversation that `actor` may read; raises `NotFound`."""
    session, allowed = await sessions.found(db, actor, session_id)
    owner = await db.get_one(User, session.user_id)
    people = (User.id, User.first_name, User.last_name, User.email)
    query = select(SessionMember.role, *people).join(User, User.id == SessionMember.user_id)
    rows = (await db.execute(query.where(SessionMember.session_id == session_id).order_by(SessionMember.created_at))).all()
    return Sharing(
        allowed,
        session.title,
        Colleague(owner.id, owner.first_name, owner.last_name, owner.email),
        [Member(Colleague(*row[1:]), row.role) for row in rows if row.role != "link"],
        [Colleague(*row[1:]) for row in rows if row.role == "link" and session.link_role],
        session.link_role,
        is_listed=allowed.is_own or any(row.id == actor.user_id for row in rows),
    )


async def named(desk: Desk, actor: Actor, session_id: uuid.UUID, email: str) -> uuid.UUID:
    """Return the id of a colleague who may be let into a conversation of the actor's own.

    Raises `NotFound`, `Forbidden`, and `Invalid` where nobody has the address.
    """
    async with desk.database.reading() as db:
        await sessions.find_own(db, actor, session_id)
        if not email:
            raise Invalid(N_("Type a name or an address."), details={"email": "empty"})
        try:
            return (await colleagues.by_email(db, actor, email, desk.watch.names)).id
        except NotFound as error:
            raise Invalid(colleagues.NOBODY, details={"email": "unknown"}) from error


async def share(
    desk: Desk, actor: Actor, session_id: uuid.UUID, user_id: uuid.UUID, role: MemberRole, *, must_be_in: bool = False
) -> None:
    """Let a colleague in, unless they `must_be_in`, or give a member another role.

    Raises `NotFound`, `Forbidden` and `Invalid`.
    """
    async with desk.database.writing() as db:
        session = await _held(db, actor, session_id)
        colleague = await colleagues.find(db, actor, user_id, desk.watch.names)
        if colleague.id == session.user_id:
            raise Invalid(N_("This conversation is yours already."), details={"email": "own"})
        member = await db.get(SessionMember, (session_id, colleague.id))
        is_new = member is None or member.role == "link"
        if is_new and must_be_in:
            raise NotFound(NO_MEMBER)
        if member is None or is_new:
            await _refuse_too_many(db, session_id)
            await db.merge(_row(session, colleague.id, role, actor))
            record(db, actor, "session.shared", session_id, session_id=str(session_id), member_id=str(colleague.id), role=role)
        elif member.role != role:
            changed = {"session_id": str(session_id), "member_id": str(colleague.id), "role": role, "before": member.role}
            record(db, actor, "session.member_role_changed", session_id, **changed)
            member.role = role
    await _take_effect(desk, session, user_id)


async def unshare(desk: Desk, actor: Actor, session_id: uuid.UUID, user_id: uuid.UUID) -> None:
    """Let a member out; raises `NotFound` and `Forbidden`."""
    async with desk.database.writing() as db:
        session = await _held(db, actor, session_id)
        member = await db.get(SessionMember, (session_id, user_id))
        if member is None:
            raise NotFound(NO_MEMBER)
        await db.delete(member)
        gone = {"session_id": str(session_id), "member_id": str(user_id), "role": member.role}
        record(db, actor, "session.unshared", session_id, **gone)
    await _take_effect(desk, session, user_id)


async def leave(desk: Desk, actor: Actor, session_id: uuid.UUID) -> None:
    """Leave a conversation that others share; raises `NotFound`, and `Conflict` for one's own."""
    async with desk.database.writing() as db:
        session, allowed = await sessions.found(db, actor, session_id)
        if allowed.is_own:
            raise Conflict(N_("This conversation is yours. Delete it instead of leaving it."))
        member = await db.get(SessionMember, (session_id, actor.user_id))
        if member is None:
            raise NotFound(NO_MEMBER)
        await db.delete(member)
        record(db, actor, "session.left", session_id, session_id=str(session_id), role=member.role)
    await _take_effect(desk, session, actor.user_id)


async def keep(desk: Desk, actor: Actor, session_id: uuid.UUID) -> None:
    """Put a conversation that was opened by its address into the actor's list; raises `NotFound`."""
    async with desk.database.writing() as db:
        session, allowed = await sessions.found(db, actor, session_id)
        if session.link_role is None and not allowed.is_own:
            raise NotFound(NO_MEMBER)
        if not allowed.is_own and await db.get(SessionMember, (session_id, actor.user_id)) is None:
            await db.merge(_row(session, actor.user_id, "link", actor))
    desk.feed.touch(actor.user_id)


async def set_link(desk: Desk, actor: Actor, session_id: uuid.UUID, role: MemberRole | None) -> None:
    """Say what the address lets colleagues do who have it, None for nothing; raises `NotFound` and `Forbidden`."""
    async with desk.database.writing() as db:
        session = await _held(db, actor, session_id)
        before, session.link_role = session.link_role, role
        if role is None:
            by_link = (SessionMember.session_id == session_id, SessionMember.role == "link")
            await db.execute(delete(SessionMember).where(*by_link))
        if before != role and role is None:
            record(db, actor, "session.link_closed", session_id, session_id=str(session_id), before=before)
        elif before != role:
            record(db, actor, "session.link_opened", session_id, session_id=str(session_id), role=role, before=before)
    await _take_effect(desk, session)


async def candidates(db: AsyncSession, actor: Actor, session_id: uuid.UUID, words: str, desk: Desk) -> Sequence[Colleague]:
    """Return colleagues by `words` who may be let in and are not; raises `NotFound` and `Forbidden`."""
    session = await sessions.find_own(db, actor, session_id)
    inside = select(SessionMember.user_id).where(SessionMember.session_id == session_id, SessionMember.role != "link")
    known = {session.user_id, *(await db.scalars(inside)).all()}
    return await colleagues.search(db, actor, words, desk.watch.names, but=known)


async def _held(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Session:
    """Return a session of the actor's own, whose members nobody else changes meanwhile."""
    session = await sessions.find_own(db, actor, session_id)
    await db.refresh(session, with_for_update=True)
    return session


async def _refuse_too_many(db: AsyncSession, session_id: uuid.UUID) -> None:
    count = await db.scalar(select(func.count()).select_from(SessionMember).where(SessionMember.session_id == session_id))
    if (count or 0) >= MOST:
        raise Invalid(N_("At most %(limit)s people can be in a conversation."), details={"email": "too many"}, limit=MOST)


def _row(session: Session, user_id: uuid.UUID, role: str, by: Actor) -> SessionMember:
    return SessionMember(
        session_id=session.id, user_id=user_id, tenant_id=session.tenant_id, role=role, added_by=by.user_id, created_at=now()
    )


async def _take_effect(desk: Desk, session: Session, *user_ids: uuid.UUID) -> None:
    """End what may not be open any more, and have the lists of all concerned look again."""
    await desk.watch.sweep()
    desk.feed.tell(session.user_id, session.id)
    for user_id in user_ids:
        desk.feed.touch(user_id)
