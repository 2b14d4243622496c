"""The people of a company as its managers see and change them.

Whoever changes people or roles holds the company's row, so that two managers never shut each other out at once.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, now
from app.errors import N_, Conflict, NotFound
from app.identity import acts, login_sessions
from app.identity.actor import Actor
from app.identity.acts import Act
from app.identity.models import Invitation, Role, Tenant, User
from app.identity.naming import full_name
from app.identity.permissions import Names, Permission, granted

PAGE = 50
LAST = N_("Somebody has to be able to manage the company: give another person such a role first.")
NOBODY = N_("There is no such person in your company.")
FIRST = and_(Invitation.user_id == User.id, Invitation.is_first)
"""Joins people who have not chosen a password yet to their link."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the company. `invited_until` is set while they have not used their link, which may be over by then."""

    id: uuid.UUID
    email: str
    first_name: str
    last_name: str
    role_id: uuid.UUID | None
    role: str | None
    is_active: bool
    last_login_at: dt.datetime | None
    invited_until: dt.datetime | None

    @property
    def name(self) -> str:
        """Return the full name, or the e-mail address where none is known."""
        return full_name(self.first_name, self.last_name, self.email)

    @property
    def is_invitation_over(self) -> bool:
        """Tell whether the link can no more be used."""
        return self.invited_until is not None and self.invited_until <= now()


@dataclass(frozen=True, slots=True)
class Page:
    """People that were looked for; `number` counts from 1."""

    members: list[Member]
    total: int
    number: int

    @property
    def count(self) -> int:
        """Return how many pages there are."""
        return max(1, -(-self.total // PAGE))


async def page(database: Database, actor: Actor, *, words: str = "", number: int = 1) -> Page:
    """Return people of the actor's company by name; each of the words is in their name, address or role."""
    query = (
        select(
            User.id, User.email, User.first_name, User.last_name, User.role_id, Role.name, User.is_active, User.last_login_at,
            Invitation.expires_at,
        )
        .outerjoin(Role, Role.id == User.role_id)
        .outerjoin(Invitation, FIRST)
        .where(User.tenant_id == actor.tenant_id)
    )  # fmt: skip
    async with database.reading() as db:
        everybody = [Member(*row) for row in await db.execute(query)]
    # Only Python folds the case of all letters on both engines, and a company's people are few.
    found = sorted(_having(everybody, words.casefold().split()), key=lambda member: (member.name.casefold(), member.email))
    number = min(max(number, 1), max(1, -(-len(found) // PAGE)))
    return Page(found[(number - 1) * PAGE : number * PAGE], len(found), number)


def _having(members: Iterable[Member], words: list[str]) -> list[Member]:
    texts = ((member, f"{member.name} {member.email} {member.role or ''}".casefold()) for member in members)
    return [member for member, text in texts if all(word in text for word in words)]


async def find(db: AsyncSession, actor: Actor, user_id: uuid.UUID) -> User:
    """Return a person of the actor's company; raises `NotFound`."""
    user = await db.scalar(select(User).where(User.id == user_id, User.tenant_id == actor.tenant_id))
    if user is None:
        raise NotFound(NOBODY)
    return user


async def change_role(database: Database, actor: Actor, user_id: uuid.UUID, role_id: uuid.UUID | None, *, names: Names) -> None:
    """Give somebody else another role, or none. Raises `NotFound`, and `Conflict` for oneself and the last manager."""
    async with database.writing() as db:
        await hold(db, actor.tenant_id)
        user = await find(db, actor, user_id)
        if user.id == actor.user_id:
            raise Conflict(N_("Another manager has to change your own role."))
        role = await role_of(db, actor, role_id)
        before = await db.scalar(select(Role.name).where(Role.id == user.role_id))
        user.role_id = role.id if role else None
        await check_managed(db, actor.tenant_id, names)
        details = {"role": role.name if role else None, "before": before}
        acts.tell(db, Act("user.role_changed", actor.tenant_id, actor.user_id, user.id, details))


async def deactivate(database: Database, actor: Actor, user_id: uuid.UUID, *, names: Names) -> None:
    """Shut somebody else out and delete nothing. Raises `NotFound`, and `Conflict` for oneself and the last manager."""
    async with database.writing() as db:
        await hold(db, actor.tenant_id)
        user = await find(db, actor, user_id)
        if user.id == actor.user_id:
            raise Conflict(N_("Another manager has to deactivate you."))
        user.is_active = False
        await check_managed(db, actor.tenant_id, names)
        await login_sessions.end_all(db, user.id)
        acts.tell(db, Act("user.deactivated", actor.tenant_id, actor.user_id, user.id))


async def reactivate(database: Database, actor: Actor, user_id: uuid.UUID) -> None:
    """Let a person in again with the role and the password that they had; raises `NotFound`."""
    async with database.writing() as db:
        user = await find(db, actor, user_id)
        user.is_active = True
        acts.tell(db, Act("user.reactivated", actor.tenant_id, actor.user_id, user.id))


async def role_of(db: AsyncSession, actor: Actor, role_id: uuid.UUID | None) -> Role | None:
    """Return a role of the actor's company, None for none; raises `NotFound`."""
    if role_id is None:
        return None
    role = await db.scalar(select(Role).where(Role.id == role_id, Role.tenant_id == actor.tenant_id))
    if role is None:
        raise NotFound(N_("There is no such role in your company."))
    return role


async def hold(db: AsyncSession, tenant_id: uuid.UUID) -> None:
    """Have others wait who change people or roles of this company, until the transaction ends."""
    await db.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update())


async def check_managed(db: AsyncSession, tenant_id: uuid.UUID, names: Names) -> None:
    """Raise `Conflict` when the change would leave nobody who can sign in and manage."""
    await db.flush()
    roles = await db.execute(select(Role.id, Role.permissions).where(Role.tenant_id == tenant_id))
    needed = {Permission.ACCESS, Permission.MANAGE}
    managing = [role.id for role in roles if needed <= granted(role.permissions, names)]
    has_signed_up = ~exists().where(FIRST)
    people = select(func.count()).select_from(User).where(User.role_id.in_(managing), User.is_active, has_signed_up)
    if not await db.scalar(people):
        raise Conflict(LAST)
