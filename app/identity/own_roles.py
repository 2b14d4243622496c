"""Roles that a company makes of the permissions, beside the built-in ones."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, new_id
from app.errors import N_, Conflict, Invalid
from app.identity import acts, people
from app.identity.actor import Actor
from app.identity.acts import Act
from app.identity.models import Role, User
from app.identity.permissions import BUILT_IN_ROLES, Names, Permission, granted

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role of the company and how many people have it."""

    id: uuid.UUID
    name: str
    permissions: frozenset[Permission]
    is_built_in: bool
    people: int


async def listed(database: Database, actor: Actor, *, names: Names) -> list[RoleLine]:
    """Return the roles of the actor's company, the built-in ones first."""
    counted = select(User.role_id, func.count().label("people")).where(User.tenant_id == actor.tenant_id)
    counts = counted.group_by(User.role_id).subquery()
    query = (
        select(Role.id, Role.name, Role.permissions, Role.is_built_in, func.coalesce(counts.c.people, 0))
        .outerjoin(counts, counts.c.role_id == Role.id)
        .where(Role.tenant_id == actor.tenant_id)
    )
    async with database.reading() as db:
        rows = (await db.execute(query)).all()
    order = list(BUILT_IN_ROLES)
    lines = [
        RoleLine(id_, name, granted(permissions, names), built_in, count) for id_, name, permissions, built_in, count in rows
    ]
    return sorted(lines, key=lambda line: (order.index(line.name) if line.is_built_in else len(order), line.name.casefold()))


async def add(database: Database, actor: Actor, name: str, permissions: Collection[Permission], *, names: Names) -> uuid.UUID:
    """Add a role and return its id; raises `Invalid`, and `Conflict` when the name is taken."""
    async with database.writing() as db:
        await people.hold(db, actor.tenant_id)
        role = Role(id=new_id(), tenant_id=actor.tenant_id, name=await _free_name(db, actor, name))
        role.permissions = _stored(permissions, names)
        db.add(role)
        acts.tell(db, Act("role.added", actor.tenant_id, actor.user_id, role.id, _details(role)))
    return role.id


async def change(
    database: Database, actor: Actor, role_id: uuid.UUID, name: str, permissions: Collection[Permission], *, names: Names
) -> None:
    """Rename a role of the company's own and change what it permits, at once for all who have it.

    Raises `NotFound`, `Invalid`, and `Conflict` for built-in roles, a taken name and when nobody could manage any more.
    """
    async with database.writing() as db:
        await people.hold(db, actor.tenant_id)
        role = await _own(db, actor, role_id)
        before = _details(role)
        role.name, role.permissions = await _free_name(db, actor, name, role.id), _stored(permissions, names)
        await people.check_managed(db, actor.tenant_id, names)
        acts.tell(db, Act("role.changed", actor.tenant_id, actor.user_id, role.id, {**_details(role), "before": before}))


async def delete(database: Database, actor: Actor, role_id: uuid.UUID) -> None:
    """Delete a role that nobody has; raises `NotFound` and `Conflict`."""
    async with database.writing() as db:
        await people.hold(db, actor.tenant_id)
        role = await _own(db, actor, role_id)
        if await db.scalar(select(func.count()).select_from(User).where(User.role_id == role.id)):
            raise Conflict(N_("Somebody has this role. Give them another one first."))
        acts.tell(db, Act("role.deleted", actor.tenant_id, actor.user_id, role.id, _details(role)))
        await db.delete(role)


async def _own(db: AsyncSession, actor: Actor, role_id: uuid.UUID) -> Role:
    role = await people.role_of(db, actor, role_id)
    assert role is not None
    if role.is_built_in:
        raise Conflict(N_("The built-in roles stay as they are. Make a role of your own."))
    return role


async def _free_name(db: AsyncSession, actor: Actor, name: str, but: uuid.UUID | None = None) -> str:
    stripped = " ".join(name.split())
    if not 1 <= len(stripped) <= LONGEST_NAME or not stripped.isprintable():
        raise Invalid(N_("The name of a role has 1 to %(limit)s characters."), limit=LONGEST_NAME)
    taken = await db.execute(select(Role.id, Role.name).where(Role.tenant_id == actor.tenant_id))
    if any(role.name.casefold() == stripped.casefold() for role in taken if role.id != but):
        raise Conflict(N_("There is a role %(name)s already."), name=stripped)
    return stripped


def _stored(permissions: Collection[Permission], names: Names) -> list[str]:
    """Return the permissions by their names in this installation. None of them means anything without access to the chat."""
    if Permission.ACCESS not in permissions:
        raise Invalid(N_("A role needs the permission to use the chat; the others mean nothing without it."))
    return sorted(names.get(permission, permission.value) for permission in permissions)


def _details(role: Role) -> dict[str, object]:
    return {"name": role.name, "permissions": list(role.permissions)}
