"""Signed-in browsers: a random key in a cookie, its hash in the table, a fresh one at every sign-in."""

import datetime as dt
import hashlib
import secrets
import uuid

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, now
from app.identity.models import LoginSession

COOKIE = "bichat_session"
LIFETIME = dt.timedelta(days=14)
RENEWED_AFTER = dt.timedelta(hours=1)
"""A session slides, but is written at most this often."""


def key_hash(key: str) -> str:
    """Return what the table keeps of a cookie's value."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


async def start(db: AsyncSession, user_id: uuid.UUID, *, replacing: str | None) -> str:
    """Open a session and return its fresh key; the one the browser had (`replacing`, a key) ends. No key is ever adopted."""
    if replacing:
        await end(db, key_hash(replacing))
    moment = now()
    await db.execute(delete(LoginSession).where(LoginSession.expires_at < moment))
    key = secrets.token_urlsafe(32)
    db.add(LoginSession(key_hash=key_hash(key), user_id=user_id, created_at=moment, expires_at=moment + LIFETIME))
    return key


async def end(db: AsyncSession, hashed: str) -> None:
    """End the session of that key hash, if there is one."""
    await db.execute(delete(LoginSession).where(LoginSession.key_hash == hashed))


async def end_all(db: AsyncSession, user_id: uuid.UUID, *, but: str | None = None) -> None:
    """End all sessions of a person, except the one whose key hash is `but`."""
    await db.execute(delete(LoginSession).where(LoginSession.user_id == user_id, LoginSession.key_hash != (but or "")))


def is_due(expires_at: dt.datetime) -> bool:
    """Tell whether a session was last renewed long enough ago to be renewed now."""
    return expires_at - now() < LIFETIME - RENEWED_AFTER


async def renew(database: Database, hashed: str) -> None:
    """Let a session slide: it ends a whole lifetime from now."""
    async with database.writing() as db:
        await db.execute(update(LoginSession).where(LoginSession.key_hash == hashed).values(expires_at=now() + LIFETIME))
