"""Roles of a tenant: those every tenant starts with, and finding one by name."""

import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database
from app.errors import N_, NotFound
from app.identity.models import Role
from app.identity.permissions import BUILT_IN_ROLES, DEFAULT, Names, Permission


def add_built_in(db: AsyncSession, tenant_id: uuid.UUID) -> dict[str, Role]:
    """Give a new tenant the built-in roles; returns them by name."""
    roles = {
        name: Role(tenant_id=tenant_id, name=name, permissions=sorted(permissions), is_built_in=True)
        for name, permissions in BUILT_IN_ROLES.items()
    }
    db.add_all(roles.values())
    return roles


async def rename(database_url: str, names: Names) -> int:
    """Have every role that grants a permission by BiChat's name grant it by the installation's; returns how many changed.

    New companies' roles have BiChat's names, which grant nothing where `create_app` was given others.
    """
    database, changed = Database(database_url), 0
    try:
        async with database.writing() as db:
            for role in await db.scalars(select(Role)):
                called = sorted(names.get(Permission(name), name) if name in DEFAULT else name for name in role.permissions)
                if called != sorted(role.permissions):
                    role.permissions, changed = called, changed + 1
    finally:
        await database.close()
    return changed


async def find(db: AsyncSession, tenant_id: uuid.UUID, name: str) -> Role:
    """Return the tenant's role of that name, in whatever case it is written; raises `NotFound` with those there are."""
    roles = {role.name: role for role in await db.scalars(select(Role).where(Role.tenant_id == tenant_id))}
    found = next((role for known, role in roles.items() if known.casefold() == name.strip().casefold()), None)
    if found is None:
        raise NotFound(N_("There is no role %(name)s. Roles: %(known)s."), name=name, known=", ".join(sorted(roles)))
    return found
