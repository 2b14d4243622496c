"""Where the watch over what is open has to look besides permissions: conversations of other people."""

import uuid
from collections.abc import Collection, Mapping

from sqlalchemy import and_, select

from app.chat.access import MEMBER, WRITERS, Access, Role, role_of
from app.chat.models import Session, SessionMember
from app.database import Database
from app.identity.permissions import Permission
from app.identity.watch import Place, Visit


def to_read(access: Access) -> Place | None:
    """Return where a reader is, None in their own conversation, out of which nobody can let them."""
    return None if access.is_own else Place(access.session_id)


def to_write(session_id: uuid.UUID, owner_id: uuid.UUID, writer_id: uuid.UUID) -> Place | None:
    """Return the same for somebody who writes."""
    return None if owner_id == writer_id else Place(session_id, writes=True)


async def still_in(
    database: Database, visits: Collection[Visit], permissions: Mapping[uuid.UUID, frozenset[Permission]]
) -> Collection[Visit]:
    """Return those who may still read, or write, the conversations where they are."""
    members = {user_id for user_id, _ in visits}
    query = (
        select(Session.id, Session.user_id, Session.link_role, SessionMember.user_id.label("member_id"), SessionMember.role)
        .outerjoin(SessionMember, and_(MEMBER, SessionMember.user_id.in_(members)))
        .where(Session.id.in_({place.id for _, place in visits}), Session.deleted_at.is_(None))
    )
    rows = await database.rows(query)
    sessions = {row.id: row for row in rows}
    granted = {(row.member_id, row.id): row.role for row in rows}

    def role(user_id: uuid.UUID, place: Place) -> Role | None:
        if (row := sessions.get(place.id)) is None:
            return None
        reads_all = Permission.READ_ALL in permissions.get(user_id, ())
        return role_of(user_id, row.user_id, {row.link_role, granted.get((user_id, row.id))}, reads_all=reads_all)

    return {
        (user_id, place)
        for user_id, place in visits
        if (found := role(user_id, place)) and (found in WRITERS or not place.writes)
    }
