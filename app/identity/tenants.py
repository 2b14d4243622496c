"""Companies that share one installation."""

import uuid
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, new_id
from app.errors import N_, Conflict, Invalid, NotFound
from app.identity import acts, roles
from app.identity.acts import Act
from app.identity.models import Tenant


async def add(
    database: Database,
    name: str,
    *,
    single: bool = False,
    time_zone: str = "Asia/Tashkent",
    currency: str = "UZS",
    default_locale: str = "en",
) -> Tenant:
    """Add a company with the built-in roles. `single` refuses a second active one (`BICHAT_ANALYTICS_ISOLATION=single`)."""
    tenant = Tenant(
        id=new_id(),
        name=_checked_name(name),
        time_zone=_checked_zone(time_zone),
        currency=currency,
        default_locale=default_locale,
    )
    async with database.writing() as db:
        if single and await count_active(db):
            raise Conflict(N_("BICHAT_ANALYTICS_ISOLATION=single allows one active tenant, and there is one already."))
        if await db.scalar(select(Tenant.id).where(Tenant.name == tenant.name)):
            raise Conflict(N_("There is a tenant %(name)s already."), name=tenant.name)
        db.add(tenant)
        await db.flush()
        roles.add_built_in(db, tenant.id)
        acts.tell(db, Act("tenant.added", tenant.id, None, tenant.id, {"name": tenant.name}))
    return tenant


async def count_active(db: AsyncSession) -> int:
    """Return how many tenants are active."""
    return await db.scalar(select(func.count()).select_from(Tenant).where(Tenant.is_active)) or 0


async def find(db: AsyncSession, tenant_id: uuid.UUID) -> Tenant:
    """Return the tenant; raises `NotFound`."""
    tenant = await db.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound(N_("There is no tenant %(id)s."), id=tenant_id)
    return tenant


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not stripped or not stripped.isprintable():
        raise Invalid(N_("A tenant needs a name of printable characters."))
    return stripped


def _checked_zone(time_zone: str) -> str:
    try:
        return ZoneInfo(time_zone).key
    except (ValueError, OSError, KeyError) as error:
        raise Invalid(N_("%(zone)s is not an IANA time zone, such as Asia/Tashkent."), zone=time_zone) from error
