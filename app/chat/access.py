"""What a person may do with a conversation, decided here for every door.

Its owner may do everything. Members read it, and write in it as editors; its address may let colleagues do the same. Who
has `ReadAll` reads every conversation of the company and writes in none by that.
"""

import uuid
from collections.abc import Collection
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select, true

from app.chat.models import Session, SessionMember
from app.errors import N_, Forbidden, NotFound
from app.identity.actor import Actor
from app.identity.permissions import Permission

NO_SESSION = N_("There is no such conversation.")


class Role(StrEnum):
    """As what somebody has a conversation open."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"
    AUDITOR = "read_all"


WRITERS = frozenset({Role.OWNER, Role.EDITOR})


class Access(msgspec.Struct, frozen=True):
    """What one person may do with one conversation; whoever has none may not know of it."""

    session_id: uuid.UUID
    owner_id: uuid.UUID
    role: Role

    @property
    def is_own(self) -> bool:
        """Tell whether the conversation is the person's own, to be named, shared, put away and deleted."""
        return self.role is Role.OWNER

    @property
    def can_write(self) -> bool:
        """Tell whether the person may ask, answer, stop and change what answers show."""
        return self.role in WRITERS


MEMBER = SessionMember.session_id == Session.id
MEMBER_ROLE = (
    select(SessionMember.role).where(MEMBER, SessionMember.user_id == bindparam("reader_id")).correlate(Session).scalar_subquery()
)
STANDING: tuple[ColumnElement[Any], ...] = (
    Session.id.label("session_id"), Session.user_id.label("owner_id"), Session.link_role.label("link_role"),
    MEMBER_ROLE.label("member_role"),
)  # fmt: skip
"""The columns that `of` reads, for a statement on `Session` that is given `known_of`."""


SHARED: tuple[ColumnElement[bool], ...] = (
    Session.tenant_id == bindparam("tenant_id"), SessionMember.user_id == bindparam("user_id"), Session.deleted_at.is_(None),
    or_(SessionMember.role != "link", Session.link_role.is_not(None)),
)  # fmt: skip
"""What others have let a person into, and stands in their list: by name, or by the address as long as it opens."""


def known_of(actor: Actor) -> dict[str, Any]:
    """Return the values of a statement's `reader_id` and `tenant_id`."""
    return {"reader_id": actor.user_id, "tenant_id": actor.tenant_id}


def of(actor: Actor, row: Any) -> Access:
    """Return what `actor` may do by a row of their tenant with the columns of `STANDING`, None where there is none.

    Raises `NotFound`.
    """
    reads_all = actor.may(Permission.READ_ALL)
    role = row and role_of(actor.user_id, row.owner_id, {row.link_role, row.member_role}, reads_all=reads_all)
    if row is None or role is None:
        raise NotFound(NO_SESSION)
    return Access(row.session_id, row.owner_id, role)


def role_of(user_id: uuid.UUID, owner_id: uuid.UUID, granted: Collection[str | None], *, reads_all: bool) -> Role | None:
    """Return the most that a person is in a session of their tenant, by the roles that its owner `granted`; None for nothing."""
    if owner_id == user_id:
        return Role.OWNER
    if Role.EDITOR in granted:
        return Role.EDITOR
    if Role.VIEWER in granted:
        return Role.VIEWER
    return Role.AUDITOR if reads_all else None


def readable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for sessions that `actor` may open, those for which `of` gives an access."""
    is_member = exists().where(
        SessionMember.session_id == Session.id, SessionMember.user_id == actor.user_id, SessionMember.role != "link"
    )
    shared = or_(Session.user_id == actor.user_id, Session.link_role.is_not(None), is_member)
    reach = true() if actor.may(Permission.READ_ALL) else shared
    return and_(Session.tenant_id == actor.tenant_id, reach, Session.deleted_at.is_(None))


def check_writable(access: Access) -> None:
    """Raise `Forbidden` for a session that may only be read."""
    if not access.can_write:
        raise Forbidden(N_("You can read this conversation but not write in it."))


def check_own(access: Access) -> None:
    """Raise `Forbidden` for a session that is somebody else's, whatever else may be done with it."""
    check_writable(access)
    if not access.is_own:
        raise Forbidden(N_("Only the author of this conversation can do that."))
