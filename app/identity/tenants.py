"""Companies that share one installation, and their settings."""

import uuid
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from babel.numbers import list_currencies
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, new_id
from app.errors import N_, Conflict, Invalid, NotFound
from app.identity import acts, roles
from app.identity.actor import Actor
from app.identity.acts import Act
from app.identity.models import LOCALES, Tenant

MOST_MODELS = 50
LONGEST_MODEL = 100
MOST_TOKENS = 10**12
MOST_COST = 1_000_000
MOST_DAYS = 3650


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


class TenantSettings(msgspec.Struct, frozen=True):
    """What a company decides for itself. Costs are in USD a day; None is no cap, or to keep for ever; no models mean all."""

    default_locale: str
    time_zone: str
    first_weekday: int
    currency: str
    models_allowed: tuple[str, ...]
    cap_user_tokens: int | None
    cap_user_cost: Decimal | None
    cap_tenant_tokens: int | None
    cap_tenant_cost: Decimal | None
    retention_days: int | None


async def settings_of(database: Database, tenant_id: uuid.UUID) -> TenantSettings:
    """Return the settings of a company; raises `NotFound`."""
    async with database.reading() as db:
        return _settings(await find(db, tenant_id))


async def change_settings(database: Database, actor: Actor, wanted: TenantSettings) -> None:
    """Change the settings of the actor's company; raises `Invalid` with the field in `details`."""
    wanted = checked(wanted)
    async with database.writing() as db:
        tenant = await find(db, actor.tenant_id)
        before, after = _told(_settings(tenant)), _told(wanted)
        changed = [name for name in after if after[name] != before[name]]
        if not changed:
            return
        for name, value in msgspec.structs.asdict(wanted).items():
            setattr(tenant, name, list(value) if isinstance(value, tuple) else value)
        kept = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
        acts.tell(db, Act("tenant.settings_changed", actor.tenant_id, actor.user_id, actor.tenant_id, kept))


def _settings(tenant: Tenant) -> TenantSettings:
    return TenantSettings(
        default_locale=tenant.default_locale,
        time_zone=tenant.time_zone,
        first_weekday=tenant.first_weekday,
        currency=tenant.currency,
        models_allowed=tuple(tenant.models_allowed),
        cap_user_tokens=tenant.cap_user_tokens,
        cap_user_cost=tenant.cap_user_cost,
        cap_tenant_tokens=tenant.cap_tenant_tokens,
        cap_tenant_cost=tenant.cap_tenant_cost,
        retention_days=tenant.retention_days,
    )


def _told(settings: TenantSettings) -> dict[str, Any]:
    """Return the settings as the record keeps them."""
    return {
        name: f"{value:.2f}" if isinstance(value, Decimal) else list(value) if isinstance(value, tuple) else value
        for name, value in msgspec.structs.asdict(settings).items()
    }


def checked(wanted: TenantSettings) -> TenantSettings:
    """Return the settings tidied; raises `Invalid` with the field in `details`."""
    if wanted.default_locale not in LOCALES:
        raise Invalid(N_("BiChat speaks English, Russian and Uzbek."), details={"default_locale": "unknown"})
    if wanted.first_weekday not in range(7):
        raise Invalid(N_("The week begins on one of seven days."), details={"first_weekday": "unknown"})
    currency = wanted.currency.strip().upper()
    if currency not in list_currencies():
        raise Invalid(N_("%(code)s is not the code of a currency, such as UZS."), details={"currency": "unknown"}, code=currency)
    for name in ("cap_user_tokens", "cap_tenant_tokens"):
        _check_between(getattr(wanted, name), 1, MOST_TOKENS, name)
    for name in ("cap_user_cost", "cap_tenant_cost"):
        _check_between(getattr(wanted, name), Decimal("0.01"), MOST_COST, name)
    _check_between(wanted.retention_days, 1, MOST_DAYS, "retention_days")
    zone, models = _checked_zone(wanted.time_zone.strip()), _checked_models(wanted.models_allowed)
    return msgspec.structs.replace(wanted, currency=currency, time_zone=zone, models_allowed=models)


def _check_between(value: Decimal | int | None, least: Decimal | int, most: int, name: str) -> None:
    if value is not None and not least <= value <= most:
        message = N_("Write a figure from %(least)s to %(most)s, or nothing.")
        raise Invalid(message, details={name: "out of range"}, least=least, most=most)
    if isinstance(value, Decimal) and value != round(value, 2):
        raise Invalid(N_("Write dollars and cents, such as 12.50."), details={name: "too exact"})


def _checked_models(models: tuple[str, ...]) -> tuple[str, ...]:
    stripped = tuple(dict.fromkeys(name for model in models if (name := model.strip())))
    if len(stripped) > MOST_MODELS:
        message = N_("At most %(limit)s models can be listed.")
        raise Invalid(message, details={"models_allowed": "too many"}, limit=MOST_MODELS)
    for name in stripped:
        if len(name) > LONGEST_MODEL or not name.isprintable() or " " in name:
            message = N_("%(name)s is not the name of a model. Write one a line.")
            raise Invalid(message, details={"models_allowed": "not a name"}, name=name[:LONGEST_MODEL])
    return stripped


def _checked_name(name: str) -> str:
    stripped = name.strip()
    if not stripped or not stripped.isprintable():
        raise Invalid(N_("A tenant needs a name of printable characters."))
    return stripped


def _checked_zone(time_zone: str) -> str:
    try:
        return ZoneInfo(time_zone).key
    except (ValueError, OSError, KeyError) as error:
        message = N_("%(zone)s is not an IANA time zone, such as Asia/Tashkent.")
        raise Invalid(message, details={"time_zone": "unknown"}, zone=time_zone) from error
