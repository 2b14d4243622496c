"""Bearer tokens by which programs act for a person: shown once, kept only as a hash."""

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Collection

from sqlalchemy import select, update

from app.database import Database, now
from app.errors import N_, Invalid
from app.identity import acts, users
from app.identity.actor import Actor
from app.identity.acts import Act
from app.identity.models import ApiToken
from app.identity.permissions import Permission

PREFIX = "bct_"


def token_hash(token: str) -> str:
    """Return what the table keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


async def create_for(
    database: Database, email: str, name: str, *, days: int | None = None, permissions: Collection[Permission] | None = None
) -> str:
    """Make a token of the person with that e-mail address and return it; `permissions` narrows what it may do."""
    token = PREFIX + secrets.token_urlsafe(32)
    async with database.writing() as db:
        user = await users.by_email(db, email)
        if not user.is_active:
            raise Invalid(N_("%(email)s is deactivated."), email=user.email)
        row = ApiToken(
            tenant_id=user.tenant_id,
            user_id=user.id,
            name=name,
            token_hash=token_hash(token),
            permissions=None if permissions is None else sorted(permissions),
            expires_at=None if days is None else now() + dt.timedelta(days=days),
        )
        db.add(row)
        await db.flush()
        acts.tell(db, Act("token.created", user.tenant_id, user.id, row.id, {"name": name}))
    return token


async def revoke(database: Database, actor: Actor, token_id: uuid.UUID) -> bool:
    """End one of the actor's own tokens; False when there is no such live one."""
    own = ApiToken.id == token_id, ApiToken.user_id == actor.user_id, ApiToken.revoked_at.is_(None)
    async with database.writing() as db:
        if await db.scalar(select(ApiToken.id).where(*own)) is None:
            return False
        await db.execute(update(ApiToken).where(*own).values(revoked_at=now()))
        acts.tell(db, Act("token.revoked", actor.tenant_id, actor.user_id, token_id))
    return True
