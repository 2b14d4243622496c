"""Links by which people choose a password of their own: made by a manager, used once, good for a week.

No mail is sent: whoever made the link hands it over. Only its hash is kept.
"""

import datetime as dt
import hashlib
import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, new_id, now
from app.errors import N_, Conflict, Invalid, NotFound
from app.identity import acts, login, login_sessions, passwords, people, users
from app.identity.actor import Actor
from app.identity.acts import Act
from app.identity.login import Entered
from app.identity.models import Invitation, Tenant, User

LIFETIME = dt.timedelta(days=7)
LONGEST_NAME = 100
GONE = N_("This link was used already or is over. Ask your administrator for a new one.")
TAKEN = N_("There is a person with the address %(email)s already.")


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody to be invited; without a role they may sign in but do nothing."""

    email: str
    first_name: str = ""
    last_name: str = ""
    role_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A fresh link; `key` is nowhere else."""

    user_id: uuid.UUID
    email: str
    key: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom a live link is for."""

    user_id: uuid.UUID
    email: str
    company: str


async def invite(database: Database, actor: Actor, new: NewMember) -> Link:
    """Add a person to the actor's company and return their link; raises `Invalid`, `NotFound` (role) or `Conflict` (address)."""
    email = users.checked_email(new.email)
    first_name, last_name = _checked_name(new.first_name), _checked_name(new.last_name)
    nobody_knows = await passwords.hash_password(secrets.token_urlsafe(32))
    try:
        async with database.writing() as db:
            role = await people.role_of(db, actor, new.role_id)
            user = User(
                id=new_id(), tenant_id=actor.tenant_id, role_id=role.id if role else None, email=email, first_name=first_name,
                last_name=last_name, password_hash=nobody_knows,
            )  # fmt: skip
            db.add(user)
            await db.flush()
            details = {"role": role.name if role else None}
            acts.tell(db, Act("user.invited", actor.tenant_id, actor.user_id, user.id, details))
            return await _link(db, user, is_first=True)
    except IntegrityError as error:
        raise Conflict(TAKEN, email=email) from error


async def renew(database: Database, actor: Actor, user_id: uuid.UUID) -> Link:
    """Return a new link of somebody else, who lost the old one or forgot the password; raises `NotFound` and `Conflict`.

    The password that they have stays until the link is used.
    """
    async with database.writing() as db:
        user = await people.find(db, actor, user_id)
        if user.id == actor.user_id:
            raise Conflict(N_("You change your own password on the page of your account."))
        if not user.is_active:
            raise Conflict(N_("%(email)s is deactivated."), email=user.email)
        acts.tell(db, Act("user.link_made", actor.tenant_id, actor.user_id, user.id))
        is_first = await db.scalar(select(Invitation.is_first).where(Invitation.user_id == user.id))
        return await _link(db, user, is_first=bool(is_first))


async def holder(database: Database, key: str) -> Invited:
    """Return whom a link is for; raises `NotFound` when it cannot be used."""
    query = (
        select(User.id, User.email, Tenant.name)
        .join(Invitation, Invitation.user_id == User.id)
        .join(Tenant, Tenant.id == User.tenant_id)
        .where(Invitation.key_hash == _hash(key), Invitation.expires_at > now(), User.is_active, Tenant.is_active)
    )
    async with database.reading() as db:
        row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NotFound(GONE)
    return Invited(*row)


async def accept(database: Database, key: str, password: str, old_key: str | None) -> Entered:
    """Set the password, end the person's other sessions and sign them in; raises `NotFound` and `Invalid`."""
    invited = await holder(database, key)
    password_hash = await passwords.hash_password(login.chosen_password(password))
    async with database.writing() as db:
        used = delete(Invitation).where(Invitation.key_hash == _hash(key)).returning(Invitation.id)
        if await db.scalar(used) is None:
            raise NotFound(GONE)
        user = await db.get_one(User, invited.user_id)
        user.password_hash, user.last_login_at = password_hash, now()
        await login_sessions.end_all(db, user.id)
        session_key = await login_sessions.start(db, user.id, replacing=old_key)
        acts.tell(db, Act("user.joined", user.tenant_id, user.id, user.id))
    return Entered(session_key, user.locale)


async def _link(db: AsyncSession, user: User, *, is_first: bool) -> Link:
    """Make the person's only link."""
    await db.execute(delete(Invitation).where(Invitation.user_id == user.id))
    key, expires_at = secrets.token_urlsafe(32), now() + LIFETIME
    invitation = {"key_hash": _hash(key), "is_first": is_first, "expires_at": expires_at}
    db.add(Invitation(tenant_id=user.tenant_id, user_id=user.id, **invitation))
    return Link(user.id, user.email, key, expires_at)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _checked_name(name: str) -> str:
    stripped = " ".join(name.split())
    if len(stripped) > LONGEST_NAME or not stripped.isprintable():
        raise Invalid(N_("A name has at most %(limit)s characters."), limit=LONGEST_NAME)
    return stripped
