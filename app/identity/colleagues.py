"""People of the same company who may use the chat, as others choose them."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import N_, NotFound
from app.identity.actor import Actor
from app.identity.models import Role, User
from app.identity.naming import full_name, initials
from app.identity.permissions import Names, Permission, granted
from app.identity.users import normal_email

MOST = 8
NOBODY = N_("Nobody in your company who can use BiChat has this address.")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to be chosen."""

    id: uuid.UUID
    first_name: str
    last_name: str
    email: str

    @property
    def name(self) -> str:
        """Return the full name, or the e-mail address where none is known."""
        return full_name(self.first_name, self.last_name, self.email)

    @property
    def initials(self) -> str:
        """Return one or two capital letters for the avatar."""
        return initials(self.first_name, self.last_name, self.email)


PERSON = (User.id, User.first_name, User.last_name, User.email)


async def find(db: AsyncSession, actor: Actor, user_id: uuid.UUID, names: Names) -> Colleague:
    """Return a colleague; raises `NotFound`."""
    return await _one(db, await _usable(db, actor, names), User.id == user_id)


async def by_email(db: AsyncSession, actor: Actor, email: str, names: Names) -> Colleague:
    """Return the colleague with that address; raises `NotFound`."""
    return await _one(db, await _usable(db, actor, names), User.email == normal_email(email))


async def search(
    db: AsyncSession, actor: Actor, words: str, names: Names, *, but: Collection[uuid.UUID] = ()
) -> Sequence[Colleague]:
    """Return some colleagues by name whose name or address holds each of the words, all of them for none."""
    wanted = words.casefold().split()
    everybody = [Colleague(*row) for row in await db.execute(select(*PERSON).where(await _usable(db, actor, names)))]
    found = [
        each
        for each in everybody
        if each.id not in but and all(word in f"{each.name} {each.email}".casefold() for word in wanted)
    ]
    return sorted(found, key=lambda each: (each.name.casefold(), each.email))[:MOST]


async def _one(db: AsyncSession, usable: ColumnElement[bool], which: ColumnElement[bool]) -> Colleague:
    row = (await db.execute(select(*PERSON).where(usable, which))).one_or_none()
    if row is None:
        raise NotFound(NOBODY)
    return Colleague(*row)


async def _usable(db: AsyncSession, actor: Actor, names: Names) -> ColumnElement[bool]:
    """Return the condition for active people of the actor's company whose role grants access."""
    roles = await db.execute(select(Role.id, Role.permissions).where(Role.tenant_id == actor.tenant_id))
    with_access = [row.id for row in roles if Permission.ACCESS in granted(row.permissions, names)]
    return and_(User.tenant_id == actor.tenant_id, User.is_active, User.role_id.in_(with_access))
