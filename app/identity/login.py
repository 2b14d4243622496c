"""Signing in with e-mail address and password, slowed down after repeated failures."""

import hashlib
import itertools
import uuid
from dataclasses import dataclass

import structlog
from sqlalchemy import select, update

from app.database import Database, now
from app.errors import N_, Invalid
from app.identity import acts, login_sessions, passwords, users
from app.identity.acts import Act
from app.identity.models import Tenant, User
from app.identity.sign_in import SignIn
from app.web.limits import Limit, Limits

log = structlog.get_logger()

WRONG = N_("E-mail or password is wrong.")
SLOW_DOWN = N_("Too many attempts. Try again in %(seconds)s seconds.")
LONGEST_DOMAIN = 60
SHORTEST_PASSWORD = 8
"""For people who choose one; an operator's script may set any to begin with."""
PER_EMAIL = (Limit("login:email", 5, 60, SLOW_DOWN), Limit("login:email:hour", 30, 3600, SLOW_DOWN))
PER_ADDRESS = (Limit("login:address", 30, 60, SLOW_DOWN), Limit("login:address:hour", 200, 3600, SLOW_DOWN))
PER_COMPANY = (Limit("login:company", 300, 60, SLOW_DOWN),)
"""Wrong passwords of a company's people, each within their own limit: somebody tries them one after the other."""

_strangers = itertools.count(1)
"""How often this process was asked by nobody known."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a browser sends to sign in; `address` is the client's, `old_key` the cookie that it came with."""

    email: str
    password: str
    address: str
    old_key: str | None


@dataclass(frozen=True, slots=True)
class Entered:
    """A person who has signed in: the fresh `key` is the cookie's value; `locale` what they chose, or None."""

    key: str
    locale: str | None


async def enter(database: Database, limits: Limits, attempt: Attempt) -> Entered:
    """Sign somebody in.

    Raises `Invalid`, the same whichever was wrong, or `RateLimited`. An attempt counts against the e-mail address
    before the password is checked, so that many at once gain nothing; against the client's address when it fails.
    """
    email = _tidied(attempt.email)
    counted = hashlib.sha256(email.encode()).hexdigest()
    for limit in PER_ADDRESS:
        await limits.check(limit, attempt.address)
    for limit in PER_EMAIL:
        await limits.hit(limit, counted)
    person = await _known(database, email)
    if person:
        for limit in PER_COMPANY:
            await limits.check(limit, str(person.tenant_id))
    is_right = await passwords.verify_password(
        person.password_hash if person else None, attempt.password[: users.MAX_PASSWORD + 1]
    )
    if person is None or not is_right:
        for limit in PER_ADDRESS:
            await limits.hit(limit, attempt.address)
        if person:
            for limit in PER_COMPANY:
                await limits.hit(limit, str(person.tenant_id))
        await _note_failure(database, person, email, attempt.address)
        raise Invalid(WRONG)
    for limit in PER_EMAIL:
        await limits.clear(limit, counted)
    return await _open(database, person, attempt)


async def change_password(database: Database, limits: Limits, signed_in: SignIn, current: str, new: str) -> None:
    """Change the own password and end all other sessions; raises `Invalid` or `RateLimited`."""
    actor = signed_in.actor
    for limit in PER_EMAIL:
        await limits.hit(limit, str(actor.user_id))
    person = await _known(database, actor.email)
    if person is None or not await passwords.verify_password(person.password_hash, current[: users.MAX_PASSWORD + 1]):
        raise Invalid(N_("The current password is wrong."))
    await users.set_password(database, actor.email, chosen_password(new), by=actor, keeping=signed_in.login_key)


def chosen_password(password: str) -> str:
    """Return a password that a person chose; raises `Invalid` for one that is too short or too long."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(N_("A password has at least %(limit)s characters."), limit=SHORTEST_PASSWORD)
    return users.checked_password(password)


async def leave(database: Database, login_key: str, user_id: uuid.UUID, tenant_id: uuid.UUID) -> None:
    """End the session of that key hash."""
    async with database.writing() as db:
        await login_sessions.end(db, login_key)
        acts.tell(db, Act("logout", tenant_id, user_id))


@dataclass(frozen=True, slots=True)
class _Person:
    id: uuid.UUID
    tenant_id: uuid.UUID
    password_hash: str
    locale: str | None


async def _known(database: Database, email: str) -> _Person | None:
    query = select(User.id, User.tenant_id, User.password_hash, User.locale).join(Tenant, Tenant.id == User.tenant_id)
    async with database.reading() as db:
        row = (await db.execute(query.where(User.email == email, User.is_active, Tenant.is_active))).one_or_none()
    return _Person(*row) if row else None


async def _open(database: Database, person: _Person, attempt: Attempt) -> Entered:
    async with database.writing() as db:
        key = await login_sessions.start(db, person.id, replacing=attempt.old_key)
        await db.execute(update(User).where(User.id == person.id).values(last_login_at=now()))
        acts.tell(db, Act("login.succeeded", person.tenant_id, person.id, details={"address": attempt.address}))
    return Entered(key, person.locale)


async def _note_failure(database: Database, person: _Person | None, email: str, address: str) -> None:
    """Record a wrong password of somebody we know; the record belongs to companies, so strangers go to the log."""
    if person is None:
        log.warning("sign-in of nobody known", email=shortened(email), address=address, so_far=next(_strangers))
        return
    async with database.writing() as db:
        acts.tell(db, Act("login.failed", person.tenant_id, None, person.id, {"address": address}))


def shortened(email: str) -> str:
    """Return enough of an address to recognise a mistyped one, and nothing of what may be a password in the wrong field."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}…@{domain[:LONGEST_DOMAIN]}" if at else "…"


def _tidied(email: str) -> str:
    """Return an address that any database takes: nobody's has control characters."""
    address = users.normal_email(email)[: users.MAX_EMAIL + 1]
    return address if address.isprintable() else ""
