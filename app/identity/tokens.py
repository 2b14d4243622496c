"""Bearer tokens by which programs act for a person: shown once, kept only as a hash."""

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, now
from app.errors import N_, Invalid
from app.identity import acts, users
from app.identity.actor import Actor
from app.identity.acts import Act
from app.identity.models import ApiToken
from app.identity.permissions import Permission

PREFIX = "bct_"
LIFETIMES = (30, 90, 365)
"""Days that people choose from; they may also make a token without an end."""
MAX_NAME = 80
MOST = 50
"""Live tokens of one person."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that a person wants: valid for `days`, or until it is revoked."""

    name: str
    days: int | None
    permissions: frozenset[Permission]


def token_hash(token: str) -> str:
    """Return what the table keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


async def create_for(
    database: Database, email: str, name: str, *, days: int | None = None, permissions: Collection[Permission] | None = None
) -> str:
    """Make a token of the person with that e-mail address and return it; `permissions` narrows what it may do."""
    async with database.writing() as db:
        user = await users.by_email(db, email)
        if not user.is_active:
            raise Invalid(N_("%(email)s is deactivated."), email=user.email)
        return await _add(db, user.tenant_id, user.id, name, days=days, permissions=permissions)


def check(actor: Actor, wanted: NewToken) -> None:
    """Raise `Invalid` unless `actor` may have that token made: it can do nothing that they cannot."""
    if not wanted.name.strip() or not wanted.name.isprintable() or len(wanted.name) > MAX_NAME:
        raise Invalid(N_("Give the token a name of at most %(limit)s characters."), limit=MAX_NAME)
    if not wanted.permissions:
        raise Invalid(N_("Choose at least one permission for the token."))
    if not wanted.permissions <= actor.permissions:
        raise Invalid(N_("A token can have only permissions that you have yourself."))


async def mint(database: Database, actor: Actor, wanted: NewToken) -> str:
    """Make a token of the actor's own and return it. Raises `Invalid`."""
    check(actor, wanted)
    async with database.writing() as db:
        live = select(func.count()).select_from(ApiToken).where(*_own(actor))
        if (await db.execute(live)).scalar_one() >= MOST:
            raise Invalid(N_("You have %(limit)s tokens. Revoke one that is not needed any more."), limit=MOST)
        return await _add(
            db, actor.tenant_id, actor.user_id, wanted.name.strip(), days=wanted.days, permissions=wanted.permissions
        )


async def listed(database: Database, actor: Actor) -> Sequence[Row[Any]]:
    """Return the actor's own tokens that were not revoked, the newest first; those that have expired are among them."""
    columns = ApiToken.id, ApiToken.name, ApiToken.permissions, ApiToken.created_at, ApiToken.expires_at, ApiToken.last_used_at
    return await database.rows(select(*columns).where(*_own(actor)).order_by(ApiToken.id.desc()))


def _own(actor: Actor) -> tuple[Any, ...]:
    return ApiToken.user_id == actor.user_id, ApiToken.tenant_id == actor.tenant_id, ApiToken.revoked_at.is_(None)


async def _add(
    db: AsyncSession,
    tenant_id: uuid.UUID,
    user_id: uuid.UUID,
    name: str,
    *,
    days: int | None,
    permissions: Collection[Permission] | None,
) -> str:
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        tenant_id=tenant_id,
        user_id=user_id,
        name=name,
        token_hash=token_hash(token),
        permissions=None if permissions is None else sorted(permissions),
        expires_at=None if days is None else now() + dt.timedelta(days=days),
    )
    db.add(row)
    await db.flush()
    acts.tell(db, Act("token.created", tenant_id, user_id, row.id, {"name": name}))
    return token


async def revoke(database: Database, actor: Actor, token_id: uuid.UUID) -> bool:
    """End one of the actor's own tokens; False when there is no such live one."""
    own = ApiToken.id == token_id, *_own(actor)
    async with database.writing() as db:
        name = await db.scalar(select(ApiToken.name).where(*own))
        if name is None:
            return False
        await db.execute(update(ApiToken).where(*own).values(revoked_at=now()))
        acts.tell(db, Act("token.revoked", actor.tenant_id, actor.user_id, token_id, {"name": name}))
    return True
