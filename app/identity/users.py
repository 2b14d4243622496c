"""People of the tenants: adding them, their roles and passwords, and shutting them out."""

import uuid
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, new_id
from app.errors import N_, Conflict, Invalid, NotFound
from app.identity import acts, login_sessions, passwords, roles, tenants
from app.identity.actor import Actor
from app.identity.acts import Act
from app.identity.models import LOCALES, Role, Tenant, User

MAX_EMAIL = 254
MAX_PASSWORD = 1024


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person to be added; `role` None means that they may sign in but do nothing."""

    email: str
    password: str = field(repr=False)
    role: str | None = None
    first_name: str = ""
    last_name: str = ""
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class UserLine:
    """A person as an operator lists them."""

    email: str
    role: str | None
    is_active: bool
    tenant: str


def normal_email(email: str) -> str:
    """Return the address as it is stored and looked up."""
    return email.strip().lower()


async def add(database: Database, tenant_id: uuid.UUID, new: NewUser) -> uuid.UUID:
    """Add a person to a tenant and return the id; raises `Invalid`, `NotFound` (tenant, role) or `Conflict` (address taken)."""
    email = checked_email(new.email)
    password_hash = await passwords.hash_password(checked_password(new.password))
    async with database.writing() as db:
        tenant = await tenants.find(db, tenant_id)
        role = await roles.find(db, tenant.id, new.role) if new.role else None
        if await db.scalar(select(User.id).where(User.email == email)):
            raise Conflict(N_("There is a person with the address %(email)s already."), email=email)
        user = User(
            id=new_id(),
            tenant_id=tenant.id,
            role_id=role.id if role else None,
            email=email,
            first_name=new.first_name,
            last_name=new.last_name,
            password_hash=password_hash,
            locale=new.locale if new.locale in LOCALES else None,
        )
        db.add(user)
        acts.tell(db, Act("user.added", tenant.id, None, user.id, {"role": new.role}))
    return user.id


async def listed(database: Database, tenant_id: uuid.UUID | None = None) -> list[UserLine]:
    """Return all people, or one tenant's, by tenant and address."""
    query = (
        select(User.email, Role.name, User.is_active, Tenant.name)
        .join(Tenant, Tenant.id == User.tenant_id)
        .outerjoin(Role, Role.id == User.role_id)
        .order_by(Tenant.name, User.email)
    )
    async with database.reading() as db:
        rows = await db.execute(query if tenant_id is None else query.where(User.tenant_id == tenant_id))
        return [UserLine(*row) for row in rows]


async def by_email(db: AsyncSession, email: str) -> User:
    """Return the person with that address; raises `NotFound`."""
    user = await db.scalar(select(User).where(User.email == normal_email(email)))
    if user is None:
        raise NotFound(N_("There is nobody with the address %(email)s."), email=email)
    return user


async def set_role(database: Database, email: str, role: str | None) -> None:
    """Give a person another role of their tenant, or none."""
    async with database.writing() as db:
        user = await by_email(db, email)
        before = await db.scalar(select(Role.name).where(Role.id == user.role_id))
        user.role_id = (await roles.find(db, user.tenant_id, role)).id if role else None
        acts.tell(db, Act("user.role_changed", user.tenant_id, None, user.id, {"role": role, "before": before}))


async def set_password(
    database: Database, email: str, password: str, *, by: Actor | None = None, keeping: str | None = None
) -> None:
    """Change a password. All sessions of the person end, except the one whose key hash is `keeping`."""
    password_hash = await passwords.hash_password(checked_password(password))
    async with database.writing() as db:
        user = await by_email(db, email)
        user.password_hash = password_hash
        await login_sessions.end_all(db, user.id, but=keeping)
        acts.tell(db, Act("password.changed", user.tenant_id, by.user_id if by else None, user.id))


async def set_locale(database: Database, actor: Actor, locale: str) -> None:
    """Keep the language that the actor chose."""
    async with database.writing() as db:
        await db.execute(update(User).where(User.id == actor.user_id).values(locale=locale))


async def deactivate(database: Database, email: str) -> None:
    """Shut a person out; nothing of theirs is deleted. Tokens stop with the person, so they need no revoking."""
    async with database.writing() as db:
        user = await by_email(db, email)
        user.is_active = False
        await login_sessions.end_all(db, user.id)
        acts.tell(db, Act("user.deactivated", user.tenant_id, None, user.id))


def checked_password(password: str) -> str:
    """Return the password; raises `Invalid` for an empty or absurdly long one."""
    if not password:
        raise Invalid(N_("The password is empty."))
    if len(password) > MAX_PASSWORD:
        raise Invalid(N_("A password has at most %(limit)s characters."), limit=MAX_PASSWORD)
    return password


def checked_email(email: str) -> str:
    """Return the address as it is stored; raises `Invalid` for what is none."""
    address = normal_email(email)
    name, at, domain = address.partition("@")
    if not (name and at and domain) or "@" in domain or len(address) > MAX_EMAIL or not address.isprintable() or " " in address:
        raise Invalid(N_("%(email)s is not an e-mail address."), email=email)
    return address
