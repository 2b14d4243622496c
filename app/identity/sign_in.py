"""From a cookie, a bearer token or a person's id to the `Actor`, in one statement each.

Here, and nowhere behind, an installation's names of permissions become `Permission` values.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, and_, bindparam, or_, select, update

from app.database import Database, UtcDateTime, now, table_of
from app.identity import login_sessions, tokens
from app.identity.actor import Actor
from app.identity.models import ApiToken, LoginSession, Role, Tenant, User
from app.identity.permissions import DEFAULT, Names, granted

TOKEN_NOTED_AFTER = dt.timedelta(minutes=1)
"""When a token was last used is written at most this often."""

PERSON: tuple[Any, ...] = (
    User.id,
    User.tenant_id,
    User.email,
    User.first_name,
    User.last_name,
    User.locale,
    Role.name,
    Role.permissions,
    Tenant.name,
    Tenant.time_zone,
    Tenant.first_weekday,
    Tenant.currency,
    Tenant.default_locale,
)


NOW: BindParameter[dt.datetime] = bindparam("now", type_=UtcDateTime())


def token_is_live() -> ColumnElement[bool]:
    """Return the condition of a token that was neither revoked nor has expired at the parameter `now`."""
    return and_(ApiToken.revoked_at.is_(None), or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > NOW))


def _people(*more: Any) -> Select[Any]:
    query: Select[Any] = select(*PERSON, *more).select_from(User)
    query = query.join(Tenant, Tenant.id == User.tenant_id).outerjoin(Role, Role.id == User.role_id)
    return query.where(User.is_active, Tenant.is_active)


BY_LOGIN_KEY = (
    _people(LoginSession.expires_at)
    .join(LoginSession, LoginSession.user_id == User.id)
    .where(LoginSession.key_hash == bindparam("key_hash"), LoginSession.expires_at > NOW)
)
BY_TOKEN = (
    _people(ApiToken.id, ApiToken.permissions, ApiToken.last_used_at)
    .join(ApiToken, ApiToken.user_id == User.id)
    .where(ApiToken.token_hash == bindparam("token_hash"), token_is_live())
)
BY_USER_ID = _people().where(User.id == bindparam("user_id"))
BY_TOKEN_ID = (
    _people(ApiToken.permissions)
    .join(ApiToken, ApiToken.user_id == User.id)
    .where(User.id == bindparam("user_id"), ApiToken.id == bindparam("token_id"), token_is_live())
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """How somebody is signed in: by the browser session `login_key` (a hash, renewable when `is_due`), or by a token."""

    actor: Actor
    login_key: str | None = None
    is_due: bool = False


async def by_login_key(database: Database, key: str, asked_locale: str | None = None, *, names: Names = DEFAULT) -> SignIn | None:
    """Return who holds this cookie value, or None; `asked_locale` speaks for people who chose no language."""
    hashed = login_sessions.key_hash(key)
    row = await _one(database, BY_LOGIN_KEY, key_hash=hashed)
    if row is None:
        return None
    return SignIn(_actor(row, names, asked_locale), hashed, login_sessions.is_due(row[-1]))


async def by_token(database: Database, token: str, asked_locale: str | None = None, *, names: Names = DEFAULT) -> SignIn | None:
    """Return whom a live bearer token acts for, with no more permissions than both have, or None."""
    row = await _one(database, BY_TOKEN, token_hash=tokens.token_hash(token))
    if row is None:
        return None
    token_id, permissions, last_used_at = _values(row)[len(PERSON) :]
    if last_used_at is None or now() - last_used_at > TOKEN_NOTED_AFTER:
        noted = update(table_of(ApiToken)).where(ApiToken.id == token_id).values(last_used_at=now())
        await database.write(lambda db: db.execute(noted))
    return SignIn(_actor(row, names, asked_locale, token_id=token_id, narrowed_to=permissions))


async def by_user_id(
    database: Database, user_id: uuid.UUID, *, token_id: uuid.UUID | None = None, names: Names = DEFAULT
) -> Actor | None:
    """Return the person as they may act now, for work that outlives a request; None when deactivated.

    With `token_id` they act by that token: with no more than it permits, and not at all once it is revoked or has expired.
    """
    if token_id is None:
        row = await _one(database, BY_USER_ID, user_id=user_id)
        return None if row is None else _actor(row, names, None)
    row = await _one(database, BY_TOKEN_ID, user_id=user_id, token_id=token_id)
    return None if row is None else _actor(row, names, None, token_id=token_id, narrowed_to=row[-1])


async def _one(database: Database, query: Select[Any], **values: Any) -> Row[Any] | None:
    rows = await database.rows(query, {"now": now(), **values})
    return rows[0] if rows else None


def _values(row: Row[Any]) -> list[Any]:
    return list(row)


def _actor(
    row: Row[Any],
    names: Names,
    asked_locale: str | None,
    *,
    token_id: uuid.UUID | None = None,
    narrowed_to: list[str] | None = None,
) -> Actor:
    person = _values(row)[: len(PERSON)]
    user_id, tenant_id, email, first_name, last_name, locale, role, permissions, tenant, zone, weekday, currency, usual = person
    may = granted(permissions or (), names)
    return Actor(
        user_id=user_id,
        tenant_id=tenant_id,
        email=email,
        first_name=first_name,
        last_name=last_name,
        role=role,
        permissions=may if narrowed_to is None else may & granted(narrowed_to, DEFAULT),
        locale=locale or asked_locale or usual,
        tenant_name=tenant,
        time_zone=zone,
        first_weekday=weekday,
        currency=currency,
        token_id=token_id,
    )
